"""Advantages of every sign pattern."""

import torch
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from jaxtyping import Float
from torch import Tensor

from rlcheck.strategies import _door
from rlcheck.strategies._numbers import Draw, choose, readable


def advantages(T: int, N: int, *, largest: float = 2.0) -> SearchStrategy[Float[Tensor, "T N"]]:
    """Arrays [T, N] of readable numbers: positive, negative and zero in every pattern.

    However large the array, all entries may have one sign, all but one may, or each its own. The
    simplest array is 1/2 everywhere.

    Args:
        T: time steps.
        N: rollouts.
        largest: the largest absolute value, from 1/2 to 1000.

    Raises:
        InvalidArgument: a size or `largest` is outside its range.
    """
    steps, rollouts = _door.grid(T, N)
    top = _door.real_number("largest", largest, 0.5, 1000.0)
    return _advantages(steps, rollouts, top)


@st.composite
def _advantages(draw: Draw, T: int, N: int, largest: float) -> Tensor:
    # One half comes first and not zero: an advantage of zero hides the whole surrogate.
    positive = [0.5, *(x for x in readable(largest) if x > 0 and x != 0.5)]
    negative = [-x for x in positive]
    # As many zeros as numbers of either sign, so that patterns with zeros are as likely.
    values = [x for above in positive for x in (above, -above, 0.0)]
    allowed = choose(draw, [positive, negative, [0.0], values])
    flat = [choose(draw, allowed) for _ in range(T * N)]
    flat[choose(draw, range(T * N))] = choose(draw, values)  # the odd one out, if it is one
    return torch.tensor(flat, dtype=torch.float64).reshape(T, N)

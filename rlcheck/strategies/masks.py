"""Which slots of a batch are real: ragged lengths and their masks."""

import torch
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from jaxtyping import Bool, Int64
from torch import Tensor

from rlcheck.strategies import _door


def ragged_lengths(T: int, N: int) -> SearchStrategy[Int64[Tensor, "N"]]:
    """Lengths [N] of rollouts, from 1 to T; the simplest are all T.

    Args:
        T: the longest.
        N: rollouts.

    Raises:
        InvalidArgument: a size is outside its range.
    """
    steps, rollouts = _door.grid(T, N)
    missing = st.lists(st.integers(0, steps - 1), min_size=rollouts, max_size=rollouts)
    return missing.map(lambda short: steps - torch.tensor(short, dtype=torch.int64))


def masks(T: int, N: int) -> SearchStrategy[Bool[Tensor, "T N"]]:
    """Masks [T, N], true down to the length of each column; the simplest is all true.

    Every column holds at least one real transition, as `Rollout` asks for.

    Args:
        T: time steps.
        N: rollouts.

    Raises:
        InvalidArgument: a size is outside its range.
    """
    return ragged_lengths(T, N).map(lambda lengths: torch.arange(T)[:, None] < lengths)

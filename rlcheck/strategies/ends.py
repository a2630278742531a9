"""Ends and truncations in every place, for estimators that need no world."""

from dataclasses import dataclass

import torch
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from jaxtyping import Bool
from torch import Tensor

from rlcheck.strategies import _door
from rlcheck.strategies._numbers import Draw


@dataclass(frozen=True, kw_only=True, eq=False)
class Ends:
    """The two flags of every transition; never both.

    Attributes:
        terminated: the transition ended the episode, [T, N].
        truncated: the transition was cut by a time limit, [T, N].
    """

    terminated: Bool[Tensor, "T N"]
    truncated: Bool[Tensor, "T N"]


def ends(T: int, N: int) -> SearchStrategy[Ends]:
    """Flags [T, N] with ends and truncations in every place.

    Each transition goes on, terminates or is truncated, whatever the others do; the simplest array
    has no end.

    Args:
        T: time steps.
        N: rollouts.

    Raises:
        InvalidArgument: a size is outside its range.
    """
    return _ends(*_door.grid(T, N))


@st.composite
def _ends(draw: Draw, T: int, N: int) -> Ends:
    kinds = st.sampled_from(["goes on", "terminated", "truncated"])
    flat = draw(st.lists(kinds, min_size=T * N, max_size=T * N))

    def flags(kind: str) -> Tensor:
        return torch.tensor([found == kind for found in flat]).reshape(T, N)

    return Ends(terminated=flags("terminated"), truncated=flags("truncated"))

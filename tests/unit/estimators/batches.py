"""Batches whose numbers are multiples of 1/4, so that short recursions are exact in float64."""

from dataclasses import dataclass
from itertools import product

import torch
from hypothesis import strategies as st
from torch import Tensor

DYADIC = st.sampled_from([0.0, 0.5, 0.75, 1.0])


@dataclass(frozen=True, kw_only=True)
class Batch:
    rewards: Tensor
    values: Tensor
    next_values: Tensor
    terminated: Tensor
    truncated: Tensor


def quarters(shape: tuple[int, ...], seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(-8, 9, shape, generator=generator, dtype=torch.float64) / 4


def with_flags(terminated: Tensor, truncated: Tensor, seed: int, *, consistent: bool) -> Batch:
    """`consistent`: inside an episode V(s_{t+1}) is the next row's V(s)."""
    shape = tuple(terminated.shape)
    values, next_values = quarters(shape, seed), quarters(shape, seed + 1)
    if consistent:
        inside = ~(terminated | truncated)[:-1]
        next_values[:-1] = torch.where(inside, values[1:], next_values[:-1])
    return Batch(
        rewards=quarters(shape, seed + 2),
        values=values,
        next_values=next_values,
        terminated=terminated,
        truncated=truncated,
    )


def every_ending(length: int, *, consistent: bool, seed: int = 0) -> Batch:
    """One column for each way to set both flags in each of `length` steps: 4^length columns."""
    kinds = torch.tensor(list(product(range(4), repeat=length))).T
    return with_flags(kinds % 2 == 1, kinds >= 2, seed, consistent=consistent)


@st.composite
def batches(draw: st.DrawFn, *, consistent: bool = False) -> Batch:
    length, columns = draw(st.integers(1, 9)), draw(st.integers(1, 3))
    flags = st.lists(st.booleans(), min_size=length * columns, max_size=length * columns)
    terminated, truncated = (torch.tensor(draw(flags)).reshape(length, columns) for _ in range(2))
    seed = draw(st.integers(0, 2**20))
    return with_flags(terminated, truncated, seed, consistent=consistent)

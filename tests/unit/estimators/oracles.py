"""Brute force in exact fractions, straight from the definitions: no recursion, no tensors.

One column at a time; `over[t]` and `cut[t]` are the flags of the transition t.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction

import torch
from torch import Tensor

Column = Sequence[Fraction]
Flags = Sequence[bool]


def last_step(t: int, over: Flags, cut: Flags) -> int:
    """The last step of the episode that step t belongs to, or the last row."""
    return next(u for u in range(t, len(over)) if over[u] or cut[u] or u == len(over) - 1)


def first_step(t: int, over: Flags, cut: Flags) -> int:
    return next(u for u in range(t, -1, -1) if u == 0 or over[u - 1] or cut[u - 1])


def reward_to_go(r: Column, over: Flags, cut: Flags, g: Fraction) -> list[Fraction]:
    return [
        sum((g ** (k - t) * r[k] for k in range(t, last_step(t, over, cut) + 1)), Fraction(0))
        for t in range(len(r))
    ]


def n_step(t: int, n: int, r: Column, nv: Column, over: Flags, cut: Flags, g: Fraction) -> Fraction:
    """n rewards and the critic; fewer where the episode or the rows end before."""
    end = min(t + n - 1, last_step(t, over, cut))
    total = sum((g ** (k - t) * r[k] for k in range(t, end + 1)), Fraction(0))
    return total if over[end] else total + g ** (end - t + 1) * nv[end]


def lambda_return(
    t: int, r: Column, nv: Column, over: Flags, cut: Flags, g: Fraction, lam: Fraction
) -> Fraction:
    """The lambda-weighted mean of the n-step returns."""
    m = last_step(t, over, cut) - t + 1
    head = sum(
        (lam ** (n - 1) * n_step(t, n, r, nv, over, cut, g) for n in range(1, m)), Fraction(0)
    )
    return (1 - lam) * head + lam ** (m - 1) * n_step(t, m, r, nv, over, cut, g)


def gae_as_sum(
    r: Column, v: Column, nv: Column, over: Flags, cut: Flags, g: Fraction, lam: Fraction
) -> list[Fraction]:
    """The double sum of TD errors."""
    delta = [r[t] + (0 if over[t] else g * nv[t]) - v[t] for t in range(len(r))]
    return [
        sum(
            ((g * lam) ** (k - t) * delta[k] for k in range(t, last_step(t, over, cut) + 1)),
            Fraction(0),
        )
        for t in range(len(r))
    ]


def by_column(
    function: Callable[..., list[Fraction]], *arrays: Tensor, **settings: Fraction
) -> Tensor:
    """Applies a column's oracle to [T, N] arrays; the result as float64."""
    columns = []
    for n in range(arrays[0].shape[1]):
        exact = [
            x[:, n].tolist() if x.dtype == torch.bool else [Fraction(y) for y in x[:, n].tolist()]
            for x in arrays
        ]
        columns.append([float(y) for y in function(*exact, **settings)])
    return torch.tensor(columns, dtype=torch.float64).reshape(-1, arrays[0].shape[0]).T

"""Importance ratios below, at, inside and above the bounds of a clip range."""

from collections.abc import Sequence
from enum import StrEnum
from itertools import cycle, islice

import torch
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from jaxtyping import Float
from torch import Tensor

from rlcheck.errors import InvalidArgument
from rlcheck.strategies import _door
from rlcheck.strategies._numbers import Draw, choose

_LEAST = 1e-6


class Region(StrEnum):
    """Where a ratio lies; the bounds are the floats 1 - eps and 1 + eps."""

    INSIDE = "inside"
    BELOW = "below"
    ABOVE = "above"
    AT_LOWER = "at lower"
    AT_UPPER = "at upper"

    @classmethod
    def of(cls, ratio: float, clip_eps: float) -> "Region":
        """The region of a ratio."""
        lower, upper = 1.0 - clip_eps, 1.0 + clip_eps
        if ratio in (lower, upper):
            return cls.AT_LOWER if ratio == lower else cls.AT_UPPER
        if ratio < lower:
            return cls.BELOW
        return cls.ABOVE if ratio > upper else cls.INSIDE


def ratios(
    T: int, N: int, *, clip_eps: float, regions: Sequence[Region | str] = tuple(Region)
) -> SearchStrategy[Float[Tensor, "T N"]]:
    """Arrays [T, N] of ratios, each in one of the regions, in the middle of it or near its end.

    A ratio at a bound is that very float. It stays there if a loss is given the ratio; through
    exp(logp - logp_old) it comes back only to rounding, on either side. Above, some ratios are
    beyond 3, where dual clip usually begins. The simplest array is 1 everywhere, or the first
    region's middle.

    Args:
        T: time steps.
        N: rollouts.
        clip_eps: half-width of the clip range, from 1e-6 to 1 - 1e-6.
        regions: which regions to draw from, by name; all of them by default.

    Raises:
        InvalidArgument: a size, `clip_eps` or a region's name is none, or there are no regions.
    """
    steps, rollouts = _door.grid(T, N)
    # Between these every region holds numbers, near its ends too, that float64 can tell apart.
    eps = _door.real_number("clip_eps", clip_eps, _LEAST, 1.0 - _LEAST)
    # As many of each region, so that a bound is met as often as what lies between or beyond.
    values = [x for region in _checked(regions) for x in islice(cycle(_values(eps, region)), 5)]
    return _ratios(steps, rollouts, values)


@st.composite
def _ratios(draw: Draw, T: int, N: int, values: list[float]) -> Tensor:
    flat = [choose(draw, values) for _ in range(T * N)]
    return torch.tensor(flat, dtype=torch.float64).reshape(T, N)


def _values(clip_eps: float, region: Region) -> list[float]:
    """The ratios to choose from in a region, the simplest first."""
    lower, upper = 1.0 - clip_eps, 1.0 + clip_eps
    near = 2.0**-20
    return {
        Region.INSIDE: [
            1.0,
            1.0 - clip_eps / 2,
            1.0 + clip_eps / 2,
            1.0 - clip_eps * (1 - near),
            1.0 + clip_eps * (1 - near),
        ],
        Region.BELOW: [lower / 2, lower * (1 - near), lower / 8],
        Region.ABOVE: [upper * 2, upper * (1 + near), upper * 1.5, upper + 3],
        Region.AT_LOWER: [lower],
        Region.AT_UPPER: [upper],
    }[region]


def _checked(regions: Sequence[Region | str]) -> list[Region]:
    instead = "some of " + ", ".join(repr(str(region)) for region in Region)
    try:
        found = [Region(region) for region in regions]
    except ValueError as error:
        raise InvalidArgument.of("regions", regions, "names no region", instead) from error
    if not found:
        raise InvalidArgument.of("regions", regions, "is empty", instead)
    return found

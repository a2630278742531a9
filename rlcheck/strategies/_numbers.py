"""The numbers that worlds are made of: short lists, the simplest first.

Hypothesis shrinks a choice from a list towards its first entry, so the order here decides what a
failing example looks like: rewards and weights become 0, or else whole numbers, probabilities 1/2.
"""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import cache
from itertools import combinations, pairwise
from math import gcd
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

# Hypothesis' own `DrawFn` is a protocol that cannot be checked at run time.
Draw = Callable[..., Any]

T = TypeVar("T")

Row = tuple[float, ...]
"""One distribution."""

DYADIC = (2, 1, 4, 8)
"""Denominators whose fractions are exact in binary."""

SIMPLE = (2, 1, 4, 3)
"""Denominators of any world's probabilities."""

# More successors than this make a row longer, not a world different.
_LARGEST_SUPPORT = 4


def choose(draw: Draw, options: Sequence[T]) -> T:
    """One of the options, for exactly one choice of Hypothesis, even where there is only one.

    Hypothesis prefers a shorter sequence of choices to a simpler one. Without the idle choice a
    world with less to choose, a terminal state for instance, would pass for the simpler one.
    """
    index = draw(_indices(len(options)))
    return options[min(index, len(options) - 1)]


@cache
def _indices(count: int) -> SearchStrategy[int]:
    return st.integers(0, max(1, count - 1))


@cache
def readable(largest: float) -> tuple[float, ...]:
    """The multiples of 1/4 in [-largest, largest]: 0, 1, -1, 2, -2, 1/2, -1/2, ...

    Whole numbers come first, then halves, then quarters. All of them are exact in binary.
    """
    quarters = range(-int(4 * largest), int(4 * largest) + 1)
    numbers = sorted(
        (Fraction(n, 4) for n in quarters), key=lambda x: (x.denominator, abs(x), x < 0)
    )
    return tuple(float(x) for x in numbers)


def draw_numbers(draw: Draw, count: int, largest: float) -> list[float]:
    """So many readable numbers."""
    return [choose(draw, readable(largest)) for _ in range(count)]


@cache
def distributions(n: int, denominators: tuple[int, ...] = SIMPLE) -> tuple[Row, ...]:
    """All distributions over n outcomes with these denominators, those of the first one first.

    With the default: halves, certainties, quarters, thirds. At most four outcomes are possible
    at once. With one outcome it is certain.
    """
    return tuple(_row(n, d, places, parts) for d in denominators for places, parts in _splits(n, d))


def _splits(n: int, whole: int) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Where the parts of `whole` lie and how large they are, in lowest terms only."""
    for size in range(1, min(n, whole, _LARGEST_SUPPORT) + 1):
        for places in combinations(range(n), size):
            for cuts in combinations(range(1, whole), size - 1):
                edges = (0, *cuts, whole)
                parts = tuple(b - a for a, b in pairwise(edges))
                if gcd(whole, *parts) == 1:
                    yield places, parts


def _row(n: int, whole: int, places: tuple[int, ...], parts: tuple[int, ...]) -> Row:
    row = [0.0] * n
    for place, part in zip(places, parts, strict=True):
        row[place] = part / whole
    return tuple(row)

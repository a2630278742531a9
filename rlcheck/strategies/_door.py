"""What the strategies refuse when they are called, long before anything is drawn."""

import math
import operator
from typing import Any

from rlcheck.errors import InvalidArgument


def whole_number(name: str, value: Any, low: int, high: int) -> int:
    """An integer in [low, high].

    Raises:
        InvalidArgument: it is something else.
    """
    instead = f"an integer in [{low}, {high}]"
    try:
        number = operator.index(value)
    except TypeError as error:
        raise InvalidArgument.of(name, value, "is no integer", instead) from error
    if isinstance(value, bool) or not low <= number <= high:
        raise InvalidArgument.of(name, value, f"is not in [{low}, {high}]", instead)
    return number


def real_number(name: str, value: Any, low: float, high: float) -> float:
    """A number in [low, high].

    Raises:
        InvalidArgument: it is something else.
    """
    instead = f"a number in [{low:g}, {high:g}]"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidArgument.of(name, value, "is no number", instead)
    if not math.isfinite(value) or not low <= value <= high:
        raise InvalidArgument.of(name, value, f"is not in [{low:g}, {high:g}]", instead)
    return float(value)


def open_unit(name: str, value: Any) -> float:
    """A number strictly between 0 and 1.

    Raises:
        InvalidArgument: it is something else.
    """
    number = real_number(name, value, 0.0, 1.0)
    if number in (0.0, 1.0):
        raise InvalidArgument.of(
            name, value, "is an end of (0, 1)", "a number strictly between 0 and 1"
        )
    return number


def grid(T: Any, N: Any) -> tuple[int, int]:
    """The sizes of an array [T, N].

    Raises:
        InvalidArgument: one is no integer from 1 to 1000.
    """
    return whole_number("T", T, 1, 1000), whole_number("N", N, 1, 1000)

"""What settings may be."""

import math
from typing import Any

from rlcheck.errors import InvalidArgument


def require_counts(settings: Any, *names: str, least: int = 1) -> None:
    """Refuses a count that is too small.

    Raises:
        InvalidArgument: with its name.
    """
    for name in names:
        if getattr(settings, name) < least:
            raise InvalidArgument.of(name, getattr(settings, name), "too few", f"{least} or more")


def require_positive(settings: Any, *names: str) -> None:
    """Refuses a number that is zero, negative or not finite; None stands for its absence.

    Raises:
        InvalidArgument: with its name.
    """
    for name in names:
        value = getattr(settings, name)
        if value is not None and not 0.0 < value < math.inf:
            raise InvalidArgument.of(name, value, "it is not positive and finite", "say 0.001")


def require_not_negative(settings: Any, *names: str) -> None:
    """Refuses a number that is negative or not finite.

    Raises:
        InvalidArgument: with its name.
    """
    for name in names:
        value = getattr(settings, name)
        if not 0.0 <= value < math.inf:
            raise InvalidArgument.of(name, value, "it is negative or not finite", "0 or more")


def require_fractions(settings: Any, *names: str) -> None:
    """Refuses a number outside [0, 1].

    Raises:
        InvalidArgument: with its name.
    """
    for name in names:
        if not 0.0 <= getattr(settings, name) <= 1.0:
            raise InvalidArgument.of(
                name, getattr(settings, name), "it is not in [0, 1]", "say 0.9"
            )

"""One number for each of several evaluations, which are then one."""

from collections.abc import Callable
from operator import add, mul, sub, truediv
from typing import Any


class Lanes:
    """Numbers side by side: every operation is done in each lane, a plain number is in them all.

    An expression is read along all directions at once: what differs between them are the slopes
    alone, and to walk through the expression takes longer than to compute with its numbers.
    """

    __slots__ = ("numbers",)

    def __init__(self, *numbers: Any) -> None:
        self.numbers = numbers

    def _with(self, other: Any, operation: Callable[[Any, Any], Any]) -> "Lanes":
        if isinstance(other, Lanes):
            return Lanes(*map(operation, self.numbers, other.numbers))
        return Lanes(*(operation(number, other) for number in self.numbers))

    def __add__(self, other: Any) -> "Lanes":
        return self._with(other, add)

    __radd__ = __add__

    def __neg__(self) -> "Lanes":
        return Lanes(*(-number for number in self.numbers))

    def __sub__(self, other: Any) -> "Lanes":
        return self._with(other, sub)

    def __rsub__(self, other: Any) -> "Lanes":
        return -self + other

    def __mul__(self, other: Any) -> "Lanes":
        return self._with(other, mul)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> "Lanes":
        return self._with(other, truediv)

    def __rtruediv__(self, other: Any) -> "Lanes":
        return Lanes(*(other / number for number in self.numbers))

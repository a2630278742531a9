"""One number for each of several evaluations, which are then one."""

from collections.abc import Callable
from operator import add, mul, sub, truediv
from typing import Any


class Abreast:
    """Numbers side by side: every operation is done with each, a plain number is beside them all.

    An expression is read along all directions at once: what differs between them are the slopes
    alone, and to walk through the expression takes longer than to compute with its numbers.
    """

    __slots__ = ("numbers",)

    def __init__(self, *numbers: Any) -> None:
        self.numbers = numbers

    def _each(self, operation: Callable[[Any, Any], Any], other: Any) -> "Abreast":
        others = other.numbers if isinstance(other, Abreast) else (other,) * len(self.numbers)
        return Abreast(*(operation(a, b) for a, b in zip(self.numbers, others, strict=True)))

    def __add__(self, other: Any) -> "Abreast":
        return self._each(add, other)

    __radd__ = __add__

    def __neg__(self) -> "Abreast":
        return Abreast(*(-number for number in self.numbers))

    def __sub__(self, other: Any) -> "Abreast":
        return self._each(sub, other)

    def __mul__(self, other: Any) -> "Abreast":
        return self._each(mul, other)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> "Abreast":
        return self._each(truediv, other)

"""Dual numbers: a value and its directional derivative along a free direction of θ.

The direction's components ∇π(a | s) are free symbols, so an identity that holds for the derivative
holds for every component of the gradient, and for every differentiable policy.
"""

from typing import Any


class Dual:
    """value + slope · ε with ε² = 0, over whatever arithmetic its parts have."""

    __slots__ = ("slope", "value")

    def __init__(self, value: Any, slope: Any) -> None:
        self.value = value
        self.slope = slope

    def __add__(self, other: Any) -> "Dual":
        if isinstance(other, Dual):
            return Dual(self.value + other.value, self.slope + other.slope)
        return Dual(self.value + other, self.slope)

    __radd__ = __add__

    def __neg__(self) -> "Dual":
        return Dual(-self.value, -self.slope)

    def __sub__(self, other: Any) -> "Dual":
        return self + (-other)

    def __rsub__(self, other: Any) -> "Dual":
        return -self + other

    def __mul__(self, other: Any) -> "Dual":
        if isinstance(other, Dual):
            slope = self.slope * other.value + self.value * other.slope
            return Dual(self.value * other.value, slope)
        return Dual(self.value * other, self.slope * other)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> "Dual":
        if isinstance(other, Dual):
            quotient = self.value / other.value
            return Dual(quotient, (self.slope - quotient * other.slope) / other.value)
        return Dual(self.value / other, self.slope / other)

    def __rtruediv__(self, other: Any) -> "Dual":
        quotient = other / self.value
        return Dual(quotient, -(quotient * self.slope) / self.value)


def along_twice(number: Dual, curvature: Any) -> Dual:
    """value + slope · ε and its own derivative along the same direction: the slope and curvature.

    A dual number of dual numbers; the second derivative is the slope's slope.
    """
    return Dual(number, Dual(number.slope, curvature))


def value_of(number: Any) -> Any:
    """The number without its slope."""
    return number.value if isinstance(number, Dual) else number


def slope_of(number: Any) -> Any:
    """The slope; zero for what does not depend on θ."""
    return number.slope if isinstance(number, Dual) else number * 0

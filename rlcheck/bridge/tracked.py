"""Float64 numbers that know how far rounding may have taken them.

A number is (x, m, s, d) with the value x, its size m ≥ |x| if nothing in its sums cancelled, its
sensitivity s and its depth d, such that

    |computed − true| ≤ d · u · s      to first order in u = eps / 2.

s is what relative changes by one of everything that enters do at most; d counts the roundings on
the way. For a given number m = s = |x|. With every operation correct to u (exp and log to 2u):

    x ± y   m_x + m_y    s_x + s_y                        max(d_x, d_y) + 1
    x y     m_x m_y      m_x s_y + m_y s_x                max(d_x, d_y) + 1
    x / y   m_x / |y|    s_x / |y| + m_x s_y / y²         max(d_x, d_y) + 1
    log x   |log x|      |log x| + s_x / |x|              d_x + 2
    exp x   exp x        exp(x) (1 + s_x)                 d_x + 2
    √x      √x           s_x / √x                         d_x + 1
    |x|     m_x          s_x                              d_x

Each line follows from the derivative of the operation and |result| ≤ s. The same s bounds an
algorithm that adds the same contributions in another order, with a depth of its own: that is what
makes it the scale of a comparison (`hold`).
"""

from typing import Any

import torch
from torch import Tensor

UNIT = torch.finfo(torch.float64).eps / 2


class Tracked:
    """A float64 tensor with its size, its sensitivity and its depth; arithmetic is elementwise.

    Args:
        value: of any shape.
        size: what it would be without cancellation, of the same shape.
        sensitivity: to relative changes of what enters, of the same shape.
        depth: roundings on the way.
    """

    __slots__ = ("depth", "sensitivity", "size", "value")

    def __init__(self, value: Tensor, size: Tensor, sensitivity: Tensor, depth: int) -> None:
        self.value = value
        self.size = size
        self.sensitivity = sensitivity
        self.depth = depth

    @classmethod
    def given(cls, number: Tensor | float, depth: int = 0) -> "Tracked":
        """A number from outside, `depth` roundings away from the one that it stands for."""
        value = torch.as_tensor(number, dtype=torch.float64)
        return cls(value, value.abs(), value.abs(), depth)

    def __add__(self, other: Any) -> "Tracked":
        other = _tracked(other)
        if other is NotImplemented:
            return NotImplemented
        return Tracked(
            self.value + other.value,
            self.size + other.size,
            self.sensitivity + other.sensitivity,
            max(self.depth, other.depth) + 1,
        )

    __radd__ = __add__

    def __neg__(self) -> "Tracked":
        return Tracked(-self.value, self.size, self.sensitivity, self.depth)

    def __abs__(self) -> "Tracked":
        return Tracked(self.value.abs(), self.size, self.sensitivity, self.depth)

    def __sub__(self, other: Any) -> "Tracked":
        return self + (-other)

    def __rsub__(self, other: Any) -> "Tracked":
        return -self + other

    def __mul__(self, other: Any) -> "Tracked":
        other = _tracked(other)
        if other is NotImplemented:
            return NotImplemented
        return Tracked(
            self.value * other.value,
            self.size * other.size,
            self.size * other.sensitivity + other.size * self.sensitivity,
            max(self.depth, other.depth) + 1,
        )

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> "Tracked":
        other = _tracked(other)
        if other is NotImplemented:
            return NotImplemented
        size = self.size / other.value.abs()
        return Tracked(
            self.value / other.value,
            size,
            (self.sensitivity + size * other.sensitivity) / other.value.abs(),
            max(self.depth, other.depth) + 1,
        )

    def __rtruediv__(self, other: int) -> "Tracked":
        return _tracked(other) / self

    def log(self) -> "Tracked":
        """log x, x > 0."""
        value = self.value.log()
        size = value.abs()
        return Tracked(value, size, size + self.sensitivity / self.value, self.depth + 2)

    def exp(self) -> "Tracked":
        """exp x."""
        value = self.value.exp()
        return Tracked(value, value, value * (1 + self.sensitivity), self.depth + 2)

    def root(self) -> "Tracked":
        """√x, x ≥ 0; the root of zero is exact only where that zero is."""
        value = self.value.sqrt()
        sensitivity = torch.where(self.sensitivity == 0, 0.0, self.sensitivity / value)
        return Tracked(value, value, sensitivity, self.depth + 1)

    def total(self) -> "Tracked":
        """The sum of the entries."""
        terms = max(1, self.value.numel())
        return Tracked(
            self.value.sum(), self.size.sum(), self.sensitivity.sum(), self.depth + terms
        )

    def reshaped(self, shape: torch.Size) -> "Tracked":
        """The same numbers in another shape."""
        value, size, sensitivity = (
            part.reshape(shape) for part in (self.value, self.size, self.sensitivity)
        )
        return Tracked(value, size, sensitivity, self.depth)

    @property
    def error(self) -> Tensor:
        """d u s."""
        return self.depth * UNIT * self.sensitivity


def _tracked(number: Any) -> Any:
    if isinstance(number, Tracked):
        return number
    return Tracked.given(float(number)) if isinstance(number, int) else NotImplemented


def stacked(numbers: list[Tracked]) -> Tracked:
    """All numbers along a new first dimension, with the largest of their depths."""
    value, size, sensitivity = (
        torch.stack(torch.broadcast_tensors(*(getattr(number, name) for number in numbers)))
        for name in ("value", "size", "sensitivity")
    )
    return Tracked(value, size, sensitivity, max(number.depth for number in numbers))

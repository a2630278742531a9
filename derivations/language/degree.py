"""How large the rational function is that two sides of a step differ by.

A number here stands for a quotient of polynomials with integer coefficients. Its degrees, and the
logarithm of the sum of the sizes of its coefficients, are bounded by the operations that made it.
Evaluating a step once with these numbers gives the bound that Schwartz and Zippel's lemma needs.
"""

from dataclasses import dataclass
from math import log2
from typing import Any

from sympy import Rational


def _log2_sum(first: float, second: float) -> float:
    """An upper bound of log2(2^first + 2^second)."""
    return max(first, second) + 1.0


@dataclass(frozen=True, slots=True)
class Degrees:
    """Bounds for numerator and denominator: total degree, and log2 of the coefficients' sum."""

    top: int
    bottom: int
    top_bits: float
    bottom_bits: float

    def __add__(self, other: Any) -> "Degrees":
        if not isinstance(other, (Degrees, int)):
            return NotImplemented
        other = _as_degrees(other)
        if self.bottom == other.bottom == 0 and self.bottom_bits == other.bottom_bits == 0:
            bits = _log2_sum(self.top_bits, other.top_bits)
            return Degrees(max(self.top, other.top), 0, bits, 0.0)
        return Degrees(
            max(self.top + other.bottom, other.top + self.bottom),
            self.bottom + other.bottom,
            _log2_sum(self.top_bits + other.bottom_bits, other.top_bits + self.bottom_bits),
            self.bottom_bits + other.bottom_bits,
        )

    __radd__ = __add__
    __sub__ = __add__
    __rsub__ = __add__

    def __neg__(self) -> "Degrees":
        return self

    def __mul__(self, other: Any) -> "Degrees":
        if not isinstance(other, (Degrees, int)):
            return NotImplemented
        other = _as_degrees(other)
        return Degrees(
            self.top + other.top,
            self.bottom + other.bottom,
            self.top_bits + other.top_bits,
            self.bottom_bits + other.bottom_bits,
        )

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> "Degrees":
        if not isinstance(other, (Degrees, int)):
            return NotImplemented
        other = _as_degrees(other)
        return self * Degrees(other.bottom, other.top, other.bottom_bits, other.top_bits)

    def __rtruediv__(self, other: Any) -> "Degrees":
        return _as_degrees(other) / self


def _as_degrees(number: Degrees | int) -> Degrees:
    if isinstance(number, Degrees):
        return number
    return Degrees(0, 0, log2(max(1, abs(number))), 0.0)


class DegreePoint:
    """Every free symbol, logarithm and root as a variable of degree one.

    The arguments of logarithms and roots are remembered: two different ones must not take the same
    value at the point, and that, too, is bounded by their degrees.
    """

    def __init__(self) -> None:
        self.largest_argument = 0
        self.roots_met = False

    def variable(self, name: tuple) -> Degrees:
        return Degrees(1, 0, 0.0, 0.0)

    def number(self, rational: Rational) -> Degrees:
        return Degrees(0, 0, log2(max(1, abs(int(rational.p)))), log2(int(rational.q)))

    def log(self, argument: Degrees) -> Degrees:
        self.largest_argument = max(self.largest_argument, argument.top + argument.bottom)
        return self.variable(("log",))

    def exp(self, argument: Degrees) -> Degrees:
        return self.log(argument)

    def absolute(self, argument: Degrees) -> Degrees:
        return self.log(argument)

    def root(self, argument: Degrees) -> Degrees:
        """s with s² = argument: a polynomial in s reduces to A + B s over twice the degree."""
        self.largest_argument = max(self.largest_argument, argument.top + argument.bottom)
        self.roots_met = True
        return Degrees(
            1 + argument.top + argument.bottom, 0, argument.top_bits + argument.bottom_bits, 0.0
        )

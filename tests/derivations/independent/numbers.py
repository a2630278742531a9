"""Exact numbers with a derivative: fractions, or 60 digits where a logarithm's value counts."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import mpmath

DIGITS = 60
TOLERANCE = mpmath.mpf(10) ** -45
INTEGRAL_TOLERANCE = mpmath.mpf(10) ** -12
REACH, STEP, NEGLIGIBLE = 300, mpmath.mpf(1) / 12, mpmath.mpf(10) ** -25


def plain(number: Any, other: Any) -> Any:
    """Fractions become decimals only where they meet one."""
    if isinstance(other, mpmath.mpf) and isinstance(number, Fraction):
        return mpmath.mpf(number.numerator) / number.denominator
    return number


@dataclass(frozen=True)
class Line:
    """at + slope · θ, and what follows of a function of it to first order at θ = 0."""

    at: Any
    slope: Any


def both(x: Any) -> tuple[Any, Any]:
    return (x.at, x.slope) if isinstance(x, Line) else (x, Fraction(0))


def plus(x: Any, y: Any) -> Any:
    if isinstance(x, Line) or isinstance(y, Line):
        (a, b), (c, d) = both(x), both(y)
        return Line(plus(a, c), plus(b, d))
    return plain(x, y) + plain(y, x)


def times(x: Any, y: Any) -> Any:
    if isinstance(x, Line) or isinstance(y, Line):
        (a, b), (c, d) = both(x), both(y)
        return Line(times(a, c), plus(times(a, d), times(b, c)))
    return plain(x, y) * plain(y, x)


def inverse(x: Any) -> Any:
    if isinstance(x, Line):
        one_over = inverse(x.at)
        return Line(one_over, times(Fraction(-1), times(x.slope, times(one_over, one_over))))
    return Fraction(1) / x if isinstance(x, Fraction) else 1 / x


def logarithm(x: Any) -> Any:
    at, slope = both(x)
    if isinstance(at, Line):
        return Line(logarithm(at), times(slope, inverse(at)))
    if at <= 0:
        raise ArithmeticError("the logarithm of what is not positive")
    if at == 1:
        value: Any = Fraction(0)
    else:
        value = mpmath.log(plain(at, mpmath.mpf(0)))
    return Line(value, times(slope, inverse(at))) if isinstance(x, Line) else value


def square_root(x: Any) -> Any:
    if isinstance(x, Line):
        raise ArithmeticError("the derivative of a root is not asked for")
    if x < 0:
        raise ArithmeticError("the root of what is negative")
    return mpmath.sqrt(plain(x, mpmath.mpf(0)))


def integral(function: Any) -> Any:
    """∫ over the line of a function whose tails fall as a Gaussian's, by the trapezoid rule.

    The rule's error is smaller than any power of the step for such functions. The function is
    looked at on a coarse grid first, for where it is not negligible.
    """
    coarse = [mpmath.mpf(i) for i in range(-REACH, REACH + 1)]
    sizes = [abs(function(x)) for x in coarse]
    largest = max(sizes)
    if largest == 0 or max(sizes[0], sizes[-1]) > largest * NEGLIGIBLE:
        raise ArithmeticError("the integral diverges, or lies elsewhere")
    large = [i for i, size in enumerate(sizes) if size > largest * NEGLIGIBLE]
    low, high = coarse[large[0]] - 2, coarse[large[-1]] + 2
    count = int((high - low) / STEP)
    return STEP * sum(function(low + i * STEP) for i in range(count + 1))


def same(x: Any, y: Any, tolerance: Any = TOLERANCE) -> bool:
    difference = plus(x, times(Fraction(-1), y))
    if isinstance(difference, Fraction):
        return difference == 0
    return abs(difference) < tolerance * (1 + abs(plain(x, difference)))

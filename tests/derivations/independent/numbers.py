"""Exact numbers with a derivative: fractions, or 60 digits where a logarithm's value counts."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import mpmath

DIGITS = 60
TOLERANCE = mpmath.mpf(10) ** -45


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


def same(x: Any, y: Any) -> bool:
    difference = plus(x, times(Fraction(-1), y))
    if isinstance(difference, Fraction):
        return difference == 0
    return abs(difference) < TOLERANCE * (1 + abs(plain(x, difference)))

"""Logarithms of rationals, exactly: r + Σ c_i log p_i over the primes.

The logarithms of different primes and one are linearly independent over the rationals, so two such
numbers are equal exactly where all their coefficients are.
"""

from collections.abc import Mapping
from fractions import Fraction
from math import log
from typing import Any

from sympy import factorint

from derivations.language.refusal import Refused


class LogSum:
    """rational + Σ coefficient · log prime."""

    __slots__ = ("logs", "rational")

    def __init__(self, rational: Fraction, logs: Mapping[int, Fraction]) -> None:
        self.rational = rational
        self.logs = {prime: c for prime, c in sorted(logs.items()) if c}

    def _added(self, other: Any) -> Any:
        if not isinstance(other, _NUMBERS):
            return NotImplemented
        if not isinstance(other, LogSum):
            return _lowered(LogSum(self.rational + other, self.logs))
        primes = self.logs.keys() | other.logs.keys()
        logs = {p: self.logs.get(p, Fraction(0)) + other.logs.get(p, Fraction(0)) for p in primes}
        return _lowered(LogSum(self.rational + other.rational, logs))

    __add__ = __radd__ = _added

    def __neg__(self) -> Any:
        return self * Fraction(-1)

    def __sub__(self, other: Any) -> Any:
        return self + (-other)

    def __rsub__(self, other: Any) -> Any:
        return (-self) + other

    def __mul__(self, other: Any) -> Any:
        if not isinstance(other, _NUMBERS):
            return NotImplemented
        if isinstance(other, LogSum):
            raise Refused("a product of logarithms has no exact form here")
        logs = {prime: c * other for prime, c in self.logs.items()}
        return _lowered(LogSum(self.rational * other, logs))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        if not isinstance(other, _NUMBERS):
            return NotImplemented
        return self * (Fraction(1) / other)

    def __rtruediv__(self, other: Any) -> Any:
        raise Refused("a logarithm in a denominator has no exact form here")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, LogSum):
            return False
        return (self.rational, self.logs) == (other.rational, other.logs)

    def __float__(self) -> float:
        logs = (float(c) * log(prime) for prime, c in self.logs.items())
        return float(self.rational) + sum(logs)

    def __hash__(self) -> int:
        return hash((self.rational, tuple(self.logs.items())))

    def __str__(self) -> str:
        parts = [f"{c} log {prime}" for prime, c in self.logs.items()]
        return " + ".join([str(self.rational), *parts] if self.rational else parts)


_NUMBERS = (LogSum, Fraction, int)
"""What it computes with itself; what is made of numbers, dual ones say, knows how to take one."""


def _lowered(number: LogSum) -> Any:
    """A number without logarithms is a fraction."""
    return number if number.logs else number.rational


def log_of(argument: Fraction) -> Any:
    """log of a positive rational.

    Raises:
        Refused: it is not positive.
    """
    if argument <= 0:
        raise Refused(f"the logarithm of {argument}")
    logs: dict[int, Fraction] = {}
    for whole, sign in ((argument.numerator, 1), (argument.denominator, -1)):
        for prime, power in factorint(whole).items():
            logs[prime] = logs.get(prime, Fraction(0)) + sign * power
    return _lowered(LogSum(Fraction(0), logs))

"""Arithmetic modulo a random prime, and the free symbols as random elements of that field."""

from random import Random
from typing import Any

from sympy import Rational, isprime

from derivations.language.refusal import NoRootAtPoint, PoleAtPoint

BITS = 62
"""The prime lies between 2⁶¹ and 2⁶²."""

PRIMES_TO_CHOOSE_FROM = 2**54
"""Fewer than there are: π(2⁶²) − π(2⁶¹) > 5 · 10¹⁶, of which those 3 mod 4 are half."""


def random_prime(random: Random) -> int:
    """A random prime of 62 bits that is 3 modulo 4, where a square root is one power."""
    while True:
        candidate = random.randrange(2 ** (BITS - 1) + 3, 2**BITS, 4)
        if isprime(candidate):
            return candidate


class Residue:
    """An integer modulo a prime."""

    __slots__ = ("prime", "value")

    def __init__(self, value: int, prime: int) -> None:
        self.value = value % prime
        self.prime = prime

    def __add__(self, other: Any) -> "Residue":
        if isinstance(other, Residue):
            return Residue(self.value + other.value, self.prime)
        if isinstance(other, int):
            return Residue(self.value + other, self.prime)
        return NotImplemented

    __radd__ = __add__

    def __neg__(self) -> "Residue":
        return Residue(-self.value, self.prime)

    def __sub__(self, other: Any) -> "Residue":
        return self + (-other)

    def __rsub__(self, other: Any) -> "Residue":
        return -self + other

    def __mul__(self, other: Any) -> "Residue":
        if isinstance(other, Residue):
            return Residue(self.value * other.value, self.prime)
        if isinstance(other, int):
            return Residue(self.value * other, self.prime)
        return NotImplemented

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> "Residue":
        if isinstance(other, (Residue, int)):
            return self * _inverse(other if isinstance(other, int) else other.value, self.prime)
        return NotImplemented

    def __rtruediv__(self, other: int) -> "Residue":
        return Residue(other * _inverse(self.value, self.prime), self.prime)

    @property
    def is_zero(self) -> bool:
        return self.value == 0


def _inverse(value: int, prime: int) -> int:
    if value % prime == 0:
        raise PoleAtPoint
    return pow(value, -1, prime)


class FieldPoint:
    """A random point of the field: every free symbol is a random residue.

    A logarithm is a random function of its argument's value, zero at one: an identity that holds
    for every such function in place of log holds for log; likewise |x|, an even function. A square
    root is either of the two roots, by `signs`; the caller tries all.
    """

    def __init__(self, prime: int, random: Random, signs: tuple[int, ...] = ()) -> None:
        self.prime = prime
        self._random = random
        self._logs: dict[int, Residue] = {}
        self._exponentials: dict[int, Residue] = {}
        self._magnitudes: dict[int, Residue] = {}
        self._roots: dict[int, Residue] = {}
        self._signs = signs

    @property
    def logs(self) -> int:
        """How many different logarithms, exponentials and absolute values were met."""
        return len(self._logs) + len(self._exponentials) + len(self._magnitudes)

    @property
    def roots(self) -> int:
        """How many different square roots were met."""
        return len(self._roots)

    def variable(self, name: tuple) -> Residue:
        return Residue(self._random.randrange(self.prime), self.prime)

    def number(self, rational: Rational) -> Residue:
        top = Residue(int(rational.p), self.prime)
        return top if rational.q == 1 else top / int(rational.q)

    def log(self, argument: Residue) -> Residue:
        if argument.value == 1:
            return Residue(0, self.prime)
        if argument.value not in self._logs:
            self._logs[argument.value] = self.variable(("log",))
        return self._logs[argument.value]

    def exp(self, argument: Residue) -> Residue:
        """A random function of the argument's value, one at zero, as the logarithm is."""
        if argument.value == 0:
            return Residue(1, self.prime)
        if argument.value not in self._exponentials:
            self._exponentials[argument.value] = self.variable(("exp",))
        return self._exponentials[argument.value]

    def absolute(self, argument: Residue) -> Residue:
        """A random even function of the argument's value, zero at zero."""
        if argument.value == 0:
            return argument
        either = min(argument.value, self.prime - argument.value)
        if either not in self._magnitudes:
            self._magnitudes[either] = self.variable(("absolute",))
        return self._magnitudes[either]

    def root(self, argument: Residue) -> Residue:
        if argument.value not in self._roots:
            self._roots[argument.value] = self._choose_root(argument)
        return self._roots[argument.value]

    def _choose_root(self, argument: Residue) -> Residue:
        root = pow(argument.value, (self.prime + 1) // 4, self.prime)
        if (root * root - argument.value) % self.prime:
            raise NoRootAtPoint
        number = len(self._roots)
        negative = number < len(self._signs) and self._signs[number] < 0
        return Residue(-root if negative else root, self.prime)

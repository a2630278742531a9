"""One place in one world: what the names stand for there, and how an expression is read."""

from fractions import Fraction
from itertools import product
from typing import Any, Self

from sympy import Add, Integer, Mul, Rational, Symbol

from derivations.language import terms
from tests.derivations.independent.worlds import PlainWorld

ZERO, ONE = Fraction(0), Fraction(1)
TWICE = "twice"
"""θ moves, and what is asked for is the second derivative."""


class Meaningless(Exception):
    """The statement says nothing here: a time outside the trajectory, a zero denominator."""


class Kink(Meaningless):
    """A minimum or maximum of equals with different slopes: it is not differentiated here."""


class Instance:
    """What a reader knows of the place in which it reads.

    `names` are the bound variables, `path` the trajectory (states, actions), `mode` says whether θ
    may move (inside ∇), along which coordinate, and whether θ = θ_old.
    """

    def __init__(self, world: PlainWorld) -> None:
        self.world = world
        self.names: dict[Any, int] = {}
        self.reals: dict[Any, Any] = {}
        self.path: Any = None
        self.samples: Any = None
        self.moving: Any = False
        self.coordinate = 0
        self.at_old = False

    def _with(self, **changes: Any) -> Self:
        other = type(self).__new__(type(self))
        other.__dict__ = {**self.__dict__, **changes}
        return other

    def fixed(self) -> Self:
        return self._with(moving=False)

    def read(self, expr: Any) -> Any:
        method = getattr(self, f"read_{type(expr).__name__.lower()}", None)
        if method is not None:
            return method(expr)
        if isinstance(expr, Rational):
            return Fraction(int(expr.p), int(expr.q))
        raise Meaningless(f"{type(expr).__name__}")

    # Whole numbers: times, and the numbers of states and actions.

    def whole(self, expr: Any) -> int:
        if isinstance(expr, (int, Integer)):
            return int(expr)
        if expr == terms.T and expr not in self.names:
            return self.world.steps
        if isinstance(expr, Symbol) and expr in self.names:
            return self.names[expr]
        if isinstance(expr, Add):
            return sum(map(self.whole, expr.args))
        if isinstance(expr, Mul):
            result = 1
            for part in expr.args:
                result *= self.whole(part)
            return result
        if isinstance(expr, (terms.StateAt, terms.ActionAt)) and self.path is not None:
            line = self.path[0] if isinstance(expr, terms.StateAt) else self.path[1]
            time = self.whole(expr.args[0])
            if 0 <= time < len(line):
                return line[time]
        raise Meaningless(str(expr))

    def paths(self, length: int) -> Any:
        if length < 0:
            raise Meaningless(f"{length} steps")
        for states in product(range(self.world.states), repeat=length + 1):
            for actions in product(range(self.world.actions), repeat=length):
                yield states, actions

    def state(self, expr: Any) -> int:
        number = self.whole(expr)
        if not 0 <= number < self.world.states or isinstance(expr, terms.ActionAt):
            raise Meaningless(str(expr))
        return number

    def action(self, expr: Any) -> int:
        number = self.whole(expr)
        if not 0 <= number < self.world.actions or isinstance(expr, terms.StateAt):
            raise Meaningless(str(expr))
        return number

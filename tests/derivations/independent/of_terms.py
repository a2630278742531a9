"""Numbers, symbols, arithmetic, and what a problem gives: μ, P, r, π, tables and laws."""

from fractions import Fraction
from typing import Any

from sympy import Add, Mul, Pow, Symbol

from derivations.language import terms
from tests.derivations.independent.instance import ONE, TWICE, ZERO, Meaningless
from tests.derivations.independent.numbers import Line, both, inverse, plus, times
from tests.derivations.independent.policies import Policies

BELOW_ONE = {"gamma", "lambda", "epsilon", "rho"}


class Terms(Policies):
    """What is not made of other expressions, and sums, products and powers."""

    def read_symbol(self, expr: Symbol) -> Any:
        if expr in self.reals:
            return self.reals[expr]
        if expr in self.names or expr == terms.T:
            return Fraction(self.whole(expr))
        if expr.is_integer:
            raise Meaningless(str(expr))
        if expr.name in BELOW_ONE:
            return self.world.fraction_below_one(expr.name)
        return self.world.draw(("symbol", expr.name), bool(expr.is_positive))

    def read_add(self, expr: Add) -> Any:
        total: Any = ZERO
        for part in expr.args:
            total = plus(total, self.read(part))
        return total

    def read_mul(self, expr: Mul) -> Any:
        result: Any = ONE
        for part in expr.args:
            result = times(result, self.read(part))
        return result

    def read_pow(self, expr: Pow) -> Any:
        power, base = self.whole(expr.exp), self.read(expr.base)
        result: Any = ONE
        for _ in range(abs(power)):
            result = times(result, base)
        if power >= 0:
            return result
        at = both(both(result)[0])[0]
        if at == 0:
            raise Meaningless("division by zero")
        return inverse(result)

    def read_initial(self, expr: Any) -> Any:
        return self.world.initial[self.state(expr.args[0])]

    def read_dynamics(self, expr: Any) -> Any:
        following, state, action = expr.args
        return self.world.dynamics[self.state(state), self.action(action)][self.state(following)]

    def read_reward(self, expr: Any) -> Any:
        return self.world.reward[self.state(expr.args[0]), self.action(expr.args[1])]

    def read_pi(self, expr: Any) -> Any:
        return self.pi(expr.args[0], self.state(expr.args[2]))[self.action(expr.args[1])]

    def read_table(self, expr: Any) -> Any:
        key = ("table", str(expr.args[0]), *map(self.whole, expr.args[1:]))
        return self.world.draw(key, False)

    def read_trajectorytable(self, expr: Any) -> Any:
        if self.path is None:
            raise Meaningless(str(expr))
        return self.world.draw(("whole", str(expr.args[0]), self.path), False)

    def read_parametric(self, expr: Any) -> Any:
        key = ("parametric", str(expr.args[0]), *map(self.whole, expr.args[1:]))
        value = self.world.draw(key, True)
        if self.moving == TWICE:
            raise Meaningless("the second derivative of an arbitrary function")
        if not self.moving:
            return value
        return Line(value, self.world.draw((*key, "slope", self.coordinate), False))

    def read_law(self, expr: Any) -> Any:
        row, number = self.world.finite_law(expr.args[0]), self.whole(expr.args[1])
        if not 0 <= number < len(row):
            raise Meaningless(str(expr))
        return row[number]

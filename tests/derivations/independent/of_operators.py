"""Derivatives, logarithms, maxima, variances, integrals, and θ held fixed."""

from itertools import product
from typing import Any

import mpmath

from derivations.language import binders, operators
from tests.derivations.independent.instance import ONE, TWICE, ZERO, Kink, Meaningless
from tests.derivations.independent.numbers import (
    both,
    integral,
    logarithm,
    plain,
    plus,
    square_root,
    times,
)
from tests.derivations.independent.of_sums import Sums


class Operators(Sums):
    """Slopes by exact numbers with a derivative, integrals by quadrature."""

    def read_gradient(self, expr: Any) -> Any:
        if self.moving:
            raise Meaningless("a second derivative")
        return both(self._with(moving=True).read(expr.args[0]))[1]

    def read_curvature(self, expr: Any) -> Any:
        if self.moving:
            raise Meaningless("a third derivative")
        return both(both(self._with(moving=TWICE).read(expr.args[0]))[1])[1]

    def read_log(self, expr: Any) -> Any:
        return logarithm(self.read(expr.args[0]))

    def read_root(self, expr: Any) -> Any:
        return square_root(self.read(expr.args[0]))

    def read_exponential(self, expr: Any) -> Any:
        return mpmath.exp(plain(self.read(expr.args[0]), mpmath.mpf(0)))

    def read_gaussiandensity(self, expr: Any) -> Any:
        center, spread, point = (plain(self.read(part), mpmath.mpf(0)) for part in expr.args)
        return mpmath.npdf(point, center, mpmath.sqrt(spread))

    def read_gaussianexpectation(self, expr: Any) -> Any:
        center, spread, variable, body = expr.args
        m, v = (plain(self.read(part), mpmath.mpf(0)) for part in (center, spread))

        def integrand(x: Any) -> Any:
            inner = self._with(reals={**self.reals, variable: x})
            return plain(inner.read(body), x) * mpmath.npdf(x, m, mpmath.sqrt(v))

        return integral(integrand)

    def read_absolute(self, expr: Any) -> Any:
        value = self.read(expr.args[0])
        return value if both(value)[0] >= 0 else times(-ONE, value)

    def read_statemaximum(self, expr: Any) -> Any:
        variable, body = expr.args
        return max(
            plain(self._with(names={**self.names, variable: s}).read(body), mpmath.mpf(0))
            for s in range(self.world.states)
        )

    def read_pairmaximum(self, expr: Any) -> Any:
        state, action, body = expr.args
        pairs = product(range(self.world.states), range(self.world.actions))
        return max(
            plain(self._with(names={**self.names, state: s, action: a}).read(body), mpmath.mpf(0))
            for s, a in pairs
        )

    def read_minimum(self, expr: Any) -> Any:
        return self._extreme(expr, smallest=True)

    def read_maximum(self, expr: Any) -> Any:
        return self._extreme(expr, smallest=False)

    def _extreme(self, expr: Any, smallest: bool) -> Any:
        first, second = map(self.read, expr.args)
        (a, b), (c, d) = both(first), both(second)
        if a == c and b != d:
            raise Kink("a minimum of equals")
        return first if (a <= c) == smallest else second

    def read_ifbelow(self, expr: Any) -> Any:
        first, second = (both(self.read(part))[0] for part in expr.args[:2])
        return self.read(expr.args[2] if first < second else expr.args[3])

    def read_clip(self, expr: Any) -> Any:
        body, low, high = expr.args
        return self.read(operators.Minimum(operators.Maximum(body, low), high))

    def read_squarednorm(self, expr: Any) -> Any:
        total: Any = ZERO
        for i in range(2):
            value = self._with(coordinate=i).read(expr.args[0])
            total = plus(total, times(value, value))
        return total

    def read_variance(self, expr: Any) -> Any:
        """E‖X‖² − ‖E X‖², coordinate by coordinate where X has any."""
        policy, body = expr.args
        total: Any = ZERO
        for i in range(2 if body.has(operators.Gradient) else 1):
            reader = self._with(coordinate=i)
            mean = reader.mean(policy, lambda inner: inner.read(body))
            square = reader.mean(policy, lambda inner: inner.read(body**2))
            total = plus(total, plus(square, times(-ONE, times(mean, mean))))
        return total

    def read_outcomevariance(self, expr: Any) -> Any:
        name, variable, body = expr.args
        mean = self.read(binders.OutcomeExpectation(name, variable, body))
        square = self.read(binders.OutcomeExpectation(name, variable, body**2))
        return plus(square, times(-ONE, times(mean, mean)))

    def read_frozen(self, expr: Any) -> Any:
        return self.fixed().read(expr.args[0])

    def read_atold(self, expr: Any) -> Any:
        return self._with(at_old=True).read(expr.args[0])

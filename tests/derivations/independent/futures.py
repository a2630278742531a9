"""Values as sums over what can follow; of the infinite horizon by SymPy's exact matrices."""

from fractions import Fraction
from typing import Any

from sympy import Expr, Rational
from sympy.matrices import Matrix

from tests.derivations.independent.instance import ONE, TWICE, ZERO, Meaningless
from tests.derivations.independent.numbers import Line, both, plus, times
from tests.derivations.independent.policies import Policies


class Futures(Policies):
    """Returns, V and Q of a finite horizon, V and d of the infinite one."""

    def discounted(self, expr: Any, path: Any) -> Any:
        discount = self.fixed().read(expr)
        total: Any = ZERO
        for i, action in enumerate(path[1]):
            factor = ONE
            for _ in range(i):
                factor = times(factor, discount)
            total = plus(total, times(factor, self.world.reward[path[0][i], action]))
        return total

    def from_here(self, policy: Any, discount: Any, state: int, action: Any, left: int) -> Any:
        """Σ over all that may follow, of its probability times its discounted reward."""
        key = ("follow", policy, discount, state, action, left, self.moving, self.coordinate)
        key = (*key, self.at_old)
        if key not in self.world.drawn:
            self.world.drawn[key] = self._follow(policy, discount, state, action, left)
        return self.world.drawn[key]

    def _follow(self, policy: Any, discount: Any, state: int, action: Any, left: int) -> Any:
        total: Any = ZERO
        for path in self.paths(left):
            if path[0][0] != state or (action is not None and path[1][0] != action):
                continue
            weight: Any = ONE
            for i, taken in enumerate(path[1]):
                if i > 0 or action is None:
                    time = self.world.steps - left + i
                    weight = times(weight, self.pi(policy, path[0][i], time)[taken])
                weight = times(weight, self.world.dynamics[path[0][i], taken][path[0][i + 1]])
            total = plus(total, times(weight, self.discounted(discount, path)))
        return total

    def forever(
        self, policy: Any, discount: Any, first: int | None = None
    ) -> tuple[list[Any], list[Any]]:
        """V and d of the infinite horizon, and their slopes, by SymPy's exact matrices."""
        if self.moving == TWICE:
            raise Meaningless("the second derivative of an infinite horizon")
        key = ("forever", policy, discount, first, self.moving, self.coordinate, self.at_old)
        if key not in self.world.drawn:
            self.world.drawn[key] = self._solve(policy, discount, first)
        return self.world.drawn[key]

    def _solve(self, policy: Any, discount: Any, first: int | None) -> tuple[list[Any], list[Any]]:
        world, n = self.world, range(self.world.states)
        gamma = self.fixed().read(discount)
        chain, reward = self._chain(policy)

        def part(matrix: Any, which: int) -> Matrix:
            return Matrix([[_rational(both(entry)[which]) for entry in row] for row in matrix])

        at = Matrix.eye(world.states) - _rational(gamma) * part(chain, 0)
        moved = -_rational(gamma) * part(chain, 1)
        r0, r1 = part([[x] for x in reward], 0), part([[x] for x in reward], 1)
        law = world.initial if first is None else [ONE if i == first else ZERO for i in n]
        start = Matrix([[_rational(p) for p in law]])
        inverse_ = at.inv()
        v0, d0 = inverse_ * r0, start * inverse_
        v1, d1 = inverse_ * (r1 - moved * v0), -d0 * moved * inverse_
        if not self.moving:
            return [_fraction(v0[i]) for i in n], [_fraction(d0[i]) for i in n]
        values = [Line(_fraction(v0[i]), _fraction(v1[i])) for i in n]
        return values, [Line(_fraction(d0[i]), _fraction(d1[i])) for i in n]

    def _chain(self, policy: Any) -> tuple[list[list[Any]], list[Any]]:
        world = self.world
        chain, rewards = [], []
        for s in range(world.states):
            row: list[Any] = [ZERO] * world.states
            mean: Any = ZERO
            for a, p in enumerate(self.pi(policy, s)):
                mean = plus(mean, times(p, world.reward[s, a]))
                row = [
                    plus(entry, times(p, q))
                    for entry, q in zip(row, world.dynamics[s, a], strict=True)
                ]
            chain.append(row)
            rewards.append(mean)
        return chain, rewards


def _rational(number: Fraction) -> Rational:
    return Rational(number.numerator, number.denominator)


def _fraction(number: Expr) -> Fraction:
    return Fraction(int(number.p), int(number.q))  # type: ignore[attr-defined]

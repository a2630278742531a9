"""What a policy makes of a problem: P(τ), R(τ), J, V, Q, A, Pr(s_t = s), d."""

from typing import Any

from derivations.language import functionals
from tests.derivations.independent.futures import Futures
from tests.derivations.independent.instance import ONE, ZERO, Meaningless
from tests.derivations.independent.numbers import inverse, plus, times
from tests.derivations.independent.of_sums import Sums


class Functionals(Futures, Sums):
    """By the definitions, over all paths."""

    def read_trajectoryprobability(self, expr: Any) -> Any:
        length = self.whole(expr.args[1])
        if self.path is None or not 0 <= length <= len(self.path[1]):
            raise Meaningless(str(expr))
        return self.probability(expr.args[0], (self.path[0][: length + 1], self.path[1][:length]))

    def read_return(self, expr: Any) -> Any:
        if self.path is None or len(self.path[1]) != self.world.steps:
            raise Meaningless(str(expr))
        return self.discounted(expr.args[0], self.path)

    def read_objective(self, expr: Any) -> Any:
        return self.mean(expr.args[0], lambda reader: reader.discounted(expr.args[1], reader.path))

    def read_objectiveforever(self, expr: Any) -> Any:
        values, _ = self.forever(*expr.args)
        total: Any = ZERO
        for p, v in zip(self.world.initial, values, strict=True):
            total = plus(total, times(p, v))
        return total

    def read_value(self, expr: Any) -> Any:
        policy, discount, state, *time = expr.args
        if not time:
            return self.forever(policy, discount)[0][self.state(state)]
        left = self.world.steps - self.whole(time[0])
        if not 0 <= left <= self.world.steps:
            raise Meaningless(str(expr))
        return self.from_here(policy, discount, self.state(state), None, left)

    def read_actionvalue(self, expr: Any) -> Any:
        policy, discount, state, action, *time = expr.args
        s, a = self.state(state), self.action(action)
        if time:
            left = self.world.steps - self.whole(time[0])
            if not 1 <= left <= self.world.steps:
                raise Meaningless(str(expr))
            return self.from_here(policy, discount, s, a, left)
        values, _ = self.forever(policy, discount)
        future: Any = ZERO
        for p, v in zip(self.world.dynamics[s, a], values, strict=True):
            future = plus(future, times(p, v))
        return plus(self.world.reward[s, a], times(self.fixed().read(discount), future))

    def read_advantage(self, expr: Any) -> Any:
        policy, discount, state, _, *time = expr.args
        value = self.read_value(functionals.Value(policy, discount, state, *time))
        return plus(self.read_actionvalue(expr), times(-ONE, value))

    def read_statelaw(self, expr: Any) -> Any:
        policy, time, state, *first = expr.args
        t, s = self.whole(time), self.state(state)
        starts = [self.state(part) for part in first]
        total, mass = ZERO, ZERO
        for path in self.paths(t):
            if not starts or path[0][0] in starts:
                weight = self.probability(policy, path)
                mass = plus(mass, weight)
                total = plus(total, weight) if path[0][t] == s else total
        return times(total, inverse(mass))

    def read_occupancy(self, expr: Any) -> Any:
        policy, discount, state, *first = expr.args
        start = [self.state(part) for part in first]
        return self.forever(policy, discount, *start)[1][self.state(state)]

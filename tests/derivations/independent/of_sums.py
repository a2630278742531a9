"""Sums and means, written out: over times, states, actions, outcomes and trajectories."""

from itertools import product
from typing import Any

from tests.derivations.independent.instance import ONE, ZERO, Meaningless
from tests.derivations.independent.numbers import inverse, plus, times
from tests.derivations.independent.policies import Policies


class Sums(Policies):
    """Every sum term by term."""

    def _total(self, variable: Any, values: Any, body: Any, weights: Any = None) -> Any:
        total: Any = ZERO
        for i in values:
            part = self._with(names={**self.names, variable: i}).read(body)
            total = plus(total, part if weights is None else times(weights[i], part))
        return total

    def read_timesum(self, expr: Any) -> Any:
        index, first, last, body = expr.args
        return self._total(index, range(self.whole(first), self.whole(last) + 1), body)

    def read_timeproduct(self, expr: Any) -> Any:
        index, first, last, body = expr.args
        result: Any = ONE
        for i in range(self.whole(first), self.whole(last) + 1):
            result = times(result, self._with(names={**self.names, index: i}).read(body))
        return result

    def read_statesum(self, expr: Any) -> Any:
        return self._total(expr.args[0], range(self.world.states), expr.args[1])

    def read_actionsum(self, expr: Any) -> Any:
        return self._total(expr.args[0], range(self.world.actions), expr.args[1])

    def read_outcomesum(self, expr: Any) -> Any:
        return self._total(expr.args[0], range(self.world.states + 1), expr.args[1])

    def read_actionexpectation(self, expr: Any) -> Any:
        policy, variable, state, body = expr.args
        weights = self.pi(policy, self.state(state))
        return self._total(variable, range(self.world.actions), body, weights)

    def read_outcomeexpectation(self, expr: Any) -> Any:
        name, variable, body = expr.args
        weights = self.world.finite_law(name)
        return self._total(variable, range(len(weights)), body, weights)

    def read_trajectorysum(self, expr: Any) -> Any:
        total: Any = ZERO
        for path in self.paths(self.whole(expr.args[0])):
            total = plus(total, self._with(path=path).read(expr.args[1]))
        return total

    def read_expectation(self, expr: Any) -> Any:
        return self.mean(expr.args[0], lambda reader: reader.read(expr.args[1]))

    def mean(self, policy: Any, body: Any) -> Any:
        total: Any = ZERO
        for path in self.paths(self.world.steps):
            weight = self.probability(policy, path)
            total = plus(total, times(weight, body(self._with(path=path))))
        return total

    def read_conditionalexpectation(self, expr: Any) -> Any:
        policy, body, time, state, *action = expr.args
        t, s = self.whole(time), self.state(state)
        a = self.action(action[0]) if action else None
        total, mass = ZERO, ZERO
        for path in self.paths(self.world.steps):
            if path[0][t] == s and (a is None or path[1][t] == a):
                weight = self.probability(policy, path)
                mass = plus(mass, weight)
                total = plus(total, times(weight, self._with(path=path).read(body)))
        return times(total, inverse(mass))

    def read_sampleexpectation(self, expr: Any) -> Any:
        policy, count, body = expr.args
        total: Any = ZERO
        for chosen in product(list(self.paths(self.world.steps)), repeat=self.whole(count)):
            weight: Any = ONE
            for path in chosen:
                weight = times(weight, self.probability(policy, path))
            value = self._with(samples=chosen, path=None).read(body)
            total = plus(total, times(weight, value))
        return total

    def read_ofsample(self, expr: Any) -> Any:
        number = self.whole(expr.args[0])
        if self.samples is None or not 1 <= number <= len(self.samples):
            raise Meaningless(str(expr))
        return self._with(path=self.samples[number - 1]).read(expr.args[1])

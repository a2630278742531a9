"""Policies, and the probabilities of trajectories under them."""

from typing import Any

from sympy import Integer

from derivations.language import functionals, terms
from tests.derivations.independent.instance import ONE, TWICE, ZERO, Instance, Meaningless
from tests.derivations.independent.numbers import Line, times


class Policies(Instance):
    """π(· | s) with its slopes, greedy policies, P(τ)."""

    def pi(self, policy: Any, state: int, time: int | None = None) -> list[Any]:
        world = self.world
        if policy == terms.GREEDY:
            return self._one_hot(self._largest(state, None))
        if policy == terms.GREEDY_IN_TIME and time is not None:
            return self._one_hot(self._largest(state, time))
        if policy == terms.OLD:
            return world.old[state]
        if policy != terms.THETA:
            raise Meaningless(str(policy))
        base = world.old[state] if self.at_old else world.new[state]
        if not self.moving:
            return base
        slopes = (world.old_slopes if self.at_old else world.slopes)[self.coordinate][state]
        if self.moving != TWICE:
            return [Line(p, g) for p, g in zip(base, slopes, strict=True)]
        curved = (world.old_curvatures if self.at_old else world.curvatures)[self.coordinate][state]
        rows = zip(base, slopes, curved, strict=True)
        return [Line(Line(p, g), Line(g, h)) for p, g, h in rows]

    def _one_hot(self, chosen: int) -> list[Any]:
        return [ONE if action == chosen else ZERO for action in range(self.world.actions)]

    def _largest(self, state: int, time: int | None) -> int:
        """The first action of largest Q of the old policy."""
        values = self._old_action_values(state, time)
        return values.index(max(values))

    def _old_action_values(self, state: int, time: int | None) -> list[Any]:
        """Q of the old policy, in exact fractions: nothing moves here."""
        reader = self._with(names={}, moving=False)
        at = () if time is None else (Integer(time),)
        return [
            reader.read(
                functionals.ActionValue(terms.OLD, terms.gamma, Integer(state), Integer(a), *at)
            )
            for a in range(self.world.actions)
        ]

    def read_bestactionvalue(self, expr: Any) -> Any:
        policy, discount, state, *time = expr.args
        if policy != terms.OLD or discount != terms.gamma:
            raise Meaningless(str(expr))
        when = self.whole(time[0]) if time else None
        return max(self._old_action_values(self.state(state), when))

    def probability(self, policy: Any, path: Any) -> Any:
        states, actions = path
        weight: Any = self.world.initial[states[0]]
        for i, action in enumerate(actions):
            weight = times(weight, self.pi(policy, states[i], i)[action])
            weight = times(weight, self.world.dynamics[states[i], action][states[i + 1]])
        return weight

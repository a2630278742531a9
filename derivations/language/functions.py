"""The numbers V, Q, J, Pr(s_t = s) and d^π of a world, by recursions and linear solves.

None of them enumerates trajectories: where a derivation says that an expectation over trajectories
equals a value, the two sides are computed on different ways.
"""

from typing import Any

from sympy import S

from derivations.language.linear import solve
from derivations.language.refusal import Undefined
from derivations.language.world import World


class PolicyNumbers:
    """What one policy makes of a world.

    Args:
        world: the world.
        rows: π(· | s) for every state, dual numbers where a gradient is being taken.
        slopes: the coordinate of that gradient, or None.
    """

    def __init__(self, world: World, rows: list[list[Any]], slopes: int | None) -> None:
        self._world = world
        self._rows = rows
        self._slopes = slopes
        self._one = world.point.number(S.One)

    @property
    def _states(self) -> range:
        return range(self._world.size.states)

    @property
    def _actions(self) -> range:
        return range(self._world.size.actions)

    def _backup(self, discount: Any, state: int, action: int, later: list[Any]) -> Any:
        """r(s, a) + discount · Σ_s' P(s' | s, a) later(s')."""
        row = self._world.dynamics(state, action, self._slopes)
        future = sum((p * v for p, v in zip(row, later, strict=True)), self._world.zero)
        return self._world.reward(state, action, self._slopes) + discount * future

    def _row(self, state: int, steps_left: int | None = None) -> list[Any]:
        """π(· | state), where that many steps are to go; a stationary policy does not ask."""
        return self._rows[state]

    def _average(self, state: int, numbers: list[Any], steps_left: int | None = None) -> Any:
        pairs = zip(self._row(state, steps_left), numbers, strict=True)
        return sum((p * number for p, number in pairs), self._world.zero)

    def action_values(self, discount: Any, later: list[Any]) -> list[list[Any]]:
        """Q(s, a) where `later` is the value of the next state."""
        return [
            [self._backup(discount, state, action, later) for action in self._actions]
            for state in self._states
        ]

    def values(self, discount: Any, steps_left: int) -> list[Any]:
        """V(s) with that many steps to go, backwards from zero."""
        values = [self._world.zero for _ in self._states]
        for left in range(1, steps_left + 1):
            q = self.action_values(discount, values)
            values = [self._average(state, q[state], left) for state in self._states]
        return values

    def _chain(self) -> list[list[Any]]:
        """P^π(s' | s)."""
        kernels = [
            [self._world.dynamics(state, action, self._slopes) for action in self._actions]
            for state in self._states
        ]
        return [
            [self._average(s, [row[following] for row in kernels[s]]) for following in self._states]
            for s in self._states
        ]

    def _resolvent(self, discount: Any) -> list[list[Any]]:
        """I − discount · P^π."""
        chain = self._chain()
        rows = [[-discount * chain[i][j] for j in self._states] for i in self._states]
        for i in self._states:
            rows[i][i] = self._one + rows[i][i]
        return rows

    def values_forever(self, discount: Any) -> list[Any]:
        """V with V = r^π + γ P^π V."""
        zero = [self._world.zero for _ in self._states]
        q = self.action_values(discount, zero)
        rewards = [self._average(state, q[state]) for state in self._states]
        return solve(self._resolvent(discount), rewards)

    def _first_law(self, first: int | None) -> list[Any]:
        """μ, or all of it in one state."""
        if first is None:
            return [self._world.initial(state) for state in self._states]
        return [self._one if state == first else self._world.zero for state in self._states]

    def occupancy(self, discount: Any, first: int | None = None) -> list[Any]:
        """d with d = μ + γ dP^π."""
        rows = self._resolvent(discount)
        transposed = [[rows[i][j] for i in self._states] for j in self._states]
        return solve(transposed, self._first_law(first))

    def state_law(self, time: int, first: int | None = None) -> list[Any]:
        """Pr(s_time = ·), forwards from μ."""
        law = self._first_law(first)
        chain = self._chain()
        for _ in range(time):
            law = [
                sum((law[i] * chain[i][j] for i in self._states), self._world.zero)
                for j in self._states
            ]
        return law

    def trajectory_probability(self, states: tuple[int, ...], actions: tuple[int, ...]) -> Any:
        """μ(s_0) ∏ π P."""
        probability = self._world.initial(states[0])
        steps = zip(states, actions, states[1:], strict=False)
        for time, (state, action, following) in enumerate(steps):
            row = self._world.dynamics(state, action, self._slopes)
            taken = self._row(state, self._world.size.steps - time)[action]
            probability = probability * taken * row[following]
        return probability


class TimedPolicyNumbers(PolicyNumbers):
    """What a policy makes of a world of T steps whose rows depend on the time.

    Args:
        world: the world.
        rows: π_t(· | s) for every time and every state.
    """

    def __init__(self, world: World, rows: list[list[list[Any]]]) -> None:
        super().__init__(world, [], None)
        self._rows_of_time = rows

    def _row(self, state: int, steps_left: int | None = None) -> list[Any]:
        if steps_left is None:
            raise Undefined("a policy of the finite horizon where there is none")
        return self._rows_of_time[self._world.size.steps - steps_left][state]

"""A symbolic world: every probability, reward and slope a free symbol, the constraints eliminated.

Of probabilities that sum to one the last is one minus the others, of ∇π the last is minus the
others, so that nothing is sampled that the constraints forbid, and nothing that they allow is left
out. Zero probabilities are limits of what is covered here; where a division needs a probability
not to be zero, that is an assumption, and `Relaxation` takes it away.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import Any

from sympy import S, Symbol

from derivations.language.dual import Dual, along_twice
from derivations.language.refusal import Refused, Undefined
from derivations.language.terms import GREEDY, GREEDY_IN_TIME, OLD, THETA, gamma

COORDINATES = 2
"""Of the parameter, for ‖·‖²; every other statement holds coordinate by coordinate."""


class Relaxation(StrEnum):
    """Assumptions that can be taken away from a world."""

    POLICY_SUMS = "the policy's probabilities need not sum to one"
    REWARD_SLOPE = "the reward depends on θ"
    DYNAMICS_SLOPE = "the dynamics depend on θ"
    TABLE_SLOPE = "arbitrary functions depend on θ"
    LAW_SUMS = "laws need not sum to one"
    LAW_SUPPORT = "q(x) is zero for one x where p(x) is not"
    POLICY_SUPPORT = "π_old never takes one action that π_θ takes"
    UNDISCOUNTED = "γ = 1"
    SIGN = "what was said to be positive need not be"


@dataclass(frozen=True)
class Twice:
    """Asks for slope and curvature along one coordinate of θ."""

    coordinate: int


@dataclass(frozen=True, kw_only=True, order=True)
class Size:
    """|S|, |A| and T; a finite law has |S| + 1 outcomes."""

    states: int
    actions: int
    steps: int

    @property
    def outcomes(self) -> int:
        return self.states + 1

    def __str__(self) -> str:
        return f"({self.states}, {self.actions}, {self.steps})"


class World:
    """The numbers of one world, in the arithmetic of `point`, drawn when they are first asked for.

    Args:
        size: numbers of states, actions and steps.
        point: gives free symbols, rationals, logarithms and roots.
        relaxed: assumptions taken away.
    """

    def __init__(
        self, size: Size, point: Any, relaxed: frozenset[Relaxation] = frozenset()
    ) -> None:
        self.size = size
        self.point = point
        self.relaxed = relaxed
        self._kept: dict[Hashable, Any] = {}
        self.is_given = False

    def give(self, name: tuple, value: Any) -> None:
        """Puts a number in the place of the free symbol of that name."""
        self._kept["free", *name] = value
        self.is_given = True

    def kept(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """The value of `key`, made when it is first asked for."""
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]

    def free(self, *name: Hashable) -> Any:
        """The free symbol of that name."""
        return self.kept(("free", *name), lambda: self.point.variable(name))

    def constant(self, symbol: Symbol) -> Any:
        """The value of γ, λ, ε and the like."""
        if symbol == gamma and Relaxation.UNDISCOUNTED in self.relaxed:
            return self.point.number(S.One)
        return self.free("constant", symbol)

    def law(self, *name: Hashable, outcomes: int, sums: bool = True) -> list[Any]:
        """Probabilities of that name, the last one minus the others."""
        values = [self.free(*name, number) for number in range(outcomes - sums)]
        if sums:
            values.append(self.point.number(S.One) - sum(values, self.zero))
        return values

    @property
    def zero(self) -> Any:
        return self.point.number(S.Zero)

    def initial(self, state: int) -> Any:
        return self.kept("mu", lambda: self.law("mu", outcomes=self.size.states))[state]

    def dynamics(self, state: int, action: int, slopes: int | None) -> list[Any]:
        """P(· | s, a)."""
        key = ("P", state, action)
        row = self.kept(key, lambda: self.law(*key, outcomes=self.size.states))
        if slopes is None or Relaxation.DYNAMICS_SLOPE not in self.relaxed:
            return row
        return [Dual(value, self.free("dP", *key, slopes, i)) for i, value in enumerate(row)]

    def reward(self, state: int, action: int, slopes: int | None) -> Any:
        value = self.free("r", state, action)
        if slopes is None or Relaxation.REWARD_SLOPE not in self.relaxed:
            return value
        return Dual(value, self.free("dr", state, action, slopes))

    def policy(self, name: Any, state: int, slopes: Any, at_old: bool) -> list[Any]:
        """π(· | s); with slopes where it is π_θ and a gradient is being taken.

        Raises:
            Undefined: the name is of no policy that is the same at all times.
        """
        if name == GREEDY:
            return self.greedy(state, None)
        if name not in (THETA, OLD):
            raise Undefined(f"{name} names no policy")
        if slopes is not None and self.is_given:
            raise Refused("∇ in a problem of given numbers, whose policy has no free slopes")
        values = self._probabilities(OLD if at_old else name, state)
        if slopes is None or name != THETA:
            return values
        if isinstance(slopes, Twice):
            return self._curved(name, state, slopes.coordinate, at_old)
        if at_old:
            slopes = (OLD, slopes)  # ∇π at θ_old is another vector than ∇π at θ.
        return [
            Dual(value, slope)
            for value, slope in zip(values, self.policy_slopes(state, slopes), strict=True)
        ]

    def greedy(self, state: int, time: int | None) -> list[Any]:
        """The greedy policy's row: any law on the actions of largest Q of the old policy.

        All its probabilities are free, and `max_a Q` is its mean of Q: what holds for every row
        holds for one that is greedy, and there its mean is the maximum.
        """
        key = ("pi", GREEDY, state) if time is None else ("pi", GREEDY_IN_TIME, time, state)
        return self.kept(key, lambda: self.law(*key, outcomes=self.size.actions))

    def _probabilities(self, name: Any, state: int) -> list[Any]:
        sums = Relaxation.POLICY_SUMS not in self.relaxed
        key = ("pi", name, state)
        row = self.kept(key, lambda: self.law(*key, outcomes=self.size.actions, sums=sums))
        if name == OLD and Relaxation.POLICY_SUPPORT in self.relaxed:
            return [self.zero, *row[1:-1], row[-1] + row[0]]
        return row

    def policy_slopes(self, state: int, coordinate: int) -> list[Any]:
        """∇π_θ(· | s), the last one minus the others."""
        sums = Relaxation.POLICY_SUMS not in self.relaxed
        free = range(self.size.actions - sums)
        slopes = [self.free("dpi", state, a, coordinate) for a in free]
        if sums:
            slopes.append(-sum(slopes, self.zero))
        return slopes

    def _curved(self, name: Any, state: int, coordinate: int, at_old: bool) -> list[Any]:
        """The row with slopes and curvatures, which sum to zero, too."""
        row = self.policy(name, state, coordinate, at_old)
        sums = Relaxation.POLICY_SUMS not in self.relaxed
        place = (OLD, coordinate) if at_old else coordinate
        curvatures = [self.free("ddpi", state, a, place) for a in range(len(row) - sums)]
        if sums:
            curvatures.append(-sum(curvatures, self.zero))
        return [along_twice(dual, c) for dual, c in zip(row, curvatures, strict=True)]

    def finite_law(self, name: Any) -> list[Any]:
        """p(x) for every outcome."""
        sums = Relaxation.LAW_SUMS not in self.relaxed
        row = self.kept(
            ("law", name), lambda: self.law("law", name, outcomes=self.size.outcomes, sums=sums)
        )
        if name == Symbol("q") and Relaxation.LAW_SUPPORT in self.relaxed:
            return [self.zero, *row[1:-1], row[-1] + row[0]]
        return row

    def table(self, name: Any, arguments: tuple[int, ...], slopes: int | None) -> Any:
        value = self.free("table", name, *arguments)
        if slopes is None or Relaxation.TABLE_SLOPE not in self.relaxed:
            return value
        return Dual(value, self.free("dtable", name, *arguments, slopes))

    def parametric(self, name: Any, arguments: tuple[int, ...], slopes: int | None) -> Any:
        value = self.free("parametric", name, *arguments)
        if slopes is None:
            return value
        return Dual(value, self.free("dparametric", name, *arguments, slopes))

    def trajectories(self, length: int) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
        """All (s_0 ... s_length, a_0 ... a_{length - 1})."""

        def make() -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
            states, actions = range(self.size.states), range(self.size.actions)
            return list(
                product(product(states, repeat=length + 1), product(actions, repeat=length))
            )

        return self.kept(("trajectories", length), make)

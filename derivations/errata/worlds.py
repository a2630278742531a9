"""Named worlds in exact rationals, on which the errors of printed gradients are measured.

The policy is a softmax over logits whose exponentials are rational, so that π and ∇π are, too.
"""

from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

from derivations.errata.abreast import Abreast
from derivations.language.counterexample import RationalPoint
from derivations.language.logarithms import LogSum
from derivations.language.problem import Problem
from derivations.language.terms import OLD, gamma
from derivations.language.world import Size, World

Row = tuple[Fraction, ...]


@dataclass(frozen=True, kw_only=True)
class NamedWorld:
    """A problem in which a softmax policy of given logits acts.

    Args:
        problem: with π_θ, the softmax, among its numbers.
        gamma: the discount.
    """

    problem: Problem
    gamma: Fraction

    @property
    def name(self) -> str:
        return self.problem.name

    @property
    def size(self) -> Size:
        return self.problem.size

    def along(self, *logits: tuple[int, int]) -> World:
        """The world whose ∇ is the derivative by each of the logits, side by side.

        A logit is named by its state and action. At θ = θ_old the derivative is that of π_old by
        its own logit there.
        """
        numbers: dict[Any, Any] = dict(self.problem.numbers())
        numbers["constant", gamma] = self.gamma
        for place, policy in ((0, self.problem.policy), ((OLD, 0), self.problem.old)):
            for s, row in enumerate(policy):
                for a in range(len(row)):
                    slopes = (_slope(row, a, action) * (s == state) for state, action in logits)
                    numbers["dpi", s, a, place] = Abreast(*slopes)
        return World(self.size, NamedPoint(numbers))

    @property
    def logits(self) -> list[tuple[int, int]]:
        """(state, action) of each."""
        return list(product(range(self.size.states), range(self.size.actions)))


class NamedPoint(RationalPoint):
    """The numbers of a named world, in which some transitions never happen.

    The logarithm of zero is a symbol of its own, log 0. A derivative does not ask for it, and the
    trajectories in which it stands have probability zero: what is left of it is no number, and no
    error can be computed from it.
    """

    def log(self, argument: Fraction) -> Any:
        return LogSum(Fraction(0), {0: Fraction(1)}) if argument == 0 else super().log(argument)


def _slope(row: Row, action: int, logit: int) -> Fraction:
    """∂π(a)/∂θ(b) = π(a) (1[a = b] − π(b))."""
    return row[action] * ((action == logit) - row[logit])


def _softmax(*weights: Row) -> tuple[Row, ...]:
    """π(a | s) of the logits whose exponentials are given, [S][A]."""
    return tuple(tuple(weight / sum(row) for weight in row) for row in weights)


def _row(*entries: int | str) -> Row:
    return tuple(Fraction(entry) for entry in entries)


TWO_STATE_CHAIN = NamedWorld(
    problem=Problem(
        name="two-state chain",
        size=Size(states=2, actions=2, steps=3),
        initial=_row(1, 0),
        dynamics=(
            (_row("9/10", "1/10"), _row("1/5", "4/5")),
            (_row("3/5", "2/5"), _row("1/10", "9/10")),
        ),
        reward=(_row(0, "1/2"), _row(1, 2)),
        policy=_softmax(_row(1, 2), _row(3, 1)),
        old=_softmax(_row(2, 1), _row(1, 1)),
    ),
    gamma=Fraction(9, 10),
)

DELAYED_REWARD = NamedWorld(
    problem=Problem(
        name="delayed reward",
        size=Size(states=3, actions=2, steps=3),
        initial=_row(1, 0, 0),
        dynamics=(
            (_row("1/10", "9/10", 0), _row("4/5", "1/10", "1/10")),
            (_row("1/5", 0, "4/5"), _row("1/2", "1/2", 0)),
            (_row(0, 0, 1), _row(1, 0, 0)),
        ),
        reward=(_row(0, "1/5"), _row(0, 0), _row(3, -1)),
        policy=_softmax(_row(1, 1), _row(2, 1), _row(1, 1)),
        old=_softmax(_row(1, 2), _row(1, 1), _row(2, 1)),
    ),
    gamma=Fraction(4, 5),
)

NAMED = (TWO_STATE_CHAIN, DELAYED_REWARD)

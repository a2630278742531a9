"""Named worlds in exact rationals, on which the errors of printed gradients are measured.

The policy is a softmax over logits whose exponentials are rational, so that π and ∇π are, too.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sympy import Symbol

from derivations.language.counterexample import RationalPoint
from derivations.language.logarithms import LogSum
from derivations.language.terms import OLD, THETA
from derivations.language.world import Size, World

Row = tuple[Fraction, ...]


@dataclass(frozen=True, kw_only=True)
class NamedWorld:
    """A world with given numbers.

    Args:
        name: for the reader.
        size: numbers of states, actions and steps.
        initial: μ, [S].
        dynamics: P, [S][A][S].
        reward: r, [S][A].
        weights: exp of the policy's logits, [S][A].
        old_weights: likewise, of the policy that collected the data.
        gamma: the discount.
    """

    name: str
    size: Size
    initial: Row
    dynamics: tuple[tuple[Row, ...], ...]
    reward: tuple[Row, ...]
    weights: tuple[Row, ...]
    old_weights: tuple[Row, ...]
    gamma: Fraction

    def along(self, state: int, action: int) -> World:
        """The world whose ∇ is the derivative by the logit of that state and action."""
        numbers: dict[tuple, Fraction] = {("constant", Symbol("gamma", positive=True)): self.gamma}
        for s in range(self.size.states):
            numbers["mu", s] = self.initial[s]
            self._add_policies(numbers, s, state, action)
            for a in range(self.size.actions):
                numbers["r", s, a] = self.reward[s][a]
                for following in range(self.size.states):
                    numbers["P", s, a, following] = self.dynamics[s][a][following]
        return World(self.size, NamedPoint(numbers))

    def _add_policies(self, numbers: dict, s: int, state: int, action: int) -> None:
        """∂π(a|s)/∂θ(s, b) = π(a|s) (1[a = b] − π(b|s))."""
        row = _softmax(self.weights[s])
        for a in range(self.size.actions):
            numbers["pi", THETA, s, a] = row[a]
            numbers["pi", OLD, s, a] = _softmax(self.old_weights[s])[a]
            slope = row[a] * ((a == action) - row[action]) if s == state else Fraction(0)
            numbers["dpi", s, a, 0] = slope


class NamedPoint(RationalPoint):
    """The numbers of a named world, in which some transitions never happen.

    The logarithm of zero is a symbol of its own, log 0. A derivative does not ask for it, and the
    trajectories in which it stands have probability zero: what is left of it is no number, and no
    error can be computed from it.
    """

    def log(self, argument: Fraction) -> Any:
        return LogSum(Fraction(0), {0: Fraction(1)}) if argument == 0 else super().log(argument)


def _softmax(weights: Row) -> Row:
    return tuple(weight / sum(weights) for weight in weights)


def _row(*entries: int | str) -> Row:
    return tuple(Fraction(entry) for entry in entries)


TWO_STATE_CHAIN = NamedWorld(
    name="two-state chain",
    size=Size(states=2, actions=2, steps=3),
    initial=_row(1, 0),
    dynamics=(
        (_row("9/10", "1/10"), _row("1/5", "4/5")),
        (_row("3/5", "2/5"), _row("1/10", "9/10")),
    ),
    reward=(_row(0, "1/2"), _row(1, 2)),
    weights=(_row(1, 2), _row(3, 1)),
    old_weights=(_row(2, 1), _row(1, 1)),
    gamma=Fraction(9, 10),
)

DELAYED_REWARD = NamedWorld(
    name="delayed reward",
    size=Size(states=3, actions=2, steps=3),
    initial=_row(1, 0, 0),
    dynamics=(
        (_row("1/10", "9/10", 0), _row("4/5", "1/10", "1/10")),
        (_row("1/5", 0, "4/5"), _row("1/2", "1/2", 0)),
        (_row(0, 0, 1), _row(1, 0, 0)),
    ),
    reward=(_row(0, "1/5"), _row(0, 0), _row(3, -1)),
    weights=(_row(1, 1), _row(2, 1), _row(1, 1)),
    old_weights=(_row(1, 2), _row(1, 1), _row(2, 1)),
    gamma=Fraction(4, 5),
)

NAMED = (TWO_STATE_CHAIN, DELAYED_REWARD)

"""One problem with given numbers: where a result is about that problem and not about all worlds."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from derivations.language.terms import OLD, THETA
from derivations.language.world import Size

Law = tuple[Any, ...]
"""Probabilities, in rationals and symbols; the last is one minus the others."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A problem and the policies in it. What is a symbol in it may take every value.

    Args:
        name: for the reader.
        size: numbers of states, actions and steps.
        initial: μ, [S].
        dynamics: P, [S][A][S].
        reward: r, [S][A].
        policy: π_θ, [S][A]; what two states share, they share for every value of the symbols.
        old: π_old, [S][A].
    """

    name: str
    size: Size
    initial: Law
    dynamics: tuple[tuple[Law, ...], ...]
    reward: tuple[tuple[Any, ...], ...]
    policy: tuple[Law, ...]
    old: tuple[Law, ...]

    def numbers(self) -> Iterator[tuple[tuple, Any]]:
        """Everything that a world asks for, by the name under which it does."""
        yield from _of_law(("mu",), self.initial)
        for s in range(self.size.states):
            yield from _of_law(("pi", THETA, s), self.policy[s])
            yield from _of_law(("pi", OLD, s), self.old[s])
            for a in range(self.size.actions):
                yield ("r", s, a), self.reward[s][a]
                yield from _of_law(("P", s, a), self.dynamics[s][a])


def _of_law(key: tuple, law: Law) -> Iterator[tuple[tuple, Any]]:
    """All but the last probability, which the world makes itself."""
    for number, probability in enumerate(law[:-1]):
        yield (*key, number), probability

"""Where the numbers of a case come from: a seed, Hypothesis, or a replay of earlier choices.

Every number of a case is picked from a short list whose simplest entry stands first. A case is
therefore its list of choices: Hypothesis shrinks it towards the simplest world, and a replay line
needs no more than the choices to give the same numbers again.
"""

import random
from collections.abc import Callable, Sequence
from typing import TypeVar

from rlcheck.errors import InvalidArgument

T = TypeVar("T")

_NUMBERS = (0.0, 1.0, -1.0, 2.0, 0.5, -0.5, -2.0, 1.5, -1.25, 0.75, -0.75, 1.75)


class Chooser:
    """Picks from lists, and remembers what it picked."""

    def __init__(self, pick: Callable[[int], int], nonzero: bool = False) -> None:
        self._pick = pick
        self._nonzero = nonzero
        self.taken: list[int] = []

    def choice(self, options: Sequence[T]) -> T:
        """One of the options."""
        index = self._pick(len(options)) if len(options) > 1 else 0
        self.taken.append(index)
        return options[index]

    def number(self) -> float:
        """A small dyadic number; a seeded world has no zeros, which would hide a fault."""
        if not self._nonzero:
            return self.choice(_NUMBERS)
        index = 1 + self._pick(len(_NUMBERS) - 1)
        self.taken.append(index)
        return _NUMBERS[index]

    def ordering(self, options: Sequence[T]) -> list[T]:
        """The options in some order."""
        left, ordered = list(options), []
        while left:
            found = self.choice(left)
            left.remove(found)
            ordered.append(found)
        return ordered


def seeded(seed: object) -> Chooser:
    """Choices from a seed: anything with a repr."""
    return Chooser(random.Random(repr(seed)).randrange, nonzero=True)


def replayed(choices: Sequence[int]) -> Chooser:
    """The same choices again."""
    left = list(choices)

    def pick(count: int) -> int:
        if not left or not 0 <= left[0] < count:
            raise InvalidArgument.of(
                "replay", choices, "the choices do not fit this case", "a line as it was printed"
            )
        return left.pop(0)

    class _Replay(Chooser):
        def choice(self, options: Sequence[T]) -> T:
            # A choice among one was recorded too.
            index = pick(max(1, len(options)))
            self.taken.append(index)
            return options[index]

    return _Replay(pick)

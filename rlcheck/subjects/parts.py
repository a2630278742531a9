"""Several functions that belong together, as one implementation.

Inner parts can each be right and what is between them wrong: advantages from values of the next
row, returns that a loss takes for advantages. Composed, they are judged as a whole:

    returns_t, advantages_t -> loss(..., advantages, returns)

Every part is handed what it asks for, and what the parts before it gave.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rlcheck.errors import InvalidArgument
from rlcheck.subjects.binding import bind, parameters_of

COMPUTED = ("returns", "advantages")
"""The words that a part may compute for the parts after it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """A function, and what each of its parameters asks for."""

    call: Callable[..., Any]
    bound: Mapping[str, str]

    @property
    def words(self) -> frozenset[str]:
        return frozenset(self.bound.values())

    def __call__(self, known: Mapping[str, Any]) -> Any:
        return self.call(**{name: known[word] for name, word in self.bound.items()})


def make_part(call: Callable[..., Any], names: Mapping[str, str] | None) -> Part:
    """A part of a function; names that belong to another part are left to it.

    Raises:
        InvalidArgument: as `bind`.
    """
    own = parameters_of(call)
    return Part(call=call, bound=bind(call, {k: v for k, v in (names or {}).items() if k in own}))


@dataclass(frozen=True, kw_only=True, eq=False)
class Composed:
    """Parts one after another; the last gives the result.

    Attributes:
        computed: word -> the part that computes it, in the order in which they are called.
        last: what is called on everything.
    """

    computed: Mapping[str, Part]
    last: Part

    @property
    def words(self) -> frozenset[str]:
        """What has to be handed over from outside."""
        asked = self.last.words.union(*(part.words for part in self.computed.values()))
        return asked - self._given

    @property
    def _given(self) -> frozenset[str]:
        # Advantages may come as a pair with the returns that belong to them.
        pair = {"returns"} if "advantages" in self.computed else set()
        return frozenset({*self.computed, *pair})

    def __call__(self, **given: Any) -> Any:
        known = dict(given)
        for word, part in self.computed.items():
            known |= _results(word, part(known), known)
        _refuse_missing(self.last, known)
        return self.last(known)


def compose(parts: Mapping[str, Part], last: Part) -> Composed:
    """The parts in the order in which each finds what it asks for.

    Raises:
        InvalidArgument: returns and advantages each ask for the other.
    """
    order = [word for word in COMPUTED if word in parts]
    if len(order) == 2 and "advantages" in parts["returns"].words:
        if "returns" in parts["advantages"].words:
            raise InvalidArgument.of(
                "Subject", "returns and advantages", "each of them asks for the other",
                "one that asks for rewards and values alone",
            )  # fmt: skip
        order.reverse()
    return Composed(computed={word: parts[word] for word in order}, last=last)


def _results(word: str, found: Any, known: Mapping[str, Any]) -> dict[str, Any]:
    if word == "advantages" and isinstance(found, tuple) and len(found) == 2:
        return {"advantages": found[0], "returns": known.get("returns", found[1])}
    return {word: found}


def _refuse_missing(part: Part, known: Mapping[str, Any]) -> None:
    missing = sorted(part.words - set(known))
    if missing:
        raise TypeError(
            f"the loss asks for {', '.join(missing)}, and advantages gave one array: "
            "return (advantages, returns), or pass returns= as well"
        )

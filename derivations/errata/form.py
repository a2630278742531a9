"""The form of an erratum: what is printed, what is right, and how far apart they are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import sqrt

from sympy import Expr

from derivations.errata.abreast import Abreast
from derivations.errata.worlds import NAMED, NamedWorld
from derivations.language.counterexample import Counterexample, search
from derivations.language.evaluate import Evaluator, Scope
from derivations.language.statement import Derivation, Statement
from derivations.language.world import Relaxation, Size

SIZES = tuple(
    Size(states=states, actions=actions, steps=steps)
    for states, actions, steps in ((1, 2, 1), (1, 2, 2), (2, 2, 1), (1, 2, 3), (2, 2, 2), (2, 2, 3))
)
"""The smallest worlds, in the order in which they are searched."""


@dataclass(frozen=True, kw_only=True)
class Erratum:
    """A formula that is printed and wrong.

    Args:
        name: how the site refers to it.
        rows: of the formula inventory.
        title: by language.
        printed: the formula as it stands in print.
        right: the derivation that proves the right one.
        why: what is wrong with it, by language.
        relaxed: assumptions that the printed formula does not make.
        direction: the printed gradient and the right one, to be compared on named worlds.
        instance: what arbitrary functions are in `direction`, by language.
        unaltered: why there is no `direction`, by language: no gradient is altered.
    """

    name: str
    rows: tuple[str, ...]
    title: Mapping[str, str]
    printed: Statement
    right: Derivation
    why: Mapping[str, str]
    relaxed: frozenset[Relaxation] = field(default_factory=frozenset)
    direction: tuple[Expr, Expr] | None = None
    instance: Mapping[str, str] | None = None
    unaltered: Mapping[str, str] | None = None

    def counterexample(self) -> Counterexample:
        """The smallest world on which it fails, and on which the right formula holds.

        A right formula about regions is about numbers: no world enters it.
        """
        right = None if self.right.splits or self.relaxed else self.right.conclusion
        return search(self.printed, right, SIZES, self.relaxed)

    def errors(self) -> dict[str, float]:
        """‖printed − right‖ / ‖right‖ on each named world; empty where none is altered."""
        if self.direction is None:
            return {}
        return {world.name: relative_error(*self.direction, world) for world in NAMED}


def relative_error(printed: Expr, right: Expr, world: NamedWorld) -> float:
    """‖printed − right‖ / ‖right‖ over all logits of a softmax policy."""
    wrong, true = (_vector(side, world) for side in (printed, right))
    gap = sum((x - y) ** 2 for x, y in zip(wrong, true, strict=True))
    return sqrt(gap / sum(y**2 for y in true))


def _vector(expr: Expr, world: NamedWorld) -> list[float]:
    found = Evaluator(world.along(*world.logits))(expr, Scope(values={}))
    numbers = found.numbers if isinstance(found, Abreast) else [found] * len(world.logits)
    return [float(number) for number in numbers]

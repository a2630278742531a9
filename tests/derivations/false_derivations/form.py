"""The form of a false derivation: a derivation and the number of its wrong line."""

from dataclasses import dataclass
from typing import Any

from sympy import Expr

from derivations.language.statement import Derivation, Line, Relation


@dataclass(frozen=True, kw_only=True)
class FalseDerivation:
    """A derivation whose line `wrong` (counted from zero) does not follow."""

    wrong: int
    derivation: Derivation


def equals(right: Any, reason: str, **more: Any) -> Line:
    return Line(relation=Relation.EQUAL, right=right, words={"en": reason}, **more)


def at_most(right: Any, reason: str, **more: Any) -> Line:
    return Line(relation=Relation.AT_MOST, right=right, words={"en": reason}, **more)


def at_least(right: Any, reason: str, **more: Any) -> Line:
    return Line(relation=Relation.AT_LEAST, right=right, words={"en": reason}, **more)


def false(name: str, wrong: int, start: Expr, *lines: Line, **more: Any) -> FalseDerivation:
    derivation = Derivation(
        name=name, rows=(), title={"en": name}, start=start, lines=lines, **more
    )
    return FalseDerivation(wrong=wrong, derivation=derivation)

"""How far an accepted line reaches: computed from the line, never typed."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sympy import Add, Integer, Mul, Number, Pow, Symbol

from derivations.language import operators, terms
from derivations.language.equality import FieldProof
from derivations.language.gaussian import GaussianDensity, GaussianExpectation
from derivations.language.statement import Statement

SIZELESS = (
    operators.Gradient,
    operators.Log,
    operators.Root,
    operators.Exponential,
    GaussianExpectation,
    GaussianDensity,
    operators.Absolute,
    operators.Minimum,
    operators.Maximum,
    operators.Clip,
    operators.IfBelow,
    operators.Frozen,
)
"""What can be said of numbers, without any world."""


class Label(StrEnum):
    """How far a result reaches; computed, never typed."""

    GENERAL = "proved in general"
    SIZES = "proved for every world of these sizes"
    PROBLEM = "proved for this problem"


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """A line that holds.

    Args:
        label: how far it reaches.
        route: what accepted it.
        proofs: the evaluations behind it, one a size of world or a region.
    """

    label: Label
    route: str
    proofs: tuple[FieldProof, ...]


def label_of_instances(statement: Statement) -> Label:
    """Where nothing has a size, the prime field proves the line for all values there are."""
    plain = all(_has_no_size(side) for side in (statement.left, statement.right))
    return Label.GENERAL if plain and not statement.forall else Label.SIZES


def _has_no_size(expr: Any) -> bool:
    """Whether the expression is about numbers and functions of θ alone."""
    if isinstance(expr, Pow):
        return _has_no_size(expr.base) and isinstance(expr.exp, Integer)
    if isinstance(expr, Symbol):
        return expr != terms.T and not expr.is_integer
    if isinstance(expr, (terms.Table, terms.Parametric)):
        return len(expr.args) == 1
    if isinstance(expr, (Number, Add, Mul, *SIZELESS)):
        return all(_has_no_size(part) for part in expr.args)
    return False

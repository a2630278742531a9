"""Which times of a trajectory an expression looks at."""

from typing import Any, Literal

from sympy import Expr

from derivations.language import binders, functionals, terms
from derivations.language.facts import Facts, known_at_most, range_facts
from derivations.language.normal import opened


def depends_only_on_past(
    expr: Any, time: Expr, upto: Literal["state", "action"], facts: Facts
) -> bool:
    """Whether the expression depends on s_0, a_0, ..., s_time only; with "action", on a_time too.

    Anything that is not understood counts as the future.
    """
    if isinstance(expr, terms.StateAt):
        return known_at_most(expr.time, time, facts)
    if isinstance(expr, terms.ActionAt):
        later = expr.time if upto == "action" else expr.time + 1
        return known_at_most(later, time, facts)
    if isinstance(
        expr,
        (
            functionals.TrajectoryProbability,
            functionals.Return,
            terms.TrajectoryTable,
            binders.OfSample,
            *binders.TRAJECTORY_BINDERS,
        ),
    ):
        return False
    if isinstance(expr, (binders.TimeSum, binders.TimeProduct)):
        inner = opened(expr)
        known: Facts = (*facts, *range_facts(inner.index, inner.first, inner.last))
        return depends_only_on_past(inner.body, time, upto, known)
    return all(depends_only_on_past(part, time, upto, facts) for part in expr.args)

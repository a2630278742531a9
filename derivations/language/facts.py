"""What is known of times: enough to see that a range is not empty, or one time before another."""

from itertools import combinations_with_replacement
from typing import Any

from sympy import Expr, expand, sympify

from derivations.language.statement import Each, Kind

Facts = tuple[Expr, ...]
"""Whole numbers that are known not to be negative."""

MOST_FACTS = 3
"""Facts that are added up for one conclusion."""


def range_facts(index: Expr, first: Expr, last: Expr) -> Facts:
    """first ≤ index ≤ last."""
    return (expand(index - first), expand(last - index))


def quantifier_facts(forall: tuple[Each, ...]) -> Facts:
    """What the quantified times satisfy."""
    facts: list[Expr] = []
    for each in forall:
        if each.kind is Kind.TIME:
            facts += range_facts(each.variable, each.first, each.last)
    return tuple(facts)


def known_at_most(low: Any, high: Any, facts: Facts) -> bool:
    """Whether low ≤ high follows by adding up to three facts and a non-negative number."""
    difference = expand(sympify(high) - sympify(low))
    for count in range(MOST_FACTS + 1):
        for chosen in combinations_with_replacement(facts, count):
            rest = expand(difference - sum(chosen, sympify(0)))
            if rest.is_integer and rest.is_nonnegative:
                return True
    return False

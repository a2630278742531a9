"""What a statement says of one plain world: every sum written out, every value a sum over paths."""

from typing import Any

import mpmath

from derivations.language.gaussian import GaussianExpectation
from derivations.language.statement import Kind, Relation, Statement
from tests.derivations.independent.instance import ONE, Kink, Meaningless
from tests.derivations.independent.numbers import (
    DIGITS,
    INTEGRAL_TOLERANCE,
    TOLERANCE,
    plus,
    same,
    times,
)
from tests.derivations.independent.of_functionals import Functionals
from tests.derivations.independent.of_operators import Operators
from tests.derivations.independent.of_terms import Terms

__all__ = ["Kink", "Meaningless", "Reader"]


class Reader(Terms, Functionals, Operators):
    """Reads expressions and statements on one world."""

    def holds(self, statement: Statement) -> bool:
        """Whether the statement is true here, for all that it quantifies over."""
        with mpmath.workdps(DIGITS):
            return self._for_all(list(statement.forall), statement)

    def _for_all(self, rest: list[Any], statement: Statement) -> bool:
        if not rest:
            return self._compare(statement)
        each, later = rest[0], rest[1:]
        if each.kind is Kind.TRAJECTORY:
            return all(
                self._with(path=path).holds_after(later, statement)
                for path in self.paths(self.world.steps)
            )
        return all(
            self._with(names={**self.names, each.variable: value}).holds_after(later, statement)
            for value in self._range(each)
        )

    def holds_after(self, rest: list[Any], statement: Statement) -> bool:
        return self._for_all(rest, statement)

    def _range(self, each: Any) -> range:
        if each.kind is Kind.TIME:
            return range(self.whole(each.first), self.whole(each.last) + 1)
        return range(
            {
                Kind.STATE: self.world.states,
                Kind.ACTION: self.world.actions,
                Kind.OUTCOME: self.world.states + 1,
            }[each.kind]
        )

    def _compare(self, statement: Statement) -> bool:
        left, right = self.read(statement.left), self.read(statement.right)
        integrals = statement.left.has(GaussianExpectation) or statement.right.has(
            GaussianExpectation
        )
        equal = same(left, right, INTEGRAL_TOLERANCE if integrals else TOLERANCE)
        if statement.relation is Relation.EQUAL or equal:
            return equal
        difference = plus(right, times(-ONE, left))
        return difference > 0 if statement.relation is Relation.AT_MOST else difference < 0

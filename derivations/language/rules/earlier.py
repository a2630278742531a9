"""The rule that uses a result, or the hypothesis of an induction."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sympy import Expr

from derivations.language.facts import Facts, known_at_most
from derivations.language.node import Node
from derivations.language.normal import normal
from derivations.language.rules.base import LocalRule
from derivations.language.statement import Kind, Statement


@dataclass(frozen=True)
class Earlier(LocalRule):
    """An equality that an earlier result (or a premise) states, at other states, actions, times."""

    statement: Statement

    def local(self, expr: Any, facts: Facts) -> Expr | None:
        variables = {each.variable for each in self.statement.forall}
        found: dict[Any, Any] = {}
        pattern = normal(self.statement.left)
        if not _unify(pattern, expr, variables, found) or variables - found.keys():
            return None
        if pattern.xreplace(found) != expr or not self._in_range(found, facts):
            return None
        right = normal(self.statement.right)
        bound = {name for part in right.atoms(Node) for name in _bound_names(part)}
        if any(bound & value.free_symbols for value in found.values()):
            return None
        here: Any = right.xreplace(found)
        return here

    def _in_range(self, found: Mapping[Any, Any], facts: Facts) -> bool:
        return all(
            known_at_most(each.first.xreplace(found), found[each.variable], facts)
            and known_at_most(found[each.variable], each.last.xreplace(found), facts)
            for each in self.statement.forall
            if each.kind is Kind.TIME
        )


def _bound_names(node: Node) -> set[Any]:
    return {getattr(node, name) for name in node.binds}


def _unify(pattern: Any, expr: Any, variables: set[Any], found: dict[Any, Any]) -> bool:
    """Finds what the variables stand for; the caller compares once more after replacing."""
    if pattern in variables:
        return found.setdefault(pattern, expr) == expr
    if not pattern.args or not expr.args:
        return pattern == expr
    if pattern.func is not expr.func or len(pattern.args) != len(expr.args):
        return False
    pairs = zip(pattern.args, expr.args, strict=True)
    return all(_unify(one, other, variables, found) for one, other in pairs)

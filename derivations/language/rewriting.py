"""Where in an expression a rule is applied: at one place, or at every place where it fits."""

from collections.abc import Callable, Iterator
from typing import Any

from sympy import Expr

from derivations.language import binders
from derivations.language.facts import Facts, range_facts
from derivations.language.node import Node
from derivations.language.normal import normal, opened

Local = Callable[[Any, Facts], Expr | None]
"""What a rule makes of one node, knowing the facts that hold there; None where it does not fit."""

TIMED = (binders.TimeSum, binders.TimeProduct)


def rewritten(expr: Expr, local: Local, facts: Facts) -> Iterator[Expr]:
    """The expression with the rule applied everywhere, then at each single place."""
    start = normal(expr)
    yield normal(everywhere(start, local, facts))
    for result in _once(start, local, facts):
        yield normal(result)


def everywhere(expr: Any, local: Local, facts: Facts) -> Any:
    """The rule at every outermost node where it fits."""
    result = local(expr, facts)
    if result is not None:
        return result
    if not expr.args:
        return expr
    node, inner = _entered(expr, facts)
    return node.func(*(everywhere(part, local, inner) for part in node.args))


def _once(expr: Any, local: Local, facts: Facts) -> Iterator[Any]:
    result = local(expr, facts)
    if result is not None:
        yield result
    node, inner = _entered(expr, facts)
    for number, part in enumerate(node.args):
        for new in _once(part, local, inner):
            yield node.func(*node.args[:number], new, *node.args[number + 1 :])


def _entered(expr: Any, facts: Facts) -> tuple[Any, Facts]:
    """The node with a bound variable of its own, and what is known inside it."""
    if not (isinstance(expr, Node) and expr.binds):
        return expr, facts
    node = opened(expr)
    if isinstance(node, TIMED):
        return node, (*facts, *range_facts(node.index, node.first, node.last))
    return node, facts

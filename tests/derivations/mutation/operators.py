"""The mutation operators: each gives what differs from the right expression by one slip."""

from collections.abc import Callable, Iterator
from typing import Any

from sympy import Add, Expr, Integer, Mul, Pow, S, Symbol

from derivations.language import binders, functionals, operators, terms

Change = Callable[[Any], Iterator[Any]]
"""What one node may wrongly become."""


def everywhere(expr: Any, change: Change) -> Iterator[Any]:
    """The expression with the change made at one place, for every place."""
    for new in change(expr):
        if new != expr:
            yield new
    for number, part in enumerate(expr.args):
        for new in everywhere(part, change):
            yield expr.func(*expr.args[:number], new, *expr.args[number + 1 :])


def flip_sign(node: Any) -> Iterator[Any]:
    """One term of a sum with the other sign, or the body of a sum or an expectation."""
    if isinstance(node, Add) and not node.is_integer:
        for number, term in enumerate(node.args):
            yield Add(*node.args[:number], -term, *node.args[number + 1 :])
    if hasattr(node, "body") and not isinstance(node, (operators.Log, binders.TimeProduct)):
        yield node.func(*(-p if p is node.body else p for p in node.args))


def change_coefficient(node: Any) -> Iterator[Any]:
    """One term of a sum twice, or the body of a binder."""
    if isinstance(node, Add) and not node.is_integer:
        for number, term in enumerate(node.args):
            yield Add(*node.args[:number], 2 * term, *node.args[number + 1 :])
    if isinstance(node, (binders.TimeSum, binders.VariableSum, *binders.TRAJECTORY_BINDERS)):
        yield node.func(*(2 * p if p is node.body else p for p in node.args))


def shift_index(node: Any) -> Iterator[Any]:
    """A time, a limit of a sum or an exponent that is one off."""
    if isinstance(node, (terms.StateAt, terms.ActionAt)):
        yield node.func(node.args[0] + 1)
        yield node.func(node.args[0] - 1)
    if isinstance(node, (binders.TimeSum, binders.TimeProduct)):
        index, first, last, body = node.args
        yield node.func(index, first + 1, last, body)
        yield node.func(index, first, last - 1, body)
    if isinstance(node, Pow) and node.exp.free_symbols:
        yield Pow(node.base, node.exp + 1)
    if isinstance(node, terms.Table) and any(part.is_integer for part in node.args[1:]):
        name, *rest = node.args
        yield terms.Table(name, *(part + 1 if part.is_integer else part for part in rest))
    timed = (functionals.Value, functionals.ActionValue, functionals.Advantage)
    if isinstance(node, timed) and node.time is not None:
        yield node.func(*node.args[:-1], node.time + 1)


def drop_term(node: Any) -> Iterator[Any]:
    """A sum without one of its terms."""
    if isinstance(node, Add) and not node.is_integer:
        for number in range(len(node.args)):
            yield Add(*node.args[:number], *node.args[number + 1 :])


def drop_factor(node: Any) -> Iterator[Any]:
    """A product without one of its factors."""
    if isinstance(node, Mul) and not node.is_integer:
        for number, factor in enumerate(node.args):
            if factor != S.NegativeOne:
                yield Mul(*node.args[:number], *node.args[number + 1 :])


def swap_laws(node: Any) -> Iterator[Any]:
    """p for q, or q for p."""
    other = {Symbol("p"): Symbol("q"), Symbol("q"): Symbol("p")}
    named = (terms.Law, binders.OutcomeExpectation, operators.OutcomeVariance)
    if isinstance(node, named) and node.args[0] in other:
        yield node.func(other[node.args[0]], *node.args[1:])


def power_of_discount(node: Any) -> Iterator[Any]:
    """γ for γᵗ, and one for γ."""
    if isinstance(node, Pow) and node.exp.free_symbols:
        yield node.base
    if node == terms.gamma:
        yield S.One


def other_policy(node: Any) -> Iterator[Any]:
    """The old policy for the new one, or the new for the old."""
    other = {terms.THETA: terms.OLD, terms.OLD: terms.THETA}
    if getattr(node, "policy", None) in other:
        yield node.func(*(other.get(part, part) for part in node.args))


def drop_gradient(node: Any) -> Iterator[Any]:
    """A quantity for its gradient, its curvature or its logarithm, a gradient for a curvature."""
    if isinstance(node, (operators.Gradient, operators.Curvature, operators.Log)):
        yield node.body
    if isinstance(node, operators.Curvature):
        yield operators.Gradient(node.body)


def invert_ratio(node: Any) -> Iterator[Any]:
    """A denominator in the numerator's place."""
    if isinstance(node, Pow) and isinstance(node.exp, Integer) and node.exp < 0:
        yield Pow(node.base, -node.exp)


def exchange_extremes(node: Any) -> Iterator[Any]:
    """A maximum for a minimum, the limits of a clip or the branches of a case exchanged."""
    if isinstance(node, operators.Minimum):
        yield operators.Maximum(*node.args)
    if isinstance(node, operators.Clip):
        yield operators.Clip(node.args[0], node.args[2], node.args[1])
    if isinstance(node, operators.IfBelow):
        yield operators.IfBelow(*node.args[:2], node.otherwise, node.below)
        yield operators.IfBelow(node.second, node.first, node.below, node.otherwise)


OPERATORS: dict[str, Change] = {
    "flip a sign": flip_sign,
    "change a coefficient": change_coefficient,
    "shift an index": shift_index,
    "drop a term": drop_term,
    "drop a factor": drop_factor,
    "swap p and q": swap_laws,
    "γ for γᵗ": power_of_discount,
    "old policy for new": other_policy,
    "drop a ∇ or a log": drop_gradient,
    "turn a ratio over": invert_ratio,
    "exchange min and max": exchange_extremes,
}


def mutants(expr: Expr, name: str) -> Iterator[Expr]:
    """All that the operator makes of the expression, each once."""
    seen = {expr}
    for new in everywhere(expr, OPERATORS[name]):
        if new not in seen:
            seen.add(new)
            yield new

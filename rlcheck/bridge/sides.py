"""The sides of a result, as numbers of a case: the first line and every line after it."""

from dataclasses import dataclass

import torch
from sympy import Expr, Symbol, sympify

from derivations.language.binders import Expectation
from derivations.language.operators import Variance
from derivations.language.statement import Derivation, Each, Induction, Relation, each_time
from derivations.language.terms import T
from rlcheck.bridge.case import Case
from rlcheck.bridge.form import Bridge
from rlcheck.bridge.reading import ByCoordinate, Numbers, torch_function
from rlcheck.bridge.tracked import Tracked


@dataclass(frozen=True, kw_only=True)
class Formula:
    """What is evaluated of a result.

    Args:
        lines: the first line and all that follow; of an induction the two sides of its claim.
        relations: of each line to the one above.
        forall: the variables over which they are quantified.
    """

    lines: tuple[Expr, ...]
    relations: tuple[Relation, ...]
    forall: tuple[Each, ...]


def formula(result: Derivation | Induction) -> Formula:
    """Its lines; the claim of an induction is read for n = 1 to T."""
    if isinstance(result, Induction):
        claim = result.claim
        return Formula(
            lines=(sympify(claim.left), sympify(claim.right)),
            relations=(claim.relation,),
            forall=(each_time(result.variable, 1, T),),
        )
    return Formula(
        lines=(sympify(result.start), *(sympify(line.right) for line in result.lines)),
        relations=tuple(line.relation for line in result.lines),
        forall=result.forall,
    )


def numbers(bridge: Bridge, case: Case) -> Numbers:
    """What the symbols of a bridge's result stand for in the case."""
    return Numbers(
        case=case,
        constants=bridge.constants(case),
        tables=bridge.tables(case),
        directions=None if bridge.directions is None else bridge.directions(case),
    )


def sides(bridge: Bridge, case: Case, given: Formula | None = None) -> list[Tracked]:
    """Every line's values in the case, [choices] or [choices, P].

    Args:
        bridge: gives the numbers.
        case: as `bridge.prepare` left it.
        given: the lines to evaluate, where they are not those of the result.
    """
    wanted = given or formula(bridge.result)
    given_numbers = numbers(bridge, case)
    found = [
        torch_function(line, wanted.forall, bridge.bindings)(given_numbers) for line in wanted.lines
    ]
    dimensions = max(number.value.ndim for number in found)
    return [_with_dimensions(number, dimensions) for number in found]


def side(bridge: Bridge, case: Case, line: Expr) -> Tracked:
    """One line's value in the case, of a result without quantified variables."""
    return torch_function(line, (), bridge.bindings)(numbers(bridge, case))


def mean_and_variance(
    bridge: Bridge, case: Case, body: Expr, policy: Symbol
) -> tuple[Tracked, Tracked]:
    """E[X] and, coordinate by coordinate, Var[X] of one trajectory's X, [D] both."""
    given_numbers = numbers(bridge, case)
    parts = (Expectation(policy, body), Variance(policy, body))
    mean, variance = (torch_function(part, reading=ByCoordinate)(given_numbers) for part in parts)
    return mean.reshaped(torch.Size([-1])), variance.reshaped(torch.Size([-1]))


def _with_dimensions(number: Tracked, dimensions: int) -> Tracked:
    """A line without a gradient in it is the same for every parameter."""
    missing = dimensions - number.value.ndim
    return number.reshaped(torch.Size([*number.value.shape, *[1] * missing]))

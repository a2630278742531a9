"""min, max and clip by cases: regions that cover everything, and in each the branch that is taken.

A split cuts the range of one variable at breakpoints. Every piece is written with a new positive
symbol, so that the sign of a comparison can be read off: it is positive when, over a common
denominator, no coefficient is negative. The pieces cover the range by construction, once the
breakpoints are shown to be in order; that is checked.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise, product
from typing import Any

from sympy import Basic, Expr, Poly, Symbol, fraction, sympify, together

from derivations.language.node import Node
from derivations.language.operators import Clip, Gradient, IfBelow, Maximum, Minimum
from derivations.language.refusal import Refused
from derivations.language.terms import Parametric


class Breakpoints(StrEnum):
    """Whether a split's breakpoints themselves are claimed."""

    INCLUDED = "included"
    EXCLUDED = "excluded"


@dataclass(frozen=True, kw_only=True)
class Split:
    """The range of `variable`, from `low` to `high` (both outside it), cut at `points`.

    Args:
        variable: a symbol, or an arbitrary function of θ.
        points: in increasing order; they may name variables that are split before.
        low: the lower end, which is not reached; None for −∞.
        high: the upper end, which is not reached; None for ∞.
        breakpoints: whether the points themselves are part of the claim.
    """

    variable: Expr
    points: tuple[Expr, ...] = ()
    low: Expr | None = None
    high: Expr | None = None
    breakpoints: Breakpoints = Breakpoints.INCLUDED


@dataclass(frozen=True, kw_only=True)
class Region:
    """One piece of every split: what each variable is there, and which of them may move."""

    bindings: tuple[tuple[Expr, Expr], ...]
    movable: frozenset[Expr]

    def apply(self, expr: Any) -> Any:
        """The expression in the region's own positive symbols."""
        for variable, value in reversed(self.bindings):
            expr = expr.xreplace({variable: value})
        return expr


def regions(splits: tuple[Split, ...]) -> Iterator[Region]:
    """Every region of the splits; together they are everything that is claimed.

    Raises:
        Refused: breakpoints that are not in order.
    """
    for pieces in product(*(_pieces(split) for split in splits)):
        bindings = tuple(
            (split.variable, value) for split, (value, _) in zip(splits, pieces, strict=True)
        )
        movable = frozenset(
            split.variable for split, (_, moves) in zip(splits, pieces, strict=True) if moves
        )
        region = Region(bindings=bindings, movable=movable)
        for split in splits:
            _check_order(split, region)
        yield region


def _pieces(split: Split) -> list[tuple[Expr, bool]]:
    u = Symbol(f"u_{split.variable}", positive=True)
    points = [sympify(point) for point in split.points]
    ends = [split.low, *points, split.high]
    pieces: list[tuple[Expr, bool]] = [
        (_between(low, high, u), True) for low, high in pairwise(ends)
    ]
    if split.breakpoints is Breakpoints.INCLUDED:
        pieces += [(point, False) for point in points]
    return pieces


def _between(low: Expr | None, high: Expr | None, u: Symbol) -> Expr:
    """Runs once through the open interval from low to high as u runs through the positive."""
    if low is None and high is None:
        raise Refused("a split without an end and without a point is no split")
    if low is None:
        return high - u
    if high is None:
        return low + u
    return (low + u * high) / (1 + u)


def _check_order(split: Split, region: Region) -> None:
    ends = [end for end in (split.low, *split.points, split.high) if end is not None]
    for low, high in pairwise(ends):
        if sign(region.apply(sympify(high) - sympify(low))) != 1:
            raise Refused(f"breakpoints out of order: {low} is not known to be below {high}")


def sign(expr: Expr) -> int | None:
    """1, 0 or −1 where the sign is the same for all positive values of the symbols, else None."""
    top, bottom = fraction(together(expr))
    if expr.atoms(Node) or any(not symbol.is_positive for symbol in expr.free_symbols):
        return None
    signs = _coefficient_sign(top), _coefficient_sign(bottom)
    if None in signs or signs[1] == 0:
        return None
    return signs[0] * signs[1]  # type: ignore[operator]


def _coefficient_sign(polynomial: Expr) -> int | None:
    symbols = sorted(polynomial.free_symbols, key=str)
    coefficients = Poly(polynomial, *symbols).coeffs() if symbols else [polynomial]
    if all(c == 0 for c in coefficients):
        return 0
    if all(c >= 0 for c in coefficients):
        return 1
    return -1 if all(c <= 0 for c in coefficients) else None


def resolve(expr: Any, region: Region, inside_gradient: Expr | None = None) -> Any:
    """The expression with every min, max, clip and case replaced by what it is in the region.

    Raises:
        Refused: the region does not decide the branch, or ∇ is taken at a kink.
    """
    if isinstance(expr, Gradient):
        inside_gradient = expr
    if not expr.args:
        return expr
    parts = [resolve(part, region, inside_gradient) for part in expr.args]
    if isinstance(expr, Clip):
        body, low, high = parts
        lower = _choose(Maximum(body, low), region, inside_gradient)
        return _choose(Minimum(lower, high), region, inside_gradient)
    if isinstance(expr, IfBelow):
        return _branch(IfBelow(*parts), region, inside_gradient)
    if isinstance(expr, (Minimum, Maximum)):
        return _choose(type(expr)(*parts), region, inside_gradient)
    return expr.func(*parts)


def _branch(expr: Any, region: Region, inside_gradient: Expr | None) -> Basic:
    order = sign(region.apply(expr.second - expr.first))
    if order is None:
        raise Refused(f"the regions do not decide {expr}")
    if inside_gradient is not None:
        raise Refused(f"∇ of {expr}, which may jump")
    return expr.below if order == 1 else expr.otherwise


def _choose(expr: Any, region: Region, inside_gradient: Expr | None) -> Basic:
    first, second = expr.args
    order = sign(region.apply(second - first))
    if order is None:
        raise Refused(f"the regions do not decide {expr}")
    if order == 0 and inside_gradient is not None:
        fixed = {variable for variable, _ in region.bindings} - region.movable
        if any(isinstance(variable, Parametric) for variable in fixed):
            raise Refused(f"∇ is taken at a kink of {expr}")
    takes_first = order >= 0 if isinstance(expr, Minimum) else order <= 0
    return first if takes_first else second

"""The meaning of ∇, logarithms, roots, norms and variances, and of θ held fixed."""

from collections.abc import Callable
from dataclasses import replace
from math import prod
from typing import Any

from sympy import Expr, Mul, Pow, Rational, S

from derivations.language import binders, functionals, operators, terms
from derivations.language.dual import Dual, slope_of, value_of
from derivations.language.gaussian import GaussianExpectation, closed_form
from derivations.language.meaning.of_sums import mean_over, time_range
from derivations.language.meaning.reading import Reading
from derivations.language.meaning.scope import Scope
from derivations.language.normal import depends_on_trajectory
from derivations.language.positivity import known_non_negative, known_positive
from derivations.language.radicals import outside_and_inside
from derivations.language.refusal import Refused, Undefined
from derivations.language.regions import sign
from derivations.language.unfolding import unfolded_probability
from derivations.language.world import Relaxation


def _gradient(ev: Reading, expr: operators.Gradient, scope: Scope) -> Any:
    if scope.differentiating:
        raise Refused("a gradient of a gradient: only first derivatives are computed")
    return slope_of(ev(expr.body, replace(scope, differentiating=True)))


_OTHER_SLOPES = frozenset(
    {Relaxation.REWARD_SLOPE, Relaxation.DYNAMICS_SLOPE, Relaxation.TABLE_SLOPE}
)


def _curvature(ev: Reading, expr: operators.Curvature, scope: Scope) -> Any:
    if scope.differentiating:
        raise Refused("a gradient of a gradient: ∇² is written as one")
    if expr.body.has(terms.Parametric) or ev.world.relaxed & _OTHER_SLOPES:
        raise Refused("only policies have second derivatives here")
    return slope_of(slope_of(ev(expr.body, replace(scope, differentiating=True, twice=True))))


def _log(ev: Reading, expr: operators.Log, scope: Scope) -> Any:
    signs_known = Relaxation.SIGN not in ev.world.relaxed and not ev.world.is_given
    if not signs_known or not known_positive(expr.body):
        raise Undefined(f"the logarithm of {expr.body}, which is not known to be positive")
    return _log_of(ev, expr.body, scope)


def _log_of(ev: Reading, body: Expr, scope: Scope) -> Any:
    """log of a product as the sum of logs: every factor is known to be positive."""
    if isinstance(body, Mul) and all(known_positive(part) for part in body.args):
        return sum((_log_of(ev, part, scope) for part in body.args), ev.world.zero)
    if isinstance(body, Pow) and known_positive(body.base):
        return ev.integer(body.exp, scope) * _log_of(ev, body.base, scope)
    if isinstance(body, binders.TimeProduct):
        times = time_range(ev, body, scope)
        parts = (_log_of(ev, body.body, scope.bind(body.index, i)) for i in times)
        return sum(parts, ev.world.zero)
    if isinstance(body, functionals.TrajectoryProbability):
        return _log_of(ev, unfolded_probability(body), replace(scope, values={}))
    number = ev(body, scope)
    if body == S.One:
        return ev.world.zero
    return _log_of_number(ev, number)


def _log_of_number(ev: Reading, number: Any) -> Any:
    if not isinstance(number, Dual):
        return ev.world.point.log(number)
    return Dual(_log_of_number(ev, number.value), number.slope / number.value)


def _root(ev: Reading, expr: operators.Root, scope: Scope) -> Any:
    if not known_non_negative(expr.body) and sign(ev.bound(expr.body)) not in (0, 1):
        raise Undefined(f"the square root of {expr.body}, which is not known to be non-negative")
    outside, inside = outside_and_inside(ev.bound(expr.body))
    if inside == 1:
        return ev(outside, scope)
    if scope.twice:
        raise Refused("the second derivative of a root")
    number = ev(inside, scope)
    root = ev.world.point.root(value_of(number))
    if isinstance(number, Dual):
        root = Dual(root, number.slope / (2 * root))
    return root if outside == 1 else ev(outside, scope) * root


def _exponential(ev: Reading, expr: operators.Exponential, scope: Scope) -> Any:
    if scope.twice:
        raise Refused("the second derivative of an exponential")
    number = ev(expr.body, scope)
    value = ev.world.point.exp(value_of(number))
    return Dual(value, value * number.slope) if isinstance(number, Dual) else value


def _gaussian(ev: Reading, expr: GaussianExpectation, scope: Scope) -> Any:
    if scope.differentiating:
        raise Refused("the gradient of a Gaussian expectation")
    return ev(closed_form(expr, ev.bound), scope)


def _absolute(ev: Reading, expr: operators.Absolute, scope: Scope) -> Any:
    """|x y| = |x| |y|, and what is known not to be negative is its own absolute value."""
    if scope.differentiating:
        raise Refused("the gradient of an absolute value")
    parts = [_magnitude(ev, part, scope) for part in Mul.make_args(expr.body)]
    return prod(parts[1:], start=parts[0])


def _magnitude(ev: Reading, factor: Expr, scope: Scope) -> Any:
    if isinstance(factor, Rational):
        return ev.world.point.number(abs(factor))
    number = ev(factor, scope)
    signs_known = Relaxation.SIGN not in ev.world.relaxed
    known = signs_known and known_non_negative(factor)
    return number if known else ev.world.point.absolute(number)


def _largest(ev: Reading, expr: operators.Largest, scope: Scope) -> Any:
    """A free symbol: what holds for every number in its place holds for the largest.

    max c f is c max f for c > 0. That it is not smaller than any of them is `positivity`'s to know.
    """
    if (
        scope.differentiating
        or expr.free_symbols & scope.values.keys()
        or depends_on_trajectory(expr)
    ):
        raise Refused(f"{expr}: the largest of numbers that depend on where it stands")
    factor, body = expr.body.as_coeff_Mul()
    if factor <= 0:
        factor, body = S.One, expr.body
    canonical = expr.func(*expr.variables, body).canonical()
    largest = ev.world.free("maximum", canonical, scope.at_old, scope.coordinate)
    return ev.world.point.number(factor) * largest


def _ordered(ev: Reading, expr: Any, scope: Scope) -> Any:
    """By comparison where numbers have an order: in exact rationals, not in a field.

    A point whose numbers have one offers `below`.
    """
    below = getattr(ev.world.point, "below", None)
    if below is None or scope.differentiating:
        raise Refused(f"{type(expr).__name__} needs a split into regions")
    first, second, *rest = (ev(part, scope) for part in expr.args)
    if isinstance(expr, operators.IfBelow):
        return rest[0] if below(first, second) else rest[1]
    if isinstance(expr, operators.Clip):
        lifted = second if below(first, second) else first
        return rest[0] if below(rest[0], lifted) else lifted
    return first if below(first, second) == isinstance(expr, operators.Minimum) else second


def _each_coordinate(ev: Reading, scope: Scope, body: Callable[[Scope], Any]) -> Any:
    if scope.differentiating:
        raise Refused("the gradient of a norm: only first derivatives are computed")
    return ev.over_coordinates(scope, body)


def _squared_norm(ev: Reading, expr: operators.SquaredNorm, scope: Scope) -> Any:
    def square(inner: Scope) -> Any:
        value = ev(expr.body, inner)
        return value * value

    return _each_coordinate(ev, scope, square)


def _variance(ev: Reading, expr: operators.Variance, scope: Scope) -> Any:
    """Σ_i E[(X_i − E X_i)²]; X is a vector exactly where it contains a gradient."""

    def of_coordinate(inner: Scope) -> Any:
        mean = mean_over(ev, expr.policy, inner, lambda scope: ev(expr.body, scope))

        def squared_deviation(scope: Scope) -> Any:
            deviation = ev(expr.body, scope) - mean
            return deviation * deviation

        return mean_over(ev, expr.policy, inner, squared_deviation)

    if expr.body.has(operators.Gradient):
        return _each_coordinate(ev, scope, of_coordinate)
    return of_coordinate(scope)


def _outcome_variance(ev: Reading, expr: operators.OutcomeVariance, scope: Scope) -> Any:
    mean = ev(binders.OutcomeExpectation(expr.law, expr.variable, expr.body), scope)
    row = ev.world.finite_law(expr.law)
    total = ev.world.zero
    for i, p in enumerate(row):
        deviation = ev(expr.body, scope.bind(expr.variable, i)) - mean
        total = total + p * deviation * deviation
    return total


def _frozen(ev: Reading, expr: operators.Frozen, scope: Scope) -> Any:
    return ev(expr.body, replace(scope, differentiating=False))


def _at_old(ev: Reading, expr: operators.AtOld, scope: Scope) -> Any:
    return ev(expr.body, replace(scope, at_old=True))


OF_OPERATORS = {
    operators.Gradient: _gradient,
    operators.Curvature: _curvature,
    operators.Log: _log,
    operators.Root: _root,
    operators.Exponential: _exponential,
    GaussianExpectation: _gaussian,
    operators.Absolute: _absolute,
    operators.StateMaximum: _largest,
    operators.PairMaximum: _largest,
    operators.Minimum: _ordered,
    operators.Maximum: _ordered,
    operators.Clip: _ordered,
    operators.IfBelow: _ordered,
    operators.SquaredNorm: _squared_norm,
    operators.Variance: _variance,
    operators.OutcomeVariance: _outcome_variance,
    operators.Frozen: _frozen,
    operators.AtOld: _at_old,
}

"""What is visibly positive or non-negative, by the way it is built.

Probabilities are those of worlds in which everything that can be reached has a positive one.
"""

from itertools import permutations

from sympy import Add, Expr, Mul, Pow, Rational, Symbol

from derivations.language import binders, functionals, operators, terms

_POSITIVE = (
    terms.Pi,
    terms.Dynamics,
    terms.Initial,
    terms.Law,
    functionals.TrajectoryProbability,
    functionals.StateLaw,
    functionals.Occupancy,
)
_NON_NEGATIVE = (operators.SquaredNorm, operators.Variance, operators.OutcomeVariance)
_MEANS = (
    binders.Expectation,
    binders.ConditionalExpectation,
    binders.ActionExpectation,
    binders.OutcomeExpectation,
    binders.StateSum,
    binders.ActionSum,
    binders.OutcomeSum,
    binders.TrajectorySum,
)
_CONSTANTS = (operators.Frozen, operators.AtOld)

FRACTIONS = frozenset({terms.gamma, terms.lam, terms.rho, terms.eps})
"""Symbols between zero and one, wherever an inequality asks."""

POSITIVE_PARAMETRIC = ("f", "r")
"""Arbitrary functions of θ that are said to be positive: a probability f, a ratio r."""


def known_positive(expr: Expr) -> bool:
    """Whether the expression is positive in every world."""
    if isinstance(expr, Rational):
        return bool(expr > 0)
    if isinstance(expr, Symbol):
        return bool(expr.is_positive)
    if isinstance(expr, (Add, Mul)):
        return _one_minus_a_fraction(expr) or all(known_positive(part) for part in expr.args)
    if isinstance(expr, Pow):
        return known_positive(expr.base) and bool(expr.exp.is_integer)
    if isinstance(expr, terms.Parametric):
        return str(expr.args[0]) in POSITIVE_PARAMETRIC
    if isinstance(expr, (*_MEANS, binders.TimeProduct, *_CONSTANTS)):
        return known_positive(expr.body)
    if isinstance(expr, operators.Root):
        return known_positive(expr.args[0])  # type: ignore[arg-type]
    if isinstance(expr, _POSITIVE) and terms.GREEDY_POLICIES & expr.free_symbols:
        return False
    return isinstance(expr, (*_POSITIVE, operators.Exponential))


def known_non_negative(expr: Expr) -> bool:
    """Whether the expression is non-negative in every world."""
    if known_positive(expr) or expr.is_zero or _largest_minus_one_of_them(expr):
        return True
    if isinstance(expr, operators.Largest):
        return known_non_negative(expr.body)
    if isinstance(expr, (Add, Mul)):
        return all(known_non_negative(part) for part in expr.args)
    if isinstance(expr, Pow):
        return bool(expr.exp.is_even) or (
            known_non_negative(expr.base) and bool(expr.exp.is_integer and expr.exp.is_positive)
        )
    if isinstance(expr, (*_MEANS, binders.TimeProduct, binders.TimeSum, *_CONSTANTS)):
        return known_non_negative(expr.body)
    return isinstance(expr, (*_POSITIVE, *_NON_NEGATIVE, operators.Root, operators.Absolute))


def _one_minus_a_fraction(expr: Expr) -> bool:
    """1 − x, where x is a product of numbers between zero and one."""
    rest = 1 - expr
    return bool(expr.is_Add) and all(map(_between_zero_and_one, Mul.make_args(rest)))


def _between_zero_and_one(expr: Expr) -> bool:
    """Whether 0 < x < 1, by the way x is built."""
    if isinstance(expr, Pow):
        return _between_zero_and_one(expr.base) and bool(
            expr.exp.is_integer and expr.exp.is_positive
        )
    if isinstance(expr, Rational):
        return bool(0 < expr < 1)
    return expr in FRACTIONS or 1 - expr in FRACTIONS


def _largest_minus_one_of_them(expr: Expr) -> bool:
    """max_b Q(s, b) − Q(s, a) of one policy, state and time, or max_s f(s) − f(s')."""
    if not isinstance(expr, Add):
        return False
    return any(_is_one_of(largest - expr, largest) for largest in expr.args)


def _is_one_of(number: Expr, largest: Expr) -> bool:
    if isinstance(largest, functionals.BestActionValue):
        return isinstance(number, functionals.ActionValue) and (
            largest.args == (*number.args[:3], *number.args[4:])
        )
    if not isinstance(largest, operators.Largest):
        return False
    count = len(largest.variables)
    return any(
        largest.body.xreplace(dict(zip(largest.variables, places, strict=True))) == number
        for places in permutations(sorted(number.free_symbols, key=str), count)
    )

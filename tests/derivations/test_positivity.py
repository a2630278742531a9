"""What is visibly positive: a number that is taken away from one must be a fraction."""

import pytest
from sympy import Rational, S, Symbol

from derivations.language.operators import Absolute, PairMaximum, StateMaximum
from derivations.language.positivity import known_non_negative, known_positive
from derivations.language.terms import (
    StateAt,
    Table,
    a,
    a_other,
    eps,
    gamma,
    lam,
    rho,
    s,
    s_next,
    t,
)

big = Symbol("c", positive=True)


@pytest.mark.parametrize(
    "expr",
    [
        1 - gamma,
        1 - gamma * lam,
        1 - gamma**2 * rho,
        1 - gamma**2 * (1 - rho),
        1 - eps / 2,
        1 / (1 - gamma),
        (1 - gamma) * (1 + gamma),
    ],
)
def test_one_minus_a_fraction_is_positive(expr):
    assert known_positive(expr)


@pytest.mark.parametrize(
    "expr",
    [
        1 - big,
        gamma - 1,
        1 - 2 * gamma,
        1 - gamma / rho,
        1 - gamma * big,
        1 - gamma - lam,
        1 - gamma**-1,
        1 - gamma**t,
        1 + gamma * lam * Table("f"),
        2 - gamma - 1 - lam,
        Rational(1, 2) - gamma,
        1 - S(2) * Rational(1, 2),
    ],
)
def test_nothing_else_is(expr):
    assert not known_positive(S(expr))


ONE, PAIR = Table("f", s), Table("f", s, a)
TOP, TOP_PAIR = StateMaximum(s, ONE), PairMaximum(s, a, PAIR)


@pytest.mark.parametrize(
    "gap",
    [
        TOP - ONE,
        TOP - Table("f", s_next),
        TOP_PAIR - PAIR,
        TOP_PAIR - Table("f", s_next, a_other),
        StateMaximum(s, ONE**2),
        StateMaximum(s, Absolute(ONE)),
    ],
)
def test_the_largest_is_no_smaller_than_any(gap):
    assert known_non_negative(gap)


@pytest.mark.parametrize(
    "gap",
    [
        ONE - TOP,
        TOP,
        TOP - 2 * ONE,
        TOP + ONE,
        TOP - Table("g", s),
        TOP - Table("f", StateAt(t)) - Table("g", s),
        StateMaximum(s, PAIR) - Table("f", s, a_other),
        TOP_PAIR - Table("f", s, StateAt(t)) + ONE,
    ],
)
def test_of_the_largest_nothing_else_is_known(gap):
    assert not known_non_negative(gap)

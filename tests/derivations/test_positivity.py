"""What is visibly positive: a number that is taken away from one must be a fraction."""

import pytest
from sympy import Rational, S, Symbol

from derivations.language.positivity import known_positive
from derivations.language.terms import Table, eps, gamma, lam, rho, t

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

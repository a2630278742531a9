"""Gaussian expectations by rule: refused where they diverge, right against a quadrature."""

from dataclasses import replace

import pytest
from sympy import Rational, S, Symbol

from derivations.gaussian_weights import MEAN, RATIO, VARIANCE, WEIGHT, V, W, under_p, under_q
from derivations.language.check import check, check_line
from derivations.language.gaussian import moment
from derivations.language.operators import Root
from derivations.language.radicals import outside_and_inside
from derivations.language.refusal import Refused
from derivations.language.regions import Split
from derivations.language.terms import Table, x


def test_without_the_condition_the_second_moment_is_refused():
    """For a free v_q the precision 2/v_p − 1/v_q may be negative."""
    for derivation in (WEIGHT, VARIANCE):
        with pytest.raises(Refused, match="diverges"):
            check(replace(derivation, splits=()))


@pytest.mark.parametrize("low", [V / 3, S.Zero])
def test_a_weaker_condition_is_refused(low):
    with pytest.raises(Refused, match="diverges"):
        check(replace(WEIGHT, splits=(Split(variable=W, low=low),)))


def test_a_stronger_condition_is_accepted():
    assert check(replace(WEIGHT, splits=(Split(variable=W, low=V),)))


def test_the_other_tail_is_refused():
    with pytest.raises(Refused, match="diverges"):
        check(replace(WEIGHT, splits=(Split(variable=W, low=S.Zero, high=V / 2),)))


@pytest.mark.parametrize(
    "wrong",
    [2 * WEIGHT.lines[1].right, WEIGHT.lines[1].right + 1, Root(V / W), under_p(x * RATIO)],
)
def test_a_wrong_second_moment_is_refused(wrong):
    derivation = replace(WEIGHT, lines=(replace(WEIGHT.lines[0], right=wrong),))
    with pytest.raises(Refused):
        check_line(derivation, 0)


@pytest.mark.parametrize("body", [Table("f", x), 1 / x, RATIO * under_p(x) / RATIO**2 * x])
def test_a_body_that_is_no_polynomial_times_densities_is_refused(body):
    derivation = replace(MEAN, start=under_q(body), lines=MEAN.lines[1:])
    with pytest.raises(Refused):
        check_line(derivation, 0)


def test_moments_by_their_recursion_are_those_of_the_normal_law():
    m, v = Symbol("m"), Symbol("v")
    expected = (1, m, m**2 + v, m**3 + 3 * m * v, m**4 + 6 * m**2 * v + 3 * v**2)
    for degree, value in enumerate(expected):
        assert (moment(degree, m, v) - value).expand() == 0


a, b = Symbol("a", positive=True), Symbol("b", positive=True)


@pytest.mark.parametrize(
    "body", [a**2 * b, a / b, 12 * a**3 / b**3, Rational(3, 8), a * (a + b) ** 2, 1 / (a * b)]
)
def test_a_root_is_its_outside_times_the_root_of_its_inside(body):
    outside, inside = outside_and_inside(S(body))
    assert (outside**2 * inside / body).simplify() == 1
    assert outside.subs({a: 2, b: 3}) > 0
    assert not inside.as_numer_denom()[1].free_symbols


def test_a_factor_of_unknown_sign_stays_below_the_root():
    c = Symbol("c")
    assert outside_and_inside(c**2 * a) == (1, c**2 * a)

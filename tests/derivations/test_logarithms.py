"""Logarithms of rationals are exact: right against floating point, equal only where they are."""

from fractions import Fraction
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derivations.language.dual import Dual
from derivations.language.logarithms import LogSum, log_of
from derivations.language.refusal import Refused

positive = st.fractions(min_value=Fraction(1, 60), max_value=60, max_denominator=60)
rational = st.fractions(min_value=-9, max_value=9, max_denominator=9)


def as_float(number):
    if not isinstance(number, LogSum):
        return float(number)
    return float(number.rational) + sum(float(c) * log(p) for p, c in number.logs.items())


@given(positive, positive, rational, rational)
def test_sums_and_multiples_are_those_of_the_logarithm(x, y, a, b):
    exact = a * log_of(x) - b * log_of(y) + a
    assert as_float(exact) == pytest.approx(
        float(a) * log(x) - float(b) * log(y) + float(a), abs=1e-11
    )


@given(positive, positive)
def test_the_logarithm_of_a_product_is_the_sum(x, y):
    assert log_of(x * y) == log_of(x) + log_of(y)
    assert log_of(x / y) == log_of(x) - log_of(y)
    assert (log_of(x) == log_of(y)) == (x == y)


def test_without_logarithms_it_is_a_fraction():
    assert log_of(Fraction(1)) == 0
    assert isinstance(log_of(Fraction(2)) - log_of(Fraction(2)), Fraction)
    assert isinstance(0 * log_of(Fraction(2)), Fraction)
    assert log_of(Fraction(4)) / 2 == log_of(Fraction(2))
    assert log_of(Fraction(2)) != Fraction(2)


def test_a_logarithm_beside_a_dual_number_is_the_dual_number_s_business():
    two = log_of(Fraction(2))
    product = two * Dual(Fraction(3), Fraction(5))
    assert (product.value, product.slope) == (3 * two, 5 * two)
    assert (two + Dual(Fraction(3), Fraction(5))).slope == 5


def test_it_reads_as_it_is():
    assert str(log_of(Fraction(9, 8)) + 1) == "1 + -3 log 2 + 2 log 3"


@pytest.mark.parametrize(
    "make",
    [
        lambda: log_of(Fraction(2)) * log_of(Fraction(3)),
        lambda: 1 / log_of(Fraction(2)),
        lambda: log_of(Fraction(0)),
        lambda: log_of(Fraction(-2)),
    ],
)
def test_what_has_no_exact_form_is_refused(make):
    with pytest.raises(Refused):
        make()


def test_a_sum_of_logarithms_has_a_decimal_value():
    assert float(log_of(Fraction(12, 5)) + Fraction(1, 2)) == pytest.approx(log(12 / 5) + 0.5)

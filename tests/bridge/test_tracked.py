"""The rounding that a tracked number admits is at least what rounding does."""

from fractions import Fraction

import mpmath
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rlcheck.bridge.tracked import Tracked, stacked

NUMBERS = st.integers(1, 10**6).map(lambda n: n / 997)


def arithmetic(x, y, log, exp, root):
    """Every operation, with cancellation."""
    first = (x - y) * (x + y) - x * x + y * y
    second = log(x / (x + y)) + exp(-x / (x + y)) - root(y)
    return (first + second) / (1 + x * y) - second * abs(second - 1)


@given(x=NUMBERS, y=NUMBERS)
def test_the_true_value_is_within_the_error(x, y):
    tracked = arithmetic(Tracked.given(x), Tracked.given(y), Tracked.log, Tracked.exp, Tracked.root)
    with mpmath.workdps(60):
        true = arithmetic(mpmath.mpf(x), mpmath.mpf(y), mpmath.log, mpmath.exp, mpmath.sqrt)
        gap = abs(mpmath.mpf(float(tracked.value)) - true)
        assert gap <= mpmath.mpf(float(tracked.error))


@given(terms=st.lists(NUMBERS, min_size=2, max_size=30))
def test_a_sum_in_another_order_is_within_its_size(terms):
    alternating = [(-1) ** i * x for i, x in enumerate(terms)]
    total = sum((Tracked.given(x) for x in alternating), Tracked.given(0.0))
    true = sum((Fraction(x) for x in alternating), Fraction(0))
    backwards = sum(reversed(alternating))
    assert abs(Fraction(float(total.value)) - true) <= Fraction(float(total.error))
    assert abs(Fraction(backwards) - true) <= Fraction(float(total.error))
    assert float(total.size) == pytest.approx(sum(terms))


def test_a_stack_is_as_deep_as_its_deepest_number():
    shallow, deep = Tracked.given(1.0), Tracked.given(torch.ones(3)) + 1
    both = stacked([shallow, deep])
    assert both.value.shape == (2, 3)
    assert both.depth == deep.depth

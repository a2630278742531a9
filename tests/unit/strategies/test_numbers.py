from fractions import Fraction
from itertools import product

import pytest
import torch

from rlcheck.errors import InvalidArgument
from rlcheck.strategies import _door
from rlcheck.strategies._numbers import DYADIC, SIMPLE, distributions, readable
from rlcheck.worlds import TabularMDP


def test_readable_numbers_are_all_quarters_the_simplest_first():
    assert readable(2.0)[:9] == (0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 1.5, -1.5)
    assert sorted(readable(2.0)) == [n / 4 for n in range(-8, 9)]
    assert readable(0.25) == (0.0, 0.25, -0.25)


@pytest.mark.parametrize("n", [1, 2, 3, 4])
@pytest.mark.parametrize("denominators", [SIMPLE, DYADIC])
def test_distributions_are_all_that_there_are(n, denominators):
    listed = {
        tuple(Fraction(part, whole) for part in parts)
        for whole in denominators
        for parts in product(range(whole + 1), repeat=n)
        if sum(parts) == whole
    }
    found = [tuple(Fraction(p).limit_denominator(8) for p in row) for row in distributions(n)]
    if denominators is DYADIC:
        found = [tuple(Fraction(p) for p in row) for row in distributions(n, DYADIC)]
    assert len(found) == len(set(found))
    assert set(found) == listed


@pytest.mark.parametrize("n", [2, 3, 5, 8])
def test_distributions_are_even_first_and_pass_the_worlds_door(n):
    assert distributions(n)[0] == (0.5, 0.5, *[0.0] * (n - 2))
    for rows in (distributions(n), distributions(n, DYADIC)):
        for row in rows[:: max(1, len(rows) // 50)]:
            TabularMDP(transitions=[[row]] * n, rewards=torch.zeros(n, 1), initial=row, gamma=0.5)
    assert all(sum(map(Fraction, row)) == 1 for row in distributions(n, DYADIC))


@pytest.mark.parametrize("value", [1.5, True, "2", 0, 9, None])
def test_a_count_outside_its_range_is_refused(value):
    with pytest.raises(InvalidArgument, match="max_states"):
        _door.whole_number("max_states", value, 1, 8)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), True, "1", -0.1, 2.1])
def test_a_number_outside_its_range_is_refused(value):
    with pytest.raises(InvalidArgument, match="largest"):
        _door.real_number("largest", value, 0.0, 2.0)


@pytest.mark.parametrize("value", [0, 1, 0.0, 1.0, -1e-9, 1.5])
def test_the_ends_of_the_open_interval_are_refused(value):
    with pytest.raises(InvalidArgument, match="distance"):
        _door.open_unit("distance", value)
    assert _door.open_unit("distance", 1e-9) == 1e-9

"""The e-value: its inequality, its false alarms on the worst of data, and what it finds."""

import math

import torch
from scipy.stats import binom

from rlcheck.bridge.limits import deviation

DRAWS, REPEATS, ALPHA = 200, 600, 0.05


def test_the_inequality_that_it_rests_on():
    y = torch.linspace(-60, 60, 400_001, dtype=torch.float64)
    assert bool(((y - y**2 / 6).exp() <= 1 + y + y**2 / 3 + 1e-15).all())


def rare_reward(generator, probability):
    """One with a small probability, else zero: where normal limits are most wrong."""
    seen = torch.rand(REPEATS, DRAWS, 1, dtype=torch.float64, generator=generator)
    return (seen < probability).to(torch.float64)


def alarms(samples, mean, variance) -> int:
    found = (
        deviation(draws, torch.tensor([mean]), torch.tensor([variance]), torch.zeros(1), ALPHA)
        for draws in samples
    )
    return sum(one.rejected for one in found)


def test_false_alarms_are_fewer_than_promised_on_rare_rewards():
    most = binom.isf(1e-6, REPEATS, ALPHA)
    for probability in (0.5, 0.01, 0.001):
        generator = torch.Generator().manual_seed(0)
        variance = probability * (1 - probability)
        assert alarms(rare_reward(generator, probability), probability, variance) <= most


def test_a_mean_that_is_off_is_rejected():
    generator = torch.Generator().manual_seed(0)
    draws = torch.randn(20_000, 3, dtype=torch.float64, generator=generator)
    one, zero = torch.ones(3, dtype=torch.float64), torch.zeros(3, dtype=torch.float64)
    assert not deviation(draws, zero, one, zero).rejected
    assert deviation(draws, zero + torch.tensor([0.0, 0.08, 0.0]), one, zero).rejected


def test_what_does_not_vary_must_be_right():
    draws = torch.full((10, 1), 2.0, dtype=torch.float64)
    nothing = torch.zeros(1, dtype=torch.float64)
    assert not deviation(draws, nothing + 2, nothing, nothing).rejected
    assert deviation(draws, nothing + 2 + 1e-9, nothing, nothing + 1e-12).rejected


def test_the_limit_is_that_of_one_coordinate_that_varies_as_it_should():
    """Draws of ±1 have Σx² = n exactly: the e-value is 1/α at the limit, to the last digit."""
    n = 10_000
    draws = torch.ones(n, 1, dtype=torch.float64)
    draws[: n // 2] = -1
    one, zero = torch.ones(1, dtype=torch.float64), torch.zeros(1, dtype=torch.float64)
    limit = deviation(draws, zero, one, zero).limit
    assert limit == math.sqrt(2 * math.log(2 / 1e-9))
    for share, rejected in ((0.98, False), (1.03, True)):
        shifted = draws + share * limit / math.sqrt(n)
        assert deviation(shifted, zero, one, zero).rejected is rejected

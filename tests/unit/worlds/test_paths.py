"""The oracle of the sampler's tests, held against cases that fit on a line."""

import math

import pytest
import torch

from rlcheck.worlds import TabularMDP
from rlcheck.worlds.gallery import garnet
from tests.unit.worlds.paths import FALSE_ALARM, distance, exact_law, tolerance

UNIFORM = torch.full((2, 2), 0.5, dtype=torch.float64)


def coin(**overrides):
    return TabularMDP(
        **{
            "transitions": [[[0.25, 0.75]] * 2] * 2,
            "rewards": [[0.0] * 2] * 2,
            "initial": [1.0, 0.0],
            "gamma": 0.5,
            "horizon": 1,
        }
        | overrides
    )


def test_one_step_by_hand():
    assert exact_law(coin(), UNIFORM, 3, reset=False) == {
        ((0, a, s, True, False, 0),): 0.5 * p for a in (0, 1) for s, p in ((0, 0.25), (1, 0.75))
    }


def test_a_segment_of_two_one_step_episodes_is_their_product():
    law = exact_law(coin(initial=[0.5, 0.5]), UNIFORM, 2, reset=True)
    assert len(law) == 8**2
    assert law[((0, 0, 0, True, False, 0), (1, 1, 1, True, False, 0))] == (
        0.5 * 0.5 * 0.25 * 0.5 * 0.5 * 0.75
    )


@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize("limits", [(3, None), (None, 2), (2, 3), (3, 2), (2, 2)])
def test_probabilities_sum_to_one(limits, reset):
    horizon, time_limit = limits
    world = garnet(5, n_states=2, horizon=horizon, time_limit=time_limit, end_probability=0.25)
    pi = torch.tensor([[0.25, 0.75]] * 3, dtype=torch.float64)
    law = exact_law(world, pi, 3, reset=reset)
    assert math.fsum(law.values()) == pytest.approx(1, abs=1e-14)


def test_distance_sees_a_wrong_law_and_a_path_off_the_support():
    law = exact_law(coin(), UNIFORM, 1, reset=False)
    paths = sorted(law)
    exactly = [path for path in paths for _ in range(round(law[path] * 8))]
    assert distance(law, exactly) == 0
    assert distance(law, [paths[0]] * 8) == pytest.approx(1 - law[paths[0]])
    assert distance(law, [((0, 0, 0, False, True, 0),)]) == math.inf


def test_tolerance_spends_the_budget():
    n = 1000
    assert 2 * math.exp(-2 * n * tolerance(n) ** 2) == pytest.approx(FALSE_ALARM)

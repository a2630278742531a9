import math

import numpy as np
import pytest
import torch

from rlcheck.errors import InvalidArgument
from rlcheck.worlds.gaussian_policy import LinearGaussianPolicy, NetworkGaussianPolicy
from rlcheck.worlds.linear_gaussian import LinearGaussianMDP
from rlcheck.worlds.linear_gaussian_gallery import (
    gaussian_bandit,
    point_mass,
    random_linear_gaussian,
)

VALID = {
    "dynamics": np.eye(2) / 2,
    "control": np.ones((2, 1)),
    "reward_quadratic": -np.eye(3),
    "gamma": 0.9,
}


def test_defaults_are_a_noiseless_start_at_the_origin() -> None:
    world = LinearGaussianMDP(**VALID)
    assert (world.state_dim, world.obs_dim, world.action_dim) == (2, 2, 1)
    assert world.noise.shape == (2, 0)
    assert world.initial_noise.shape == (2, 0)
    assert world.initial_points.tolist() == [[0.0, 0.0]]
    assert world.initial_weights.tolist() == [1.0]
    assert world.dynamics.dtype == torch.float64


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("dynamics", np.ones((2, 3))),
        ("dynamics", np.zeros((0, 0))),
        ("dynamics", [[math.nan, 0], [0, 0]]),
        ("dynamics", "nonsense"),
        ("control", np.ones((3, 1))),
        ("control", np.ones((2, 0))),
        ("reward_quadratic", np.eye(2)),
        ("reward_linear", np.ones(2)),
        ("reward_constant", math.inf),
        ("drift", np.ones(3)),
        ("noise", [0.1, -0.1]),
        ("noise", np.ones((3, 1))),
        ("initial_points", np.zeros((0, 2))),
        ("initial_points", np.zeros(2)),
        ("initial_weights", [0.5, 0.5]),
        ("initial_weights", [0.9]),
        ("initial_weights", [-1.0]),
        ("initial_noise", [math.inf, 0.0]),
        ("gamma", 1.5),
        ("gamma", -0.1),
        ("gamma", math.nan),
        ("gamma", 1.0),
        ("horizon", 0),
        ("horizon", True),
        ("time_limit", -1),
    ],
)
def test_the_door_refuses(field: str, value: object) -> None:
    with pytest.raises(InvalidArgument, match=field) as caught:
        LinearGaussianMDP(**{**VALID, field: value})
    assert "got:" in str(caught.value)
    assert "pass:" in str(caught.value)


def test_no_discount_is_welcome_with_a_horizon() -> None:
    assert LinearGaussianMDP(**{**VALID, "gamma": 1, "horizon": 3}).gamma == 1.0


def test_a_vector_of_deviations_takes_one_number_for_each_noisy_dimension() -> None:
    world = LinearGaussianMDP(**VALID, noise=[0.0, 0.3])
    assert world.noise.tolist() == [[0.0], [0.3]]


def test_only_the_symmetric_part_of_the_reward_counts() -> None:
    lopsided = torch.tensor([[1.0, 4.0, 0.0], [0.0, 2.0, 6.0], [2.0, 0.0, 3.0]])
    world = LinearGaussianMDP(**{**VALID, "reward_quadratic": lopsided})
    z = torch.tensor([0.3, -0.7, 1.1], dtype=torch.float64)
    assert torch.equal(world.reward_quadratic, world.reward_quadratic.T)
    torch.testing.assert_close(world.reward(z[:2], z[2:]), z @ lopsided.double() @ z)


def test_reward_and_successor_are_their_formulas() -> None:
    world = random_linear_gaussian(torch.Generator().manual_seed(0), 2, 2)
    s, a, e = torch.tensor([0.2, -1.0]), torch.tensor([0.5, 0.1]), torch.tensor([1.0, -2.0])
    s, a, e = s.double(), a.double(), e.double()
    z = torch.cat([s, a])
    expected = z @ world.reward_quadratic @ z + world.reward_linear @ z + world.reward_constant
    torch.testing.assert_close(world.reward(s[None], a[None])[0], expected)
    moved = world.dynamics @ s + world.control @ a + world.drift + world.noise @ e
    torch.testing.assert_close(world.successor(s[None], a[None], e[None])[0], moved)


def test_with_time_counts_steps_and_changes_nothing_else() -> None:
    generator = torch.Generator().manual_seed(1)
    world = random_linear_gaussian(generator, 2, 1, horizon=3, points=2)
    timed = world.with_time()
    assert timed.obs_dim == 3
    assert timed.with_time() is timed
    s, a = torch.randn(4, 2, generator=generator), torch.randn(4, 1, generator=generator)
    s, a, e = s.double(), a.double(), torch.ones(4, 2, dtype=torch.float64)
    clocked = torch.cat([s, torch.full((4, 1), 2.0, dtype=torch.float64)], -1)
    torch.testing.assert_close(timed.reward(clocked, a), world.reward(s, a))
    after = timed.successor(clocked, a, e)
    torch.testing.assert_close(after[:, :2], world.successor(s, a, e))
    assert after[:, 2].tolist() == [3.0] * 4
    assert timed.initial_points[:, 2].tolist() == [0.0, 0.0]


def test_episode_length_is_the_first_end() -> None:
    assert point_mass().episode_length is None
    assert point_mass(time_limit=7).episode_length == 7
    assert gaussian_bandit().episode_length == 1


def test_policies_are_named_by_their_seed_and_checked() -> None:
    def draws(seed: int) -> list[torch.Tensor]:
        generator = torch.Generator().manual_seed(seed)
        return [*NetworkGaussianPolicy(2, 1, generator, (4, 3)).parameters()]

    assert all(torch.equal(x, y) for x, y in zip(draws(3), draws(3), strict=True))
    with pytest.raises(InvalidArgument, match="one row for each action"):
        LinearGaussianPolicy(torch.ones(1, 2), torch.ones(2), torch.ones(1))
    with pytest.raises(InvalidArgument, match="gain"):
        LinearGaussianPolicy(torch.ones(2), torch.ones(2), torch.ones(2))

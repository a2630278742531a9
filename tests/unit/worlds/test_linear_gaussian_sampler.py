"""The sampler, against the exact law of the states.

False-alarm budget of this file: 1e-9 in all, shared evenly by its comparisons (`BUDGET`).
"""

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn
from torch.distributions import Categorical

from rlcheck.errors import InvalidArgument
from rlcheck.exact.linear_gaussian.moments import state_law
from rlcheck.worlds.gaussian_policy import LinearGaussianPolicy
from rlcheck.worlds.linear_gaussian import LinearGaussianMDP
from rlcheck.worlds.linear_gaussian_gallery import point_mass, random_linear_gaussian
from rlcheck.worlds.linear_gaussian_sampler import sample_episodes, sample_segments
from rlcheck.worlds.rollout import Rollout

COMPARISONS = 200
BUDGET = 1e-9 / COMPARISONS
N = 20_000


def _world(**settings: int) -> tuple[LinearGaussianMDP, LinearGaussianPolicy]:
    generator = torch.Generator().manual_seed(5)
    world = random_linear_gaussian(generator, 2, 1, **settings)
    return world, LinearGaussianPolicy.random(2, 1, generator)


def _generator() -> torch.Generator:
    return torch.Generator().manual_seed(11)


def _chi_square_excess(samples: Tensor, mean: Tensor, covariance: Tensor) -> float:
    """How far beyond the bound sum_n (x - m)' C^-1 (x - m), chi-square of N S, lies; <= 0 is fine.

    Laurent and Massart, Ann. Statist. 28 (2000), lemma 1: with probability at most e^-x each,
    X - k >= 2 sqrt(k x) + 2 x and k - X >= 2 sqrt(k x).
    """
    gap = samples - mean
    statistic = float((gap * torch.linalg.solve(covariance, gap.T).T).sum())
    freedom, x = samples.numel(), math.log(2 / BUDGET)
    above = statistic - freedom - 2 * math.sqrt(freedom * x) - 2 * x
    below = freedom - statistic - 2 * math.sqrt(freedom * x)
    return max(above, below)


def _mean_excess(samples: Tensor, mean: Tensor, covariance: Tensor) -> float:
    """N (xbar - m)' C^-1 (xbar - m) is chi-square of S; its upper bound as above."""
    gap = samples.mean(0) - mean
    statistic = float(len(samples) * gap @ torch.linalg.solve(covariance, gap))
    freedom, x = len(gap), math.log(1 / BUDGET)
    return statistic - freedom - 2 * math.sqrt(freedom * x) - 2 * x


def _excess(rollout: Rollout, world: LinearGaussianMDP, policy: LinearGaussianPolicy) -> float:
    law = state_law(world, policy, rollout.T)
    worst = -math.inf
    for t in range(rollout.T):
        mean, covariance = law.means[t, 0].detach(), law.covariances[t].detach()
        worst = max(worst, _chi_square_excess(rollout.obs[t], mean, covariance))
        worst = max(worst, _mean_excess(rollout.obs[t], mean, covariance))
        noise = (rollout.actions[t] - policy(rollout.obs[t]).mean) / policy.log_std.exp()
        unit = torch.eye(1, dtype=torch.float64)
        worst = max(worst, _chi_square_excess(noise.detach(), unit[0] * 0, unit))
        worst = max(worst, _mean_excess(noise.detach(), unit[0] * 0, unit))
    return worst


def test_episodes_follow_the_exact_law() -> None:
    world, policy = _world(horizon=4)
    assert _excess(sample_episodes(world, policy, N, _generator()), world, policy) <= 0


def test_segments_follow_the_exact_law_through_resets() -> None:
    world, policy = _world(time_limit=3)
    assert _excess(sample_segments(world, policy, N, 5, _generator()), world, policy) <= 0


@pytest.mark.parametrize(
    ("fault", "factor"),
    [("drift", 1.5), ("noise", 1.1), ("initial_noise", 1.1), ("dynamics", 1.1)],
)
def test_a_world_that_is_off_is_seen(fault: str, factor: float) -> None:
    world, policy = _world(horizon=4)
    rollout = sample_episodes(world, policy, N, _generator())
    wrong = replace(world, **{fault: factor * getattr(world, fault)})
    assert _excess(rollout, wrong, policy) > 0


def test_initial_points_are_drawn_with_their_weights() -> None:
    world, policy = _world(horizon=1, points=3, initial_rank=0)
    rollout = sample_episodes(world, policy, N, _generator())
    drawn = (rollout.obs[0][:, None] == world.initial_points).all(-1).double().mean(0)
    # Hoeffding, both sides.
    bound = math.sqrt(math.log(2 / BUDGET) / (2 * N))
    assert float((drawn - world.initial_weights).abs().max()) <= bound
    assert float(drawn.sum()) == pytest.approx(1, abs=1e-12)


def test_rewards_and_successors_are_the_worlds() -> None:
    world, policy = _world(horizon=3)
    still = replace(world, noise=None)
    rollout = sample_episodes(still, policy, 5, _generator())
    torch.testing.assert_close(rollout.rewards, world.reward(rollout.obs, rollout.actions))
    nothing = torch.zeros(3, 5, 0, dtype=torch.float64)
    torch.testing.assert_close(
        rollout.next_obs, still.successor(rollout.obs, rollout.actions, nothing)
    )
    assert torch.equal(rollout.obs[1:], rollout.next_obs[:-1])
    assert rollout.actions.shape == (3, 5, 1)
    assert rollout.states is None
    assert bool(rollout.mask.all())


def test_horizon_terminates_and_limit_truncates_and_the_final_observation_is_kept() -> None:
    world, policy = _world(horizon=3)
    rollout = sample_segments(world, policy, 4, 8, _generator())
    assert rollout.steps[:, 0].tolist() == [0, 1, 2, 0, 1, 2, 0, 1]
    assert rollout.terminated[:, 0].tolist() == [False, False, True] * 2 + [False] * 2
    assert not bool(rollout.truncated.any())
    ends = rollout.terminated[:-1, 0]
    same = (rollout.obs[1:] == rollout.next_obs[:-1]).all(-1)
    assert bool((same == ~ends[:, None]).all())
    limited = replace(world, horizon=None, time_limit=3)
    again = sample_segments(limited, policy, 4, 8, _generator())
    assert torch.equal(again.truncated, rollout.terminated)
    assert not bool(again.terminated.any())
    both = replace(world, time_limit=3)
    assert bool(sample_episodes(both, policy, 2, _generator()).terminated[-1].all())
    assert not bool(sample_episodes(both, policy, 2, _generator()).truncated.any())


def test_same_seed_same_rollout_and_no_gradient() -> None:
    world, policy = _world(horizon=3)
    one, two = (sample_episodes(world, policy, 4, _generator()) for _ in range(2))
    assert torch.equal(one.actions, two.actions)
    assert not one.actions.requires_grad


def test_an_endless_episode_must_be_cut() -> None:
    policy = LinearGaussianPolicy(torch.zeros(1, 2), torch.zeros(1), torch.zeros(1))
    with pytest.raises(InvalidArgument, match="max_steps"):
        sample_episodes(point_mass(), policy, 3, _generator())
    cut = sample_episodes(point_mass(), policy, 3, _generator(), max_steps=6)
    assert cut.T == 6
    assert not bool(cut.dones.any())
    with pytest.raises(InvalidArgument, match="length"):
        sample_segments(point_mass(), policy, 3, 0, _generator())


def test_a_policy_that_is_no_gaussian_is_refused() -> None:
    class Discrete(nn.Module):
        def forward(self, obs: Tensor) -> Categorical:
            return Categorical(logits=obs)

    with pytest.raises(InvalidArgument, match="Independent"):
        sample_segments(point_mass(), Discrete(), 3, 2, _generator())


def test_the_sampler_runs_where_the_generator_lives(device: str) -> None:
    world, policy = _world(horizon=3)
    generator = torch.Generator(device).manual_seed(0)
    rollout = sample_episodes(world, policy.to(device), 7, generator)
    assert rollout.obs.device.type == device

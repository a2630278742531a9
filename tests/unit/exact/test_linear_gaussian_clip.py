"""The clipped surrogate: closed form, cut quadrature and adaptive integration; and what not
cutting costs."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from rlcheck.errors import InvalidArgument
from rlcheck.exact.linear_gaussian import (
    Grade,
    GradientEstimate,
    advantages,
    clip_surrogate_target,
    quadrature_rollouts,
    split_rollouts,
    surrogate_gradient,
)
from rlcheck.exact.linear_gaussian.crossings import crossing_points, quartic_roots
from rlcheck.exact.linear_gaussian.estimate import flatten, parameter_gradient
from rlcheck.exact.linear_gaussian.kinks import real_roots, truncated_moment
from rlcheck.worlds.gaussian_policy import LinearGaussianPolicy
from rlcheck.worlds.linear_gaussian import LinearGaussianMDP
from rlcheck.worlds.linear_gaussian_gallery import gaussian_bandit, random_linear_gaussian
from rlcheck.worlds.rollout import Rollout
from tests.random_linear_gaussian import near, network

CLIP = 0.2


def _pair(seed: int, scale: float) -> tuple[LinearGaussianPolicy, LinearGaussianPolicy]:
    old = LinearGaussianPolicy.random(1, 1, torch.Generator().manual_seed(seed))
    return near(old, scale, seed + 1), old


def _advantage(world: LinearGaussianMDP, old: nn.Module, rollout: Rollout) -> Tensor:
    exact = advantages(world, old).detach()[0]
    return exact(torch.cat([rollout.obs[0], rollout.actions[0]], -1))


def _clipped_gradient(
    rollout: Rollout, new: nn.Module, old: nn.Module, advantage: Tensor, dual: float | None = None
) -> Tensor:
    """The loss as anybody would write it, on weighted nodes."""
    assert rollout.probability is not None
    before = old(rollout.obs[0]).log_prob(rollout.actions[0]).detach()
    ratio = (new(rollout.obs[0]).log_prob(rollout.actions[0]) - before).exp()
    value = torch.min(ratio * advantage, ratio.clamp(1 - CLIP, 1 + CLIP) * advantage)
    if dual is not None:
        value = torch.where(advantage < 0, torch.max(value, dual * advantage), value)
    return flatten(parameter_gradient(value @ rollout.probability, new))


def _gap(one: Tensor, other: Tensor) -> float:
    return float((one - other).norm() / other.norm())


@pytest.mark.parametrize("dual", [None, 1.5])
@pytest.mark.parametrize("scale", [0.0, 0.03, 0.3])
@pytest.mark.parametrize("seed", range(4))
def test_cut_nodes_give_the_closed_form(seed: int, scale: float, dual: float | None) -> None:
    world, (new, old) = gaussian_bandit(), _pair(seed, scale)
    target = clip_surrogate_target(world, new, old, CLIP, dual_clip=dual)
    assert target.grade is Grade.EXACT
    assert target.error <= 1e-12 * float(target.flat().norm())
    rollout = split_rollouts(world, new, old, CLIP, dual_clip=dual)
    assert rollout.probability is not None
    assert float(rollout.probability.sum()) == pytest.approx(1, abs=1e-13)
    found = _clipped_gradient(rollout, new, old, _advantage(world, old, rollout), dual)
    assert _gap(found, target.flat()) <= 1e-12


def test_nodes_that_ignore_the_kinks_are_off() -> None:
    world, (new, old) = gaussian_bandit(), _pair(1, 0.3)
    target = clip_surrogate_target(world, new, old, CLIP).flat()
    hermite = quadrature_rollouts(world, old, 32)
    off = _gap(_clipped_gradient(hermite, new, old, _advantage(world, old, hermite)), target)
    assert off > 1e-3
    uncut = split_rollouts(world, new, old, CLIP, split=False)
    off = _gap(_clipped_gradient(uncut, new, old, _advantage(world, old, uncut)), target)
    assert off > 1e-6


def _brute_force(
    world: LinearGaussianMDP, new: nn.Module, old: nn.Module, count: int, dual: float | None
) -> Tensor:
    """A plain midpoint sum over a fine grid of actions: slow, crude, independent."""
    states = world.initial_points
    actions = (torch.arange(count, dtype=torch.float64) + 0.5) / count * 40 - 20
    s = states[:, None, :].expand(-1, count, -1).reshape(1, -1, 1)
    a = actions[None, :, None].expand(len(states), -1, -1).reshape(1, -1, 1)
    mass = world.initial_weights[:, None].expand(-1, count).reshape(-1) * 40 / count
    density = old(s[0]).log_prob(a[0]).exp().detach()
    flat = torch.zeros(1, s.shape[1], dtype=torch.bool)
    rollout = Rollout(
        obs=s,
        actions=a,
        rewards=world.reward(s, a),
        next_obs=s,
        terminated=~flat,
        truncated=flat,
        mask=~flat,
        steps=flat.long(),
        probability=mass * density,
    )
    reward = rollout.rewards[0]
    per_state = (reward * density * 40 / count).reshape(len(states), count).sum(-1)
    advantage = reward - per_state.repeat_interleave(count)
    return _clipped_gradient(rollout, new, old, advantage, dual)


@pytest.mark.parametrize("dual", [None, 1.5])
def test_a_brute_force_sum_over_actions_agrees(dual: float | None) -> None:
    world, (new, old) = gaussian_bandit(), _pair(3, 0.2)
    target = clip_surrogate_target(world, new, old, CLIP, dual_clip=dual).flat()
    coarse = _gap(_brute_force(world, new, old, 20_000, dual), target)
    fine = _gap(_brute_force(world, new, old, 160_000, dual), target)
    # A jump of the gradient's integrand at a kink costs about one cell: 40 / count.
    assert fine <= 10 * 40 / 160_000
    assert fine < coarse


def test_network_policies_are_welcome_at_horizon_one() -> None:
    world = gaussian_bandit()
    new, old = network(1, 1, 1, varying=True), network(2, 1, 1)
    target = clip_surrogate_target(world, new, old, CLIP)
    assert target.grade is Grade.EXACT
    rollout = split_rollouts(world, new, old, CLIP)
    points = torch.cat([rollout.obs[0], rollout.actions[0]], -1)
    mean, std = old(world.initial_points).mean, old(world.initial_points).stddev
    expected = world.reward(world.initial_points, mean) - 0.5 * std[:, 0] ** 2
    index = (rollout.obs[0] == world.initial_points.T).double().argmax(-1)
    advantage = world.reward(points[:, :1], points[:, 1:]) - expected.detach()[index]
    found = _clipped_gradient(rollout, new, old, advantage)
    assert _gap(found, target.flat()) <= 1e-12


def test_at_ratio_one_it_is_the_surrogate_without_a_clip() -> None:
    generator = torch.Generator().manual_seed(0)
    world = random_linear_gaussian(generator, 2, 1, horizon=3)
    policy = LinearGaussianPolicy.random(2, 1, generator)
    target = clip_surrogate_target(world, policy, policy, CLIP)
    exact = flatten(surrogate_gradient(world, policy))
    assert float((target.flat() - exact).norm()) <= target.error + 1e-11 * float(exact.norm())


def test_a_clip_too_wide_to_bind_is_none() -> None:
    generator = torch.Generator().manual_seed(4)
    for actions, spread in ((1, 1), (2, 0)):
        world = random_linear_gaussian(
            generator, 1, actions, horizon=2, initial_rank=spread, noise_rank=spread
        )
        old = LinearGaussianPolicy.random(1, actions, generator)
        new = near(old, 0.1, 5)
        target = clip_surrogate_target(world, new, old, 1e9)
        exact = flatten(surrogate_gradient(world, new, old))
        assert _gap(target.flat(), exact) <= 1e-8
        clipped = clip_surrogate_target(world, new, old, CLIP)
        assert _gap(clipped.flat(), exact) > 1e-3


@pytest.mark.parametrize("seed", range(3))
def test_a_gaussian_start_is_numerical_and_its_error_is_honest(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    world = random_linear_gaussian(generator, 1, 1, horizon=2)
    old = LinearGaussianPolicy.random(1, 1, generator)
    new = near(old, 0.2, seed)
    rough = clip_surrogate_target(world, new, old, CLIP, tolerance=1e-4)
    fine = clip_surrogate_target(world, new, old, CLIP, tolerance=1e-8)
    assert rough.grade is Grade.NUMERICAL
    assert rough.error > fine.error
    assert float((rough.flat() - fine.flat()).norm()) <= rough.error + fine.error


@pytest.mark.parametrize("seed", range(2))
def test_two_action_dimensions_agree_with_a_fine_grid(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    world = random_linear_gaussian(generator, 1, 2, horizon=1, initial_rank=0)
    old = LinearGaussianPolicy.random(1, 2, generator)
    new = near(old, 0.2, seed)
    target = clip_surrogate_target(world, new, old, CLIP)
    assert target.converged
    assert target.error <= 1e-9 * float(target.flat().norm())
    coarse, fine = (_plane_gap(world, new, old, count, target.flat()) for count in (150, 900))
    # The gradient jumps across a curve that cuts cells of side 18 / count; errors mostly cancel.
    assert fine <= 1e-3
    assert fine < coarse


def _plane_gap(
    world: LinearGaussianMDP, new: nn.Module, old: nn.Module, count: int, target: Tensor
) -> float:
    # Midpoints in the old policy's own units, 9 deviations to each side.
    line = (torch.arange(count, dtype=torch.float64) + 0.5) / count * 18 - 9
    grid = torch.cartesian_prod(line, line)
    density = (-(grid**2).sum(-1) / 2).exp() / (2 * math.pi) * (18 / count) ** 2
    state = world.initial_points
    before = old(state)
    actions = (before.mean + before.stddev * grid).detach()
    reward = world.reward(state.expand(len(grid), 1), actions)
    advantage = reward - density @ reward
    ratio = (new(state).log_prob(actions) - before.log_prob(actions).detach()).exp()
    value = torch.min(ratio * advantage, ratio.clamp(1 - CLIP, 1 + CLIP) * advantage)
    return _gap(flatten(parameter_gradient(value @ density, new)), target)


def _faulty(kind: str, ratio: Tensor, advantage: Tensor) -> Tensor:
    clipped = ratio.clamp(1 - CLIP, 1 + CLIP)
    return {
        "no clip": ratio * advantage,
        "max for min": torch.max(ratio * advantage, clipped * advantage),
        "clip alone": clipped * advantage,
        "a millionth wider": torch.min(
            ratio * advantage,
            ratio.clamp(1 - CLIP, 1 + CLIP * (1 + 1e-6)) * advantage * (1 + 1e-6),
        ),
        "one-sided": torch.min(ratio * advantage, ratio.clamp(max=1 + CLIP) * advantage),
    }[kind]


@pytest.mark.parametrize(
    "kind", ["no clip", "max for min", "clip alone", "a millionth wider", "one-sided"]
)
def test_faults_in_the_surrogate_are_far_beyond_the_error(kind: str) -> None:
    world, (new, old) = gaussian_bandit(), _pair(0, 0.3)
    target = clip_surrogate_target(world, new, old, CLIP)
    rollout = split_rollouts(world, new, old, CLIP)
    assert rollout.probability is not None
    before = old(rollout.obs[0]).log_prob(rollout.actions[0]).detach()
    ratio = (new(rollout.obs[0]).log_prob(rollout.actions[0]) - before).exp()
    advantage = _advantage(world, old, rollout)
    # Below, inside and above the clip range, for both signs: no fault can hide.
    region = (ratio > 1 - CLIP).long() + (ratio > 1 + CLIP).long() + 3 * (advantage > 0).long()
    share = torch.zeros(6, dtype=torch.float64).index_add(0, region, rollout.probability)
    assert float(share.min()) > 0.01
    value = _faulty(kind, ratio, advantage)
    wrong = flatten(parameter_gradient(value @ rollout.probability, new))
    assert float((wrong - target.flat()).norm()) > 1e4 * max(target.error, 1e-14)


def test_wrong_use_is_refused() -> None:
    generator = torch.Generator().manual_seed(0)
    wide = random_linear_gaussian(generator, 1, 3, horizon=1)
    policy = LinearGaussianPolicy.random(1, 3, generator)
    with pytest.raises(InvalidArgument, match="action dimensions"):
        clip_surrogate_target(wide, policy, policy, CLIP)
    with pytest.raises(InvalidArgument, match="one-step"):
        split_rollouts(wide, policy, policy, CLIP)
    new, old = _pair(0, 0.1)
    with pytest.raises(InvalidArgument, match="clip_eps"):
        clip_surrogate_target(gaussian_bandit(), new, old, 0.0)
    with pytest.raises(InvalidArgument, match="dual_clip"):
        clip_surrogate_target(gaussian_bandit(), new, old, CLIP, dual_clip=0.5)


def test_an_estimate_flattens_in_the_order_of_its_parameters() -> None:
    gradient = {"a": torch.ones(2, 1), "b": torch.zeros(1)}
    estimate = GradientEstimate(gradient=gradient, error=0.0, order=0, grade=Grade.EXACT)
    assert estimate.flat().tolist() == [1.0, 1.0, 0.0]


def test_roots_of_quadratics_and_quartics() -> None:
    def rows(*values: float) -> Tensor:
        return torch.tensor(values, dtype=torch.float64)

    roots = real_roots(rows(1.0, 0.0, 1.0), rows(-3.0, 2.0, 0.0), rows(2.0, -4.0, 1.0))
    assert sorted(roots[0].tolist()) == [1.0, 2.0]
    assert 2.0 in roots[1].tolist()
    assert not bool(torch.isfinite(roots[2]).any())
    polynomial = np.polynomial.polynomial.polyfromroots([-2.0, 0.5, 1.0, 3.0])
    found = quartic_roots(torch.from_numpy(polynomial)[None])[0].sort().values
    torch.testing.assert_close(found, rows(-2.0, 0.5, 1.0, 3.0))
    # y^2 - x^2 and y - 1 meet at x = -1 and x = 1.
    first = (rows(1.0)[None], rows(0.0, 0.0)[None], rows(0.0, 0.0, -1.0)[None])
    second = (rows(0.0)[None], rows(1.0, 0.0)[None], rows(-1.0, 0.0, 0.0)[None])
    met = crossing_points(first, second)[0]
    near_one = met[torch.isfinite(met) & (met.abs() < 2)]
    torch.testing.assert_close(near_one.abs(), torch.ones_like(near_one))
    assert len(near_one) == 2


@pytest.mark.parametrize(("low", "high"), [(-1.0, 2.0), (7.0, 9.0), (-9.0, -7.0), (-30.0, 30.0)])
def test_truncated_moments_match_a_fine_sum(low: float, high: float) -> None:
    def row(value: float) -> Tensor:
        return torch.tensor([value], dtype=torch.float64)

    count = 400_000
    z = (torch.arange(count, dtype=torch.float64) + 0.5) / count * (high - low) + low
    density = (-(((z - 0.3) / 1.2) ** 2) / 2).exp() / (1.2 * math.sqrt(2 * math.pi))
    expected = float(((0.7 * z**2 - z + 0.2) * density).sum() * (high - low) / count)
    coefficients = (row(0.7), row(-1.0), row(0.2))
    found = truncated_moment(coefficients, row(0.3), row(1.2), row(low)[None], row(high)[None])
    assert float(found) == pytest.approx(expected, rel=1e-8)

"""Nodes against closed forms: exact where promised, and seen to be off where not."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from rlcheck.errors import InvalidArgument
from rlcheck.exact.linear_gaussian import (
    Grade,
    gradient_by_quadrature,
    objective,
    objective_by_quadrature,
    objective_gradient,
    quadrature_rollouts,
    state_values,
    surrogate_gradient,
)
from rlcheck.exact.linear_gaussian.estimate import flatten, parameter_gradient, refine
from rlcheck.exact.linear_gaussian.quadrature import gauss_hermite, trapezoid
from rlcheck.worlds.gaussian_policy import LinearGaussianPolicy
from rlcheck.worlds.linear_gaussian import LinearGaussianMDP
from rlcheck.worlds.linear_gaussian_gallery import random_linear_gaussian
from rlcheck.worlds.rollout import Rollout
from tests.random_linear_gaussian import near, network

CASES = [
    {"state_dim": 1, "horizon": 1},
    {"state_dim": 1, "horizon": 2, "points": 2},
    {"state_dim": 1, "horizon": 3, "initial_rank": 0, "points": 2},
    {"state_dim": 2, "horizon": 2, "noise_rank": 1, "initial_rank": 1},
    {"state_dim": 3, "horizon": 2, "action_dim": 2, "noise_rank": 1, "initial_rank": 0},
    {"state_dim": 2, "horizon": 5, "noise_rank": 0, "initial_rank": 0},
]


def _case(index: int, **settings: int | None) -> tuple[LinearGaussianMDP, LinearGaussianPolicy]:
    generator = torch.Generator().manual_seed(index)
    world = random_linear_gaussian(generator, **{**CASES[index % len(CASES)], **settings})
    policy = LinearGaussianPolicy.random(world.state_dim, world.action_dim, generator)
    return world, policy


def _powers(rollout: Rollout, gamma: float) -> Tensor:
    # A float to the power of an integer tensor would be float32, and 1e-8 off.
    return gamma ** rollout.steps.double()


def _returns_to_go(rollout: Rollout, gamma: float) -> Tensor:
    """sum_{t' >= t} gamma^t' r_t', within one episode: gamma^t G_t."""
    return (_powers(rollout, gamma) * rollout.rewards).flip(0).cumsum(0).flip(0)


def _score_gradient(rollout: Rollout, policy: nn.Module, weights: Tensor) -> Tensor:
    assert rollout.probability is not None
    logp = policy(rollout.obs).log_prob(rollout.actions)
    return flatten(parameter_gradient((logp * weights).sum(0) @ rollout.probability, policy))


def _gap(one: Tensor, other: Tensor) -> float:
    return float((one - other).detach().norm() / other.detach().norm())


@pytest.mark.parametrize("index", range(len(CASES)))
def test_three_nodes_are_exact_for_the_policy_gradient(index: int) -> None:
    world, policy = _case(index)
    rollout = quadrature_rollouts(world, policy, 3, noise_order=2)
    assert rollout.probability is not None
    assert float(rollout.probability.sum()) == pytest.approx(1, abs=1e-13)
    found = _score_gradient(rollout, policy, _returns_to_go(rollout, world.gamma))
    assert _gap(found, flatten(objective_gradient(world, policy))) <= 1e-12
    mean = (_powers(rollout, world.gamma) * rollout.rewards).sum(0) @ rollout.probability
    assert float((mean - objective(world, policy)).detach().abs()) <= 1e-12 * (
        1 + float(mean.abs())
    )


def test_two_nodes_are_not() -> None:
    world, policy = _case(1)
    rollout = quadrature_rollouts(world, policy, 2)
    found = _score_gradient(rollout, policy, _returns_to_go(rollout, world.gamma))
    assert _gap(found, flatten(objective_gradient(world, policy))) > 1e-3


@pytest.mark.parametrize("index", range(4))
def test_the_pathwise_gradient_is_exact_from_two_nodes(index: int) -> None:
    world, policy = _case(index)
    found = parameter_gradient(objective_by_quadrature(world, policy, 2), policy)
    assert _gap(flatten(found), flatten(objective_gradient(world, policy))) <= 1e-12


@pytest.mark.parametrize("discounted", [True, False])
def test_segments_with_resets_have_their_own_target(discounted: bool) -> None:
    world, policy = _case(0, horizon=None, time_limit=2, noise_rank=1, initial_rank=0, points=2)
    rollout = quadrature_rollouts(world, policy, 3, length=3)
    assert rollout.steps[:, 0].tolist() == [0, 1, 0]
    assert rollout.truncated[:, 0].tolist() == [False, True, False]
    values = state_values(world, policy).detach()
    assert rollout.probability is not None
    # The one-step advantage, V at the true successor also where the limit truncates.
    delta = rollout.rewards + world.gamma * values(rollout.next_obs) - values(rollout.obs)
    weights = _powers(rollout, world.gamma) if discounted else torch.ones_like(delta) / 3
    found = _score_gradient(rollout, policy, weights * delta)
    scale = None if discounted else torch.full((3,), 1 / 3, dtype=torch.float64)
    target = flatten(surrogate_gradient(world, policy, length=3, weights=scale))
    assert _gap(found, target) <= 1e-11
    # Truncation read as termination, and a limit that resets without a flag, are both far off.
    ended = delta - world.gamma * values(rollout.next_obs) * rollout.truncated
    assert _gap(_score_gradient(rollout, policy, weights * ended), target) > 1e-3


def test_a_ratio_is_numerical_and_converges_to_the_closed_form() -> None:
    world, old = _case(0)
    new = near(old, 0.1, 0)
    assert world.horizon == 1

    def at(order: int) -> dict[str, Tensor]:
        rollout = quadrature_rollouts(world, old, order, noise_order=1)
        assert rollout.probability is not None
        before = old(rollout.obs).log_prob(rollout.actions).detach()
        ratio = (new(rollout.obs).log_prob(rollout.actions) - before).exp()
        return parameter_gradient((ratio * rollout.rewards)[0] @ rollout.probability, new)

    found = refine(at, 4, 128, 1e-11)
    assert found.grade is Grade.NUMERICAL
    assert found.converged
    distance = float((found.flat() - flatten(surrogate_gradient(world, new, old))).norm())
    assert distance <= found.error + 1e-12
    assert not refine(at, 4, 4, 1e-11).converged
    assert not refine(at, 4, 8, 1e-14).converged


@pytest.mark.parametrize("varying", [False, True])
def test_a_network_mean_by_two_numerical_routes(varying: bool) -> None:
    world, _ = _case(0, horizon=2, noise_rank=0, initial_rank=0, points=2)
    policy = network(2, 1, 1, varying)
    found = gradient_by_quadrature(world, policy, tolerance=1e-9, most=128)
    assert found.converged
    rollout = quadrature_rollouts(world, policy, 64)
    score = _score_gradient(rollout, policy, _returns_to_go(rollout, world.gamma))
    assert float((found.flat() - score).norm()) <= 2 * found.error + 1e-8 * float(score.norm())


def test_a_linear_policy_by_doubling_agrees_with_its_closed_form() -> None:
    world, policy = _case(1)
    found = gradient_by_quadrature(world, policy)
    assert found.converged
    assert _gap(found.flat(), flatten(objective_gradient(world, policy))) <= 1e-12


def test_a_grid_too_large_and_rules_out_of_range_are_refused() -> None:
    world, policy = _case(5, noise_rank=2, initial_rank=2)
    with pytest.raises(InvalidArgument, match="rollouts"):
        quadrature_rollouts(world, policy, 9)
    with pytest.raises(InvalidArgument, match="order"):
        gauss_hermite(0)
    with pytest.raises(InvalidArgument, match="length"):
        quadrature_rollouts(replace(world, horizon=None), policy, 2)
    with pytest.raises(InvalidArgument, match="horizon"):
        objective_by_quadrature(replace(world, horizon=None), policy, 2)


@pytest.mark.parametrize("order", [1, 2, 3, 5, 16, 64])
def test_rules_integrate_their_polynomials(order: int) -> None:
    nodes, weights = gauss_hermite(order)
    moment = 1.0
    for power in range(0, min(2 * order, 12), 2):
        assert float(weights @ nodes**power) == pytest.approx(moment, rel=1e-11)
        moment *= power + 1
    assert float(weights @ nodes ** (2 * order)) != pytest.approx(moment, rel=1e-3) or order > 6
    nodes, weights = trapezoid(64)
    assert float(weights @ nodes**4) == pytest.approx(3, rel=1e-12)

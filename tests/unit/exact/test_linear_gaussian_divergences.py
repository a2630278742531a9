"""Entropy, KL and Fisher matrix, each by a second route."""

import pytest
import torch
from torch import Tensor
from torch.distributions import Independent, Normal
from torch.func import functional_call

from rlcheck.exact.linear_gaussian import (
    entropy,
    fisher_matrix,
    kl_divergence,
    mean_entropy,
    mean_kl_divergence,
    quadrature_rollouts,
    state_law,
)
from rlcheck.exact.linear_gaussian.quadrature import gauss_hermite, state_nodes
from rlcheck.worlds.gaussian_policy import LinearGaussianPolicy
from rlcheck.worlds.linear_gaussian import LinearGaussianMDP
from rlcheck.worlds.linear_gaussian_gallery import random_linear_gaussian
from tests.random_linear_gaussian import near, network


def _gaussian(seed: int, dimensions: int) -> Independent:
    generator = torch.Generator().manual_seed(seed)
    mean = torch.randn(dimensions, generator=generator, dtype=torch.float64)
    return Independent(Normal(mean, (0.3 * mean.flip(0)).exp()), 1)


def _world(seed: int) -> tuple[LinearGaussianMDP, LinearGaussianPolicy, LinearGaussianPolicy]:
    generator = torch.Generator().manual_seed(seed)
    world = random_linear_gaussian(generator, 2, 2, horizon=2, points=2, noise_rank=1)
    policy = LinearGaussianPolicy.random(2, 2, generator)
    return world, policy, near(policy, 0.2, seed)


def _weights(world: LinearGaussianMDP) -> Tensor:
    return torch.tensor([1.0, world.gamma], dtype=torch.float64)


@pytest.mark.parametrize("dimensions", [1, 2])
def test_entropy_and_both_kl_are_their_expectations(dimensions: int) -> None:
    p, q = _gaussian(0, dimensions), _gaussian(1, dimensions)
    nodes, weights = gauss_hermite(3)
    grid = torch.cartesian_prod(*[nodes] * dimensions).reshape(-1, dimensions)
    mass = torch.cartesian_prod(*[weights] * dimensions).reshape(-1, dimensions).prod(-1)
    for one, other in ((p, q), (q, p)):
        actions = one.mean + one.stddev * grid
        surprise = -(mass @ one.log_prob(actions))
        torch.testing.assert_close(entropy(one), surprise, rtol=1e-13, atol=1e-13)
        divergence = mass @ (one.log_prob(actions) - other.log_prob(actions))
        found = kl_divergence(one, other)
        torch.testing.assert_close(found, divergence, rtol=1e-12, atol=1e-13)
    assert abs(float(kl_divergence(p, q) - kl_divergence(q, p))) > 1e-3
    assert float(kl_divergence(p, p)) == 0.0


@pytest.mark.parametrize("seed", range(5))
def test_mean_kl_by_moments_is_the_sum_over_nodes(seed: int) -> None:
    world, p, q = _world(seed)
    law, weights = state_law(world, p), _weights(world)
    states, masses, rows = state_nodes(law, 2)
    for one, other in ((p, q), (q, p)):
        summed = (weights[rows] * masses) @ kl_divergence(one(states), other(states))
        found = mean_kl_divergence(world, one, other, law, weights)
        torch.testing.assert_close(found, summed, rtol=1e-12, atol=1e-14)
        noded = mean_kl_divergence(world, one, other, law, weights, order=2)
        torch.testing.assert_close(noded, summed, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("seed", range(5))
def test_fisher_is_the_hessian_of_kl_and_the_second_moment_of_the_score(seed: int) -> None:
    world, policy, _ = _world(seed)
    law, weights = state_law(world, policy), _weights(world)
    found = fisher_matrix(policy, law, weights)
    states, masses, rows = state_nodes(law, 2)
    mass = (weights[rows] * masses).detach()
    point = torch.cat([value.detach().reshape(-1) for value in policy.parameters()])
    shapes = {name: value.shape for name, value in policy.named_parameters()}

    def unpacked(flat: Tensor) -> dict[str, Tensor]:
        pieces = flat.split([shape.numel() for shape in shapes.values()])
        return {
            name: piece.reshape(shape)
            for (name, shape), piece in zip(shapes.items(), pieces, strict=True)
        }

    def divergence(flat: Tensor) -> Tensor:
        moved = functional_call(policy, unpacked(flat), (states.detach(),))
        return mass @ kl_divergence(policy(states.detach()), moved)

    hessian = torch.autograd.functional.hessian(divergence, point)
    assert isinstance(hessian, Tensor)
    scale = float(found.detach().norm())
    assert float((found - hessian).norm()) <= 1e-12 * scale
    nodes, weight = gauss_hermite(3)
    grid, product = torch.cartesian_prod(nodes, nodes), torch.cartesian_prod(weight, weight)
    total = torch.zeros_like(hessian)
    base = policy(states)
    for z, w in zip(grid, product.prod(-1), strict=True):
        actions = (base.mean + base.stddev * z).detach()

        def logp(flat: Tensor, actions: Tensor = actions) -> Tensor:
            moved = functional_call(policy, unpacked(flat), (states.detach(),))
            return moved.log_prob(actions)

        score = torch.autograd.functional.jacobian(logp, point)
        assert isinstance(score, Tensor)
        total += w * torch.einsum("m,mp,mq->pq", mass, score, score)
    assert float((found - total).norm()) <= 1e-12 * scale


def test_a_networks_fisher_needs_more_nodes() -> None:
    world, policy, _ = _world(0)
    law, weights = state_law(world, policy), _weights(world)
    net = network(0, 2, 2)
    two, some, more = (fisher_matrix(net, law, weights, order) for order in (2, 8, 16))
    assert float((some - more).norm()) <= 1e-4 * float(more.norm())
    assert float((two - more).norm()) > 1e-3 * float(more.norm())


def test_mean_entropy_holds_the_states_fixed() -> None:
    world, policy, _ = _world(1)
    law, weights = state_law(world, policy), _weights(world)
    expected = weights.sum() * entropy(policy(torch.zeros(1, 2, dtype=torch.float64)))[0]
    torch.testing.assert_close(mean_entropy(policy, law, weights), expected)
    rollout = quadrature_rollouts(world, policy, 2)
    assert rollout.probability is not None
    summed = (weights @ entropy(policy(rollout.obs))) @ rollout.probability
    torch.testing.assert_close(summed, expected)

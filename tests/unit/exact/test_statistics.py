"""Expectation and covariance over enumerated rollouts."""

import dataclasses

import numpy as np
import pytest
import torch

from rlcheck import exact
from rlcheck.errors import InvalidArgument
from rlcheck.exact.policy import flatten, trainable_parameters
from rlcheck.worlds import TabularMDP
from tests.random_worlds import Policy, random_world

WORLD = dataclasses.replace(random_world(7), horizon=3, time_limit=None)


def _rollout(world=WORLD, seed=0):
    pi = exact.policy_table(Policy(world, seed), world)
    return exact.enumerate_episodes(world, pi.detach())


def _return(rollout):
    return (rollout.rewards * WORLD.gamma ** rollout.steps.double() * rollout.mask).sum(0)


def _several(rollout):
    return torch.stack([_return(rollout), rollout.mask.sum(0).double(), rollout.rewards[0]], 1)


def test_the_expected_return_is_j():
    pi = exact.policy_table(Policy(WORLD, 0), WORLD).detach()
    found = exact.expectation(_return, _rollout())
    assert float(found) == pytest.approx(float(exact.objective(WORLD, pi)), rel=1e-13, abs=0)


def test_covariance_agrees_with_numpy_and_with_the_plain_second_moment():
    rollout = _rollout()
    found = exact.covariance(_several, rollout)
    values, weights = _several(rollout).numpy(), rollout.probability.numpy()
    by_numpy = np.cov(values, rowvar=False, aweights=weights, ddof=0)
    assert np.linalg.norm(found.numpy() - by_numpy) <= 1e-13 * np.linalg.norm(by_numpy)
    mean = exact.expectation(_several, rollout)
    second = exact.expectation(lambda r: _several(r)[:, :, None] * _several(r)[:, None, :], rollout)
    assert float((found - (second - torch.outer(mean, mean))).norm()) <= 1e-12 * float(found.norm())


def test_covariance_survives_a_large_mean():
    rollout = _rollout()
    shifted = exact.covariance(lambda r: _return(r) + 1e6, rollout)
    plain = exact.covariance(_return, rollout)
    assert float((shifted - plain).abs()) <= 1e-8 * float(plain)
    assert plain.shape == (1, 1)


def test_dyadic_probabilities_repeat_to_a_plain_mean_and_variance():
    world = TabularMDP(
        transitions=[[[0.5, 0.5], [0.25, 0.75]], [[1.0, 0.0], [0.0, 1.0]]],
        rewards=[[1.0, 2.0], [3.0, 4.0]],
        initial=[0.5, 0.5],
        gamma=0.5,
        horizon=2,
    )
    pi = torch.tensor([[0.5, 0.5], [0.25, 0.75]], dtype=torch.float64)
    rollout = exact.enumerate_episodes(world, pi)
    copies = (rollout.probability * 2**10).long()
    assert torch.equal(copies.double(), rollout.probability * 2**10)

    def discounted(r):
        return (r.rewards * 0.5 ** r.steps.double()).sum(0)

    repeated = discounted(rollout).repeat_interleave(copies)
    assert float(exact.expectation(discounted, rollout)) == float(repeated.mean())
    variance = float(repeated.var(correction=0))
    assert float(exact.covariance(discounted, rollout)) == pytest.approx(variance, rel=1e-14, abs=0)


def test_an_expectation_has_the_shape_of_one_statistic():
    rollout = _rollout()
    shaped = exact.expectation(lambda r: torch.ones(r.N, 2, 3), rollout)
    assert shaped.shape == (2, 3)
    assert float((shaped - 1).abs().max()) < 1e-14


def test_the_gradient_of_an_expectation_is_that_of_j():
    policy = Policy(WORLD, 0)
    rollout = exact.enumerate_episodes(WORLD, exact.policy_table(policy, WORLD))
    value = exact.expectation(_return, rollout)
    parameters = trainable_parameters(policy)
    found = torch.cat([g.flatten() for g in torch.autograd.grad(value, list(parameters.values()))])
    expected = flatten(exact.objective_gradient(WORLD, policy))
    assert float((found - expected).norm()) <= 1e-12 * float(expected.norm())


def test_what_has_no_probabilities_or_no_value_a_rollout_is_refused():
    rollout = _rollout()
    with pytest.raises(InvalidArgument, match="probabilities"):
        exact.expectation(_return, dataclasses.replace(rollout, probability=None))
    with pytest.raises(InvalidArgument, match="one value a rollout"):
        exact.covariance(lambda r: r.rewards, rollout)
    with pytest.raises(InvalidArgument, match="one value a rollout"):
        exact.expectation(lambda r: r.rewards.sum(), rollout)


def test_a_faulty_expectation_would_be_seen():
    rollout = _rollout()
    off = rollout.probability * (1 + 1e-9 * torch.arange(rollout.N).double() / rollout.N)
    faulty = dataclasses.replace(rollout, probability=off)
    right, wrong = (float(exact.expectation(_return, r)) for r in (rollout, faulty))
    assert wrong != pytest.approx(right, rel=1e-13, abs=0)

"""Truths as plain sums over all rollouts: slow, small, and nothing clever in them.

J's problem knows no time limit, so that the limit is taken out before anything is listed; the laws
of slots are the sampler's, which keeps it.
"""

import dataclasses

import torch
from jaxtyping import Float
from torch import Tensor, nn

from rlcheck.exact.enumeration import (
    LARGEST_ENUMERATION,
    enumerate_episodes,
    enumerate_segments,
)
from rlcheck.exact.policy import gradient_by_parameters, policy_table, trainable_parameters
from rlcheck.worlds.rollout import Rollout
from rlcheck.worlds.tabular import TabularMDP


def _whole_episodes(world: TabularMDP, pi: Float[Tensor, "S A"]) -> Rollout:
    return enumerate_episodes(dataclasses.replace(world, time_limit=None), pi)


def _probabilities(rollout: Rollout) -> Float[Tensor, "N"]:
    assert rollout.probability is not None
    return rollout.probability


def objective_by_enumeration(world: TabularMDP, pi: Float[Tensor, "S A"]) -> Float[Tensor, ""]:
    """J = sum_tau Pr(tau) sum_t gamma^t r_t, with the graph of `pi` through Pr alone."""
    rollout = _whole_episodes(world, pi)
    discounts = world.gamma ** rollout.steps.to(rollout.rewards.dtype)
    returns = (discounts * rollout.rewards * rollout.mask).sum(0)
    return _probabilities(rollout) @ returns


def gradient_by_enumeration(world: TabularMDP, policy: nn.Module) -> dict[str, Tensor]:
    """The gradient as sum_tau nabla Pr(tau) R(tau)."""
    value = objective_by_enumeration(world, policy_table(policy, world))
    return gradient_by_parameters(value, trainable_parameters(policy))


def occupancy_by_enumeration(
    world: TabularMDP, pi: Float[Tensor, "S A"], discounted: bool = True
) -> Float[Tensor, "S"]:
    """d(s) = sum_tau Pr(tau) sum_t gamma^t [s_t = s]."""
    rollout = _whole_episodes(world, pi.detach())
    assert rollout.states is not None
    gamma = world.gamma if discounted else 1.0
    weights = _probabilities(rollout) * gamma ** rollout.steps.to(torch.float64) * rollout.mask
    visits = torch.zeros_like(world.initial)
    return visits.index_add(0, rollout.states.flatten(), weights.flatten())


def slot_law_by_enumeration(
    world: TabularMDP,
    pi: Float[Tensor, "S A"],
    length: int | None = None,
    segments: bool = False,
    cap: int = LARGEST_ENUMERATION,
) -> Float[Tensor, "T K S"]:
    """What `slot_law` computes, counted over the rollouts; K = T, empty where it is smaller."""
    if segments:
        assert length is not None
        rollout = enumerate_segments(world, pi.detach(), length, cap)
    else:
        rollout = enumerate_episodes(world, pi.detach(), length, cap)
    assert rollout.states is not None
    slots, count = rollout.states.shape[0], world.n_states
    slot = torch.arange(slots, device=rollout.states.device)[:, None]
    place = (slot * slots + rollout.steps) * count + rollout.states
    weights = (_probabilities(rollout) * rollout.mask).flatten()
    law = weights.new_zeros(slots * slots * count)
    return law.index_add(0, place.flatten(), weights).reshape(slots, slots, count)

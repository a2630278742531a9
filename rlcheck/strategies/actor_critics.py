"""Policies together with value functions, on one trunk or on two."""

import torch
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from torch import nn

from rlcheck.strategies import _door
from rlcheck.strategies._numbers import Draw
from rlcheck.strategies.networks import (
    ActorCritic,
    SoftmaxPolicy,
    ValueFunction,
    fill,
    hidden_sizes,
    linear,
    tanh_trunk,
)
from rlcheck.worlds.gaussian_policy import NetworkGaussianPolicy
from rlcheck.worlds.linear_gaussian import LinearGaussianMDP
from rlcheck.worlds.tabular import TabularMDP

_LARGEST_WEIGHT = 1.0


def shared_actor_critics(
    world: TabularMDP | LinearGaussianMDP, *, max_hidden: int = 2
) -> SearchStrategy[ActorCritic]:
    """A policy and a value function that are two heads of one hidden tanh layer.

    A gradient of the value loss reaches the policy's parameters, and the other way round.

    Args:
        world: where they act: a softmax policy for a tabular world, else a Gaussian one.
        max_hidden: hidden units at most, from 1 to 16.

    Raises:
        InvalidArgument: `max_hidden` is outside its range.
    """
    _door.whole_number("max_hidden", max_hidden, 1, 16)
    return _shared(world, max_hidden)


def separate_actor_critics(
    world: TabularMDP | LinearGaussianMDP, *, max_hidden: int = 2
) -> SearchStrategy[ActorCritic]:
    """A policy and a value function with a hidden tanh layer each, and no parameter in common.

    Args:
        world: where they act: a softmax policy for a tabular world, else a Gaussian one.
        max_hidden: hidden units at most, from 1 to 16.

    Raises:
        InvalidArgument: `max_hidden` is outside its range.
    """
    _door.whole_number("max_hidden", max_hidden, 1, 16)
    return _separate(world, max_hidden)


@st.composite
def _shared(draw: Draw, world: TabularMDP | LinearGaussianMDP, max_hidden: int) -> ActorCritic:
    hidden = draw(hidden_sizes(max_hidden))
    policy, trunk = _policy_and_trunk(world, hidden)
    return _filled(draw, policy, trunk, hidden)


@st.composite
def _separate(draw: Draw, world: TabularMDP | LinearGaussianMDP, max_hidden: int) -> ActorCritic:
    hidden = draw(hidden_sizes(max_hidden))
    policy, _ = _policy_and_trunk(world, hidden)
    return _filled(draw, policy, tanh_trunk(world.obs_dim, hidden), hidden)


def _policy_and_trunk(
    world: TabularMDP | LinearGaussianMDP, hidden: int
) -> tuple[nn.Module, nn.Module]:
    if isinstance(world, TabularMDP):
        trunk = tanh_trunk(world.obs_dim, hidden)
        return SoftmaxPolicy(nn.Sequential(trunk, linear(hidden, world.n_actions))), trunk
    policy = NetworkGaussianPolicy(
        world.obs_dim, world.action_dim, torch.Generator(), hidden=(hidden,)
    )
    return policy, policy.trunk


def _filled(draw: Draw, policy: nn.Module, trunk: nn.Module, hidden: int) -> ActorCritic:
    found = ActorCritic(policy, ValueFunction(nn.Sequential(trunk, linear(hidden, 1))))
    fill(draw, found, _LARGEST_WEIGHT)
    return found

"""Policies for a given world: tabular softmax, small networks, Gaussian ones."""

import torch
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from torch import nn

from rlcheck.strategies import _door
from rlcheck.strategies._numbers import Draw, readable
from rlcheck.strategies.linear_gaussian import contraction, matrix
from rlcheck.strategies.networks import SoftmaxPolicy, fill, hidden_sizes, linear, tanh_trunk
from rlcheck.worlds.gaussian_policy import LinearGaussianPolicy, NetworkGaussianPolicy
from rlcheck.worlds.linear_gaussian import LinearGaussianMDP
from rlcheck.worlds.tabular import TabularMDP

_LARGEST_WEIGHT = 2.0


def softmax_policies(world: TabularMDP, *, max_logit: float = 8.0) -> SearchStrategy[SoftmaxPolicy]:
    """Softmax policies whose logits are linear in the observation, without a bias.

    With one-hot observations this is the tabular softmax: one logit for each observation and
    action. Logits are small readable numbers, or `max_logit` and its negative, at which other
    actions are rare. The simplest policy is uniform.

    Args:
        world: where they act.
        max_logit: the largest weight, from 2 to 64.

    Raises:
        InvalidArgument: `max_logit` is outside its range.
    """
    largest = _door.real_number("max_logit", max_logit, _LARGEST_WEIGHT, 64.0)
    return _softmax_policies(world.obs_dim, world.n_actions, largest)


def network_policies(world: TabularMDP, *, max_hidden: int = 2) -> SearchStrategy[SoftmaxPolicy]:
    """Softmax policies with one hidden tanh layer, which all observations share.

    Args:
        world: where they act.
        max_hidden: hidden units at most, from 1 to 16.

    Raises:
        InvalidArgument: `max_hidden` is outside its range.
    """
    _door.whole_number("max_hidden", max_hidden, 1, 16)
    return _network_policies(world.obs_dim, world.n_actions, max_hidden)


def gaussian_policies(world: LinearGaussianMDP) -> SearchStrategy[LinearGaussianPolicy]:
    """Policies N(K s + k, diag exp(2 log_std)), under which the world has closed forms.

    The absolute row sums of K are at most 1/2: every value exists (see `linear_gaussian_mdps`).

    Args:
        world: where they act.
    """
    return _gaussian_policies(world.obs_dim, world.action_dim)


def gaussian_network_policies(
    world: LinearGaussianMDP, *, max_hidden: int = 2
) -> SearchStrategy[NetworkGaussianPolicy]:
    """Gaussian policies with one hidden tanh layer.

    The deviation is a free parameter, or a second head that shares the layer with the mean.

    Args:
        world: where they act.
        max_hidden: hidden units at most, from 1 to 16.

    Raises:
        InvalidArgument: `max_hidden` is outside its range.
    """
    _door.whole_number("max_hidden", max_hidden, 1, 16)
    return _gaussian_network_policies(world.obs_dim, world.action_dim, max_hidden)


@st.composite
def _softmax_policies(draw: Draw, inputs: int, actions: int, max_logit: float) -> SoftmaxPolicy:
    logits = st.sampled_from([*readable(_LARGEST_WEIGHT), max_logit, -max_logit])
    flat = draw(st.lists(logits, min_size=actions * inputs, max_size=actions * inputs))
    network = nn.Linear(inputs, actions, bias=False, dtype=torch.float64, device="meta")
    network = network.to_empty(device="cpu")
    with torch.no_grad():
        network.weight.copy_(torch.tensor(flat, dtype=torch.float64).reshape(actions, inputs))
    return SoftmaxPolicy(network)


@st.composite
def _network_policies(draw: Draw, inputs: int, actions: int, max_hidden: int) -> SoftmaxPolicy:
    hidden = draw(hidden_sizes(max_hidden))
    policy = SoftmaxPolicy(nn.Sequential(*tanh_trunk(inputs, hidden), linear(hidden, actions)))
    fill(draw, policy, _LARGEST_WEIGHT)
    return policy


@st.composite
def _gaussian_policies(draw: Draw, inputs: int, actions: int) -> LinearGaussianPolicy:
    return LinearGaussianPolicy(
        contraction(draw, actions, inputs),
        matrix(draw, actions, largest=1.0),
        matrix(draw, actions, largest=1.0),
    )


@st.composite
def _gaussian_network_policies(
    draw: Draw, inputs: int, actions: int, max_hidden: int
) -> NetworkGaussianPolicy:
    policy = NetworkGaussianPolicy(
        inputs,
        actions,
        torch.Generator(),  # every number that it draws is replaced
        hidden=(draw(hidden_sizes(max_hidden)),),
        state_dependent_std=draw(st.booleans()),
    )
    fill(draw, policy, 1.0)
    return policy

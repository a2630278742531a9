"""The small networks: tables in disguise, one parameter one name, a tap that shares them."""

import pytest
import torch
from torch import nn

from rlcheck.subjects.networks import (
    Agent,
    GaussianNetwork,
    GaussianPolicy,
    OwnNetworks,
    SoftmaxPolicy,
    ValueFunction,
    quadratic_features,
)

S, A = 3, 2


@pytest.fixture
def networks():
    torch.manual_seed(1)
    policy = SoftmaxPolicy(nn.Linear(S, A, bias=False, dtype=torch.float64))
    value = ValueFunction(S)
    with torch.no_grad():
        value.weight.copy_(torch.tensor([1.0, -2.0, 3.0]))
    return OwnNetworks(policy=policy, value_fn=value)


def test_the_softmax_policy_is_a_table_on_one_hot_observations(networks):
    table = networks.policy(torch.eye(S, dtype=torch.float64)).probs
    weights = networks.policy.network.weight.detach()
    for s in range(S):
        row = [float(w.exp()) for w in weights[:, s]]
        assert table[s].tolist() == pytest.approx([x / sum(row) for x in row])


def test_values_have_no_trailing_axis(networks):
    obs = torch.eye(S, dtype=torch.float64).expand(4, S, S)
    assert networks.value(obs).shape == (4, S)
    assert networks.value(obs)[0].tolist() == [1.0, -2.0, 3.0]


def test_quadratic_features_by_hand():
    found = quadratic_features(torch.tensor([2.0, 5.0]))
    assert found.tolist() == [1.0, 2.0, 5.0, 4.0, 10.0, 25.0]


def test_gaussian_log_std_is_expanded_row_by_row():
    network = GaussianNetwork(2, 3)
    mean, log_std = network(torch.randn(5, 4, 2, dtype=torch.float64))
    assert mean.shape == log_std.shape == (5, 4, 3)
    distribution = GaussianPolicy(network)(torch.zeros(7, 2, dtype=torch.float64))
    assert distribution.batch_shape == (7,)
    assert distribution.event_shape == (3,)


def test_parameters_keep_their_names_behind_a_wrapper(networks):
    class Wrapper(nn.Module):
        def __init__(self, tapped):
            super().__init__()
            self.tapped = tapped

        def forward(self, obs):
            return self.tapped(obs)

    wrapped = networks.tapped(Wrapper, None)
    assert list(wrapped.parameters) == list(networks.parameters)
    assert all(wrapped.parameters[n] is p for n, p in networks.parameters.items())
    # The original is not wrapped by it.
    assert not isinstance(networks.policy.network, Wrapper)
    assert isinstance(wrapped.policy.network, Wrapper)
    assert wrapped.modules()["network"] is wrapped.policy.network


def test_the_agent_speaks_cleanrl(networks):
    agent = Agent(networks.policy, networks.value_fn)
    obs = torch.eye(S, dtype=torch.float64)
    action = torch.tensor([0, 1, 1])
    taken, logp, entropy, value = agent.get_action_and_value(obs, action)
    assert torch.equal(taken, action)
    assert torch.equal(logp, networks.logp(obs, action))
    assert torch.equal(entropy, networks.entropy(obs))
    assert value.shape == (S, 1)
    assert torch.equal(value, agent.get_value(obs))
    sampled, *_ = agent.get_action_and_value(obs)
    assert sampled.shape == (S,)

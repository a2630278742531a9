import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.distributions import Categorical, Independent

from rlcheck.errors import InvalidArgument
from rlcheck.exact import policy_table
from rlcheck.strategies import (
    aliased_mdps,
    gaussian_network_policies,
    gaussian_policies,
    network_policies,
    separate_actor_critics,
    shared_actor_critics,
    softmax_policies,
)
from rlcheck.worlds import gaussian_bandit, point_mass
from rlcheck.worlds.gallery import bandit, two_state_chain
from tests.unit.strategies.reach import reaches, simplest, unreached

WORLD = two_state_chain()
CONTINUOUS = point_mass()
QUICK = settings(max_examples=25)


def table(policy, world=WORLD):
    return policy_table(policy, world).detach()


def test_softmax_policies_are_uniform_first_and_reach_rare_actions():
    assert (table(simplest(softmax_policies(WORLD))) == 1 / WORLD.n_actions).all()
    corners = {
        "a rare action": lambda p: bool((table(p) < 1e-3).any()),
        "a rare action in one state alone": lambda p: bool(
            ((table(p) < 1e-3).any(-1) != (table(p) < 1e-3).any(-1)[0]).any()
        ),
        "states that differ": lambda p: bool((table(p)[0] != table(p)[1]).any()),
        "the other action": lambda p: bool(table(p)[0, 0] < table(p)[0, 1]),
    }
    assert unreached(softmax_policies(WORLD), corners) == set()


def test_the_largest_logit_is_a_choice():
    sharp = simplest(
        softmax_policies(WORLD, max_logit=64.0), lambda p: bool((table(p) < 1e-25).any())
    )
    assert sharp.network.weight.abs().max() == 64
    with pytest.raises(InvalidArgument, match="max_logit"):
        softmax_policies(WORLD, max_logit=1.0)


def test_one_logit_needed_shrinks_to_one():
    policy = simplest(softmax_policies(WORLD), lambda p: bool((p.network.weight != 0).any()))
    assert policy.network.weight.flatten().sort().values.tolist() == [0.0, 0.0, 0.0, 1.0]


@QUICK
@given(st.data())
def test_states_that_look_alike_are_treated_alike(data):
    world = data.draw(aliased_mdps())
    policies = st.one_of(softmax_policies(world), network_policies(world))
    pi = table(data.draw(policies), world)
    assert torch.equal(pi[0], pi[1])
    world.check_policy(pi)


def test_networks_share_their_layer_between_observations():
    def coupled(policy):
        policy.zero_grad()
        policy(WORLD.observations[:1]).log_prob(torch.tensor([0])).sum().backward()
        return bool((policy.network[-1].weight.grad != 0).any())

    assert unreached(network_policies(WORLD), {"coupled": coupled}) == set()
    assert (table(simplest(network_policies(WORLD))) == 0.5).all()
    assert (
        unreached(
            network_policies(WORLD, max_hidden=3),
            {"three": lambda p: len(p.network[-1].weight.T) == 3},
        )
        == set()
    )


@QUICK
@given(gaussian_policies(CONTINUOUS))
def test_gaussian_policies_are_linear(policy):
    states = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], dtype=torch.float64)
    means = policy(states).mean
    assert torch.equal(means[1] + means[2] - means[0], means[3])
    assert policy.gain.abs().sum(-1).max() <= 0.5


def test_gaussian_policies_reach_wide_and_narrow_ones():
    corners = {
        "wide": lambda p: bool((p.log_std == 1).any()),
        "narrow": lambda p: bool((p.log_std == -1).any()),
        "a gain at its bound": lambda p: bool((p.gain.abs().sum(-1) == 0.5).any()),
    }
    assert unreached(gaussian_policies(CONTINUOUS), corners) == set()
    policy = simplest(gaussian_policies(CONTINUOUS))
    assert not any(parameter.any() for parameter in policy.parameters())


def test_gaussian_networks_have_a_free_deviation_or_a_second_head():
    corners = {
        "free": lambda p: p.spread is None,
        "second head": lambda p: p.spread is not None,
        "curved": lambda p: bool((p.mean.weight != 0).any() and (p.trunk[0].weight != 0).any()),
    }
    assert unreached(gaussian_network_policies(CONTINUOUS), corners) == set()
    policy = simplest(gaussian_network_policies(CONTINUOUS))
    assert policy.spread is None
    assert not any(parameter.any() for parameter in policy.parameters())


def common(agent):
    """How many tensors the policy and the value function share."""
    mine = {id(parameter) for parameter in agent.policy.parameters()}
    return sum(id(parameter) in mine for parameter in agent.value_fn.parameters())


@pytest.mark.parametrize("world", [WORLD, CONTINUOUS], ids=["tabular", "continuous"])
@pytest.mark.parametrize(
    ("agents", "shared"), [(shared_actor_critics, 2), (separate_actor_critics, 0)]
)
def test_actor_critics_share_a_layer_or_nothing(world, agents, shared):
    @QUICK
    @given(agents(world))
    def check(agent):
        assert common(agent) == shared
        distribution, value = agent(torch.zeros(4, 3, world.obs_dim, dtype=torch.float64))
        assert isinstance(distribution, Categorical | Independent)
        assert distribution.batch_shape == (4, 3)
        assert value.shape == (4, 3)

    check()
    assert not any(parameter.any() for parameter in simplest(agents(world)).parameters())


def reaches_the_policy(agent, obs):
    """Whether a gradient of the value function arrives at a parameter of the policy."""
    agent.zero_grad()
    agent.value_fn(obs).sum().backward()
    return any(p.grad is not None and bool(p.grad.any()) for p in agent.policy.parameters())


def test_the_value_functions_gradient_reaches_the_policy_where_they_share():
    assert reaches(
        shared_actor_critics(WORLD), lambda agent: reaches_the_policy(agent, WORLD.observations)
    )


@QUICK
@given(separate_actor_critics(WORLD))
def test_the_value_functions_gradient_stays_where_they_do_not_share(agent):
    assert not reaches_the_policy(agent, WORLD.observations)


@pytest.mark.parametrize(
    ("policies", "world"),
    [
        (network_policies, bandit()),
        (gaussian_network_policies, gaussian_bandit()),
        (shared_actor_critics, bandit()),
        (separate_actor_critics, gaussian_bandit()),
    ],
)
@pytest.mark.parametrize("max_hidden", [0, 17, 2.5])
def test_a_width_outside_its_range_is_refused_at_the_call(policies, world, max_hidden):
    with pytest.raises(InvalidArgument, match="max_hidden"):
        policies(world, max_hidden=max_hidden)


@pytest.mark.parametrize(
    "policies",
    [
        softmax_policies(WORLD),
        network_policies(WORLD),
        shared_actor_critics(WORLD),
        gaussian_policies(CONTINUOUS),
        gaussian_network_policies(CONTINUOUS),
    ],
)
def test_a_failing_example_is_printed_with_its_numbers(policies):
    policy = simplest(policies, lambda p: any(bool((x == 1).any()) for x in p.parameters()))
    assert "weight=[[" in repr(policy) or "gain=[[" in repr(policy)
    assert "1.0" in repr(policy)


def test_drawing_leaves_the_global_random_state_alone():
    torch.manual_seed(3)
    before = torch.get_rng_state()
    simplest(shared_actor_critics(WORLD))
    simplest(gaussian_network_policies(CONTINUOUS))
    assert torch.equal(torch.get_rng_state(), before)

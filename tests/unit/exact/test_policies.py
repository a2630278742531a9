"""Policies as tables, their divergences, Fisher matrices and derivatives."""

import math

import pytest
import torch
from torch import nn
from torch.distributions import Categorical, Normal

from rlcheck import exact
from rlcheck.errors import InvalidArgument
from rlcheck.exact import routes
from rlcheck.exact.policy import flatten, trainable_parameters, unflatten
from rlcheck.exact.routes.differences import differences
from tests.random_worlds import Policy, random_policy, random_world

WORLD = random_world(3, "aliased")


class Wrapped(nn.Module):
    """Any function of the observations as a policy with one parameter."""

    def __init__(self, function):
        super().__init__()
        self.function = function
        self.scale = nn.Parameter(torch.ones((), dtype=torch.float64))

    def forward(self, obs):
        return self.function(self.scale * obs)


def test_states_that_share_an_observation_share_their_row_to_the_last_bit():
    table = exact.policy_table(Policy(WORLD, 0, hidden=3), WORLD)
    for s in range(WORLD.n_states):
        for other in range(WORLD.n_states):
            if torch.equal(WORLD.observations[s], WORLD.observations[other]):
                assert torch.equal(table[s], table[other])


def test_rows_belong_to_their_states():
    world = random_world(0, "dense")
    policy = Policy(world, 0)
    assert torch.equal(exact.policy_table(policy, world), policy(world.observations).probs)


def test_a_float32_network_is_asked_in_its_precision_and_gives_a_table_in_float64():
    policy = Policy(WORLD, 0).to(torch.float32)
    table = exact.policy_table(policy, WORLD)
    assert table.dtype == torch.float64
    assert float((table.detach().sum(-1) - 1).abs().max()) < 1e-15
    reference = exact.policy_table(Policy(WORLD, 0), WORLD)
    assert float((table - reference).detach().abs().max()) < 1e-6
    gradient = flatten(exact.objective_gradient(WORLD, policy)).double()
    expected = flatten(exact.objective_gradient(WORLD, Policy(WORLD, 0)))
    assert float((gradient - expected).norm()) < 1e-5 * float(expected.norm())


@pytest.mark.parametrize(
    "function",
    [
        lambda obs: obs,
        lambda obs: Normal(obs, 1.0),
        lambda obs: Categorical(logits=obs.new_zeros(len(obs), 9)),
        lambda obs: Categorical(logits=obs.new_zeros(WORLD.n_actions)),
    ],
    ids=["tensor", "normal", "too many actions", "no batch"],
)
def test_what_is_no_policy_of_this_world_is_refused(function):
    with pytest.raises(InvalidArgument, match="policy"):
        exact.policy_table(Wrapped(function), WORLD)


def test_a_policy_without_parameters_has_no_gradient():
    policy = Policy(WORLD, 0).requires_grad_(False)
    with pytest.raises(InvalidArgument, match="requires_grad"):
        exact.objective_gradient(WORLD, policy)


def test_a_parameter_that_j_does_not_depend_on_gets_zeros_in_its_shape():
    policy = Policy(WORLD, 0)
    policy.unused = nn.Parameter(torch.ones(2, 3, dtype=torch.float64))
    gradient = exact.objective_gradient(WORLD, policy)
    assert set(gradient) == {"layers.0", "unused"}
    assert torch.equal(gradient["unused"], torch.zeros(2, 3, dtype=torch.float64))
    assert not exact.objective_hessian(WORLD, policy)[-6:].any()
    assert not exact.fisher_matrix(WORLD, policy)[-6:].any()


def test_flatten_and_unflatten_are_inverse():
    parameters = trainable_parameters(Policy(WORLD, 0, hidden=3))
    back = unflatten(flatten(parameters), parameters)
    assert all(torch.equal(back[name], parameters[name]) for name in parameters)


def test_kl_in_closed_form_and_in_both_directions():
    p = torch.tensor([0.5, 0.5], dtype=torch.float64)
    q = torch.tensor([0.25, 0.75], dtype=torch.float64)
    forward = 0.5 * math.log(2) + 0.5 * math.log(2 / 3)
    backward = 0.25 * math.log(1 / 2) + 0.75 * math.log(3 / 2)
    assert float(exact.kl_divergence(p, q)) == pytest.approx(forward, rel=1e-14, abs=0)
    assert float(exact.kl_divergence(q, p)) == pytest.approx(backward, rel=1e-14, abs=0)


@pytest.mark.parametrize("seed", range(20))
def test_kl_agrees_with_cross_entropy_minus_entropy(seed):
    world = random_world(seed)
    p = exact.policy_table(random_policy(world, seed), world).detach()
    q = exact.policy_table(random_policy(world, seed + 100), world).detach()
    found = exact.kl_divergence(p, q)
    cross = -torch.special.xlogy(p, q).sum(-1)
    entropy = torch.special.entr(p).sum(-1)
    assert float((found - (cross - entropy)).abs().max()) <= 1e-12 * float(cross.max())
    weights = torch.linspace(0, 1, world.n_states, dtype=torch.float64)
    assert float(exact.mean_kl_divergence(p, q, weights)) == pytest.approx(
        float((weights * found).sum()), rel=1e-13
    )


def test_kl_at_the_edge_of_the_simplex():
    p = torch.tensor([1.0, 0.0], dtype=torch.float64, requires_grad=True)
    q = torch.tensor([0.5, 0.5], dtype=torch.float64, requires_grad=True)
    forward = exact.kl_divergence(p, q)
    assert float(forward.detach()) == pytest.approx(math.log(2))
    slopes = torch.autograd.grad(forward, [p, q])
    assert all(torch.isfinite(slope).all() for slope in slopes)
    assert float(exact.kl_divergence(q, p).detach()) == math.inf


def test_kl_of_a_state_of_weight_zero_counts_nothing_even_where_it_is_infinite():
    p = torch.tensor([[0.5, 0.5], [0.5, 0.5]], dtype=torch.float64)
    q = torch.tensor([[0.5, 0.5], [1.0, 0.0]], dtype=torch.float64)
    weights = torch.tensor([1.0, 0.0], dtype=torch.float64)
    assert float(exact.mean_kl_divergence(p, q, weights)) == 0


def test_fisher_of_a_softmax_in_closed_form():
    world = random_world(0, "dense")
    policy = Policy(world, 0)
    pi = exact.policy_table(policy, world).detach()
    weights = torch.linspace(1, 2, world.n_states, dtype=torch.float64)
    blocks = [
        w * (torch.diag(row) - torch.outer(row, row)) for w, row in zip(weights, pi, strict=True)
    ]
    found = exact.fisher_matrix(world, policy, weights)
    expected = torch.block_diag(*blocks)
    assert float((found - expected).norm()) <= 1e-14 * float(expected.norm())


def test_fisher_weights_of_another_shape_are_refused():
    with pytest.raises(ValueError, match="weights"):
        exact.fisher_matrix(WORLD, Policy(WORLD, 0), torch.ones(99, dtype=torch.float64))


def test_differences_know_their_own_error():
    point = torch.tensor([0.3, -0.7], dtype=torch.float64)
    found = differences(
        lambda v: torch.stack([v[0].exp() * v[1].sin(), v[0] ** 3]),
        point,
        torch.eye(2, dtype=torch.float64),
    )
    x, y = point.tolist()
    expected = torch.tensor(
        [[math.exp(x) * math.sin(y), 3 * x**2], [math.exp(x) * math.cos(y), 0.0]],
        dtype=torch.float64,
    )
    error = (found.slope - expected).abs()
    assert (error <= 2 * found.error).all()
    assert float(found.error.max()) < 1e-11


def test_differences_by_every_coordinate_are_the_gradient():
    world = random_world(2, "terminating")
    policy = Policy(world, 2)
    before = flatten(trainable_parameters(policy)).detach().clone()
    found = routes.gradient_by_differences(world, policy)
    gradient = flatten(exact.objective_gradient(world, policy))
    assert ((found.slope[:, 0] - gradient).abs() <= 2 * found.error[:, 0]).all()
    assert float(found.error.max()) < 1e-8 * float(gradient.norm())
    assert torch.equal(flatten(trainable_parameters(policy)), before)

"""Against the Fisher matrix of `rlcheck.exact`, which takes outer products of scores."""

import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.distributions import Categorical, kl_divergence

from rlcheck import exact
from rlcheck.errors import InvalidArgument
from rlcheck.steps import fisher_vector_product
from rlcheck.worlds import TabularMDP, gallery


class Softmax(nn.Module):
    def __init__(self, n_obs: int, n_actions: int, hidden: int, seed: int) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        widths = [n_obs, hidden, n_actions] if hidden else [n_obs, n_actions]
        layers = [nn.Linear(a, b, dtype=torch.float64) for a, b in itertools.pairwise(widths)]
        self.network = nn.Sequential(
            layers[0], *(m for layer in layers[1:] for m in (nn.Tanh(), layer))
        )
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.copy_(
                    torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
                )

    def forward(self, obs: torch.Tensor) -> Categorical:
        return Categorical(logits=self.network(obs))


def world() -> TabularMDP:
    return gallery.garnet(n_states=4, n_actions=3, branching=2, gamma=0.9, seed=1)


def divergence(policy: nn.Module, old: nn.Module, where: TabularMDP) -> torch.Tensor:
    obs = where.observations
    with torch.no_grad():
        before = old(obs)
    each = kl_divergence(before, policy(obs))
    return each @ torch.full((len(obs),), 1 / len(obs), dtype=torch.float64)


def dense(product, size: int) -> torch.Tensor:
    return torch.stack([product(row) for row in torch.eye(size, dtype=torch.float64)])


def with_fisher_matrix(seed: int, hidden: int) -> tuple[TabularMDP, Softmax, torch.Tensor]:
    """A world, a policy, and the exact Fisher matrix of the two, all states counted alike."""
    where = world()
    policy = Softmax(where.observations.shape[1], where.n_actions, hidden, seed)
    uniform = torch.full((where.n_states,), 1 / where.n_states, dtype=torch.float64)
    fisher = exact.fisher_matrix(where, policy, uniform)
    return where, policy, fisher


@settings(max_examples=15)
@given(seed=st.integers(0, 1000), hidden=st.sampled_from([0, 3]))
def test_at_the_old_policy_it_is_the_fisher_matrix(seed: int, hidden: int) -> None:
    where, policy, due = with_fisher_matrix(seed, hidden)
    product = fisher_vector_product(divergence(policy, policy, where), list(policy.parameters()))
    found = dense(product, len(due))
    assert torch.allclose(found, due, rtol=0, atol=1e-12 * float(due.abs().max()) + 1e-14)
    assert torch.allclose(found, found.T, rtol=0, atol=1e-14)
    assert float(torch.linalg.eigvalsh(found).min()) > -1e-13


def test_away_from_the_old_policy_it_is_not() -> None:
    where = world()
    policy, old = (Softmax(where.observations.shape[1], 3, 3, seed) for seed in (1, 2))
    uniform = torch.full((where.n_states,), 1 / where.n_states, dtype=torch.float64)
    fisher = exact.fisher_matrix(where, policy, uniform)
    product = fisher_vector_product(divergence(policy, old, where), list(policy.parameters()))
    assert (dense(product, len(fisher)) - fisher).norm() > 0.01 * fisher.norm()


def test_damping_is_added() -> None:
    where = world()
    policy = Softmax(where.observations.shape[1], 3, 0, 0)
    parameters = list(policy.parameters())
    plain, damped = (
        dense(
            fisher_vector_product(divergence(policy, policy, where), parameters, damping=c),
            sum(p.numel() for p in parameters),
        )
        for c in (0.0, 0.25)
    )
    due = plain + 0.25 * torch.eye(len(plain), dtype=torch.float64)
    assert torch.allclose(damped, due, rtol=0, atol=1e-15)
    # A tabular softmax may shift all logits of a state: its Fisher matrix is singular.
    assert torch.linalg.matrix_rank(plain, hermitian=True) < len(plain)


def test_a_parameter_that_takes_no_part_has_no_curvature() -> None:
    used, spare = (torch.ones(2, dtype=torch.float64, requires_grad=True) for _ in range(2))
    product = fisher_vector_product((used**2).sum(), [used, spare])
    assert product(torch.ones(4, dtype=torch.float64)).tolist() == [2.0, 2.0, 0.0, 0.0]
    linear = fisher_vector_product(used.sum(), [used], damping=0.5)
    assert linear(torch.ones(2, dtype=torch.float64)).tolist() == [0.5, 0.5]


@pytest.mark.parametrize(
    ("value", "damping"), [(torch.ones(()), 0.0), (torch.ones(2, requires_grad=True), 0.0),
                           (torch.ones((), requires_grad=True), -1.0)]
)  # fmt: skip
def test_wrong_use_is_refused(value, damping) -> None:
    with pytest.raises(InvalidArgument):
        fisher_vector_product(value, [value], damping=damping)

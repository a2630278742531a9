"""Against the Fisher matrix of `rlcheck.exact`, and the second derivative of a divergence."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rlcheck.algorithms.environments import Actions
from rlcheck.algorithms.networks import make_networks
from rlcheck.errors import InvalidArgument
from rlcheck.steps import fisher_vector_product, gauss_newton_product
from tests.unit.steps.test_fisher_vector_product import dense, with_fisher_matrix

KINDS = {
    "discrete": Actions(kind="discrete", size=3),
    "multi-discrete": Actions(kind="multi-discrete", size=2, choices=(2, 3)),
    "continuous": Actions(kind="continuous", size=2, low=-torch.ones(2), high=torch.ones(2)),
    "squashed": Actions(kind="squashed", size=2, low=-torch.ones(2), high=torch.ones(2)),
}


@settings(max_examples=15)
@given(seed=st.integers(0, 1000), hidden=st.sampled_from([0, 3]))
def test_of_log_probabilities_it_is_the_fisher_matrix(seed: int, hidden: int) -> None:
    where, policy, due = with_fisher_matrix(seed, hidden)
    log_pi = policy.network(where.observations).log_softmax(-1)
    weights = log_pi.detach().exp() / where.n_states
    product = gauss_newton_product(log_pi, lambda t: weights * t, list(policy.parameters()))
    found = dense(product, len(due))
    assert torch.allclose(found, due, rtol=0, atol=1e-12 * float(due.abs().max()) + 1e-14)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(3))
def test_each_kind_of_action_has_the_metric_of_its_divergence(kind, seed) -> None:
    """Its Fisher metric is the second derivative of its KL, by double differentiation."""
    networks = make_networks(4, KINDS[kind], seed, width=5).double()
    named = networks.named_parameters()
    parameters = [p for name, p in named if not name.startswith("critic.")]
    with torch.no_grad():
        for p in parameters:
            p += 0.3 * torch.randn(p.shape, generator=torch.Generator().manual_seed(seed))
    obs = torch.randn(6, 4, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    described = networks.described(obs)
    old = described.detach()
    product = gauss_newton_product(
        described, lambda t: networks.metric(old, t) / len(obs), parameters, damping=0.1
    )
    divergence = networks.between(old, networks.described(obs)).mean()
    due = fisher_vector_product(divergence, parameters, damping=0.1)
    size = sum(p.numel() for p in parameters)
    expected = dense(due, size)
    assert torch.allclose(dense(product, size), expected, rtol=0, atol=1e-13)
    assert float((expected - 0.1 * torch.eye(size)).norm()) > 0.1


def test_a_wrong_metric_is_another_matrix() -> None:
    networks = make_networks(4, KINDS["continuous"], 0, width=5).double()
    obs = torch.ones(3, 4, dtype=torch.float64)
    described = networks.described(obs)
    parameters = [networks.actor_logstd]
    product = gauss_newton_product(described, lambda t: t / len(obs), parameters)
    v = torch.ones(2, dtype=torch.float64)
    assert product(v).tolist() == [1.0, 1.0]  # the deviations' metric is two


def test_a_parameter_that_takes_no_part_has_no_curvature() -> None:
    used, spare = (torch.ones(2, dtype=torch.float64, requires_grad=True) for _ in range(2))
    product = gauss_newton_product(3 * used, lambda t: t, [spare, used], damping=0.5)
    assert product(torch.ones(4, dtype=torch.float64)).tolist() == [0.5, 0.5, 9.5, 9.5]


@pytest.mark.parametrize(
    ("describe", "due"),
    [
        (lambda used, spare: used, 1.5),
        (lambda used, spare: used.round(), 0.5),
        (lambda used, spare: 3 * spare, 0.5),
    ],
    ids=["identity", "cut off", "none of them"],
)
def test_the_ends_of_what_a_description_may_be(describe, due) -> None:
    used, spare = (torch.ones(2, dtype=torch.float64, requires_grad=True) for _ in range(2))
    product = gauss_newton_product(describe(used, spare), lambda t: t, [used], damping=0.5)
    assert product(torch.ones(2, dtype=torch.float64)).tolist() == [due, due]


@pytest.mark.parametrize(
    ("described", "damping"), [(torch.ones(2), 0.0), (torch.ones(2, requires_grad=True), -1.0)]
)
def test_wrong_use_is_refused(described, damping) -> None:
    with pytest.raises(InvalidArgument):
        gauss_newton_product(described, lambda t: t, [described], damping=damping)

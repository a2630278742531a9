"""Rényi's divergence against plain sums in fractions, its limit, and the weights' variance."""

from fractions import Fraction

import pytest
import torch

from rlcheck import exact
from rlcheck.errors import InvalidArgument

P = torch.tensor([[0.5, 0.25, 0.25], [1.0, 0.0, 0.0]], dtype=torch.float64)
Q = torch.tensor([[0.25, 0.25, 0.5], [0.5, 0.5, 0.0]], dtype=torch.float64)


def in_fractions(p, q, order):
    """Σ p^order q^(1 − order) over what is taken, for a whole order."""
    return sum(
        Fraction(float(a)) ** int(order) * Fraction(float(b)) ** (1 - int(order))
        for a, b in zip(p, q, strict=True)
        if a > 0
    )


@pytest.mark.parametrize("order", [2.0, 3.0])
def test_it_is_the_logarithm_of_a_plain_sum(order):
    found = ((order - 1) * exact.renyi_divergence(P, Q, order)).exp()
    due = [float(in_fractions(p, q, order)) for p, q in zip(P, Q, strict=True)]
    assert found.tolist() == pytest.approx(due, rel=1e-14)


def test_its_exponential_is_one_plus_the_variance_of_the_weights():
    weights = P[0] / Q[0]
    variance = Q[0] @ (weights - 1).square()
    assert float(exact.renyi_divergence(P, Q)[0].exp()) == pytest.approx(float(1 + variance))


def test_it_grows_with_the_order_from_the_kl_on():
    orders = (0.5, 1 + 1e-7, 2.0, 5.0)
    found = [float(exact.renyi_divergence(P, Q, order)[0]) for order in orders]
    assert found == sorted(found)
    assert found[1] == pytest.approx(float(exact.kl_divergence(P, Q)[0]), rel=1e-6)


def test_it_is_zero_of_a_law_and_itself_and_infinite_without_support():
    assert exact.renyi_divergence(P, P).tolist() == [0.0, 0.0]
    assert exact.renyi_divergence(Q, P).tolist()[1] == float("inf")


def test_its_gradient_has_no_hole_where_nothing_is_taken():
    p = P.clone().requires_grad_()
    exact.renyi_divergence(p, Q).sum().backward()
    assert p.grad is not None
    assert bool(p.grad.isfinite().all())


@pytest.mark.parametrize("order", [0.0, 1.0, -1.0, float("inf")])
def test_orders_that_have_no_such_form_are_refused(order):
    with pytest.raises(InvalidArgument, match="order"):
        exact.renyi_divergence(P, Q, order)

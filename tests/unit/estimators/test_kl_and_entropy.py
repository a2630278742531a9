import math

import pytest
import torch
from torch import Tensor

from rlcheck.errors import InvalidArgument
from rlcheck.estimators import (
    entropy_categorical,
    entropy_categorical_probs,
    entropy_diagonal_gaussian,
    entropy_sampled,
    kl_categorical,
    kl_categorical_probs,
    kl_diagonal_gaussian,
    kl_k1,
    kl_k2,
    kl_k3,
)

EPS = torch.finfo(torch.float64).eps


def softmax(row: list[float]) -> list[float]:
    top = max(row)
    weights = [math.exp(x - top) for x in row]
    return [w / sum(weights) for w in weights]


def brute_kl(p: list[float], q: list[float]) -> float:
    return sum(a * math.log(a / b) for a, b in zip(p, q, strict=True) if a > 0)


def random_logits() -> tuple[Tensor, Tensor]:
    return tuple(2 * torch.randn(2, 5, 4, dtype=torch.float64))


def test_categorical_by_summing_over_actions() -> None:
    p, q = random_logits()
    for i in range(5):
        p_row, q_row = softmax(p[i].tolist()), softmax(q[i].tolist())
        expected = brute_kl(p_row, q_row)
        assert abs(expected - brute_kl(q_row, p_row)) > 1e-3, "the direction must show"
        # Logarithms of size ten at most, rounded a few times, summed over four actions.
        close = pytest.approx(expected, abs=200 * EPS)
        assert kl_categorical(p, q)[i].item() == close
        assert kl_categorical_probs(p.softmax(-1), q.softmax(-1))[i].item() == close
        entropy = pytest.approx(-sum(x * math.log(x) for x in p_row), abs=200 * EPS)
        assert entropy_categorical(p)[i].item() == entropy
        assert entropy_categorical_probs(p.softmax(-1))[i].item() == entropy


def test_impossible_actions() -> None:
    p = torch.tensor([0.0, 1.0, -torch.inf], dtype=torch.float64, requires_grad=True)
    q = torch.tensor([0.5, 0.5, 0.0], dtype=torch.float64)
    probs = p.detach().softmax(-1)
    assert kl_categorical(p, q).item() == pytest.approx(
        brute_kl(probs.tolist(), softmax(q.tolist())), abs=100 * EPS
    )
    for function in (lambda: kl_categorical(p, q), lambda: entropy_categorical(p)):
        assert torch.autograd.grad(function(), p)[0].isfinite().all()
    assert kl_categorical(q, p) == torch.inf
    assert kl_categorical_probs(q.softmax(-1), probs) == torch.inf
    assert kl_categorical_probs(probs, probs) == 0


def test_gaussian_by_quadrature() -> None:
    mean_p, mean_q, log_std_p, log_std_q = 0.3, -0.4, -0.2, 0.5

    def log_density(x: Tensor, mean: float, log_std: float) -> Tensor:
        z = (x - mean) / math.exp(log_std)
        return -0.5 * z.square() - log_std - 0.5 * math.log(2 * math.pi)

    # The trapezium rule on an analytic, fast decaying integrand converges geometrically.
    x = torch.linspace(-15, 15, 3001, dtype=torch.float64)
    p, q = log_density(x, mean_p, log_std_p), log_density(x, mean_q, log_std_q)
    one = [torch.tensor([v], dtype=torch.float64) for v in (mean_p, log_std_p, mean_q, log_std_q)]
    expected = torch.trapezoid(p.exp() * (p - q), x).item()
    assert kl_diagonal_gaussian(*one).item() == pytest.approx(expected, abs=1e-13)
    two = [torch.cat([v, v]) for v in one]
    assert kl_diagonal_gaussian(*two).item() == pytest.approx(2 * expected, abs=2e-13)
    entropy = torch.trapezoid(-p.exp() * p, x).item()
    assert entropy_diagonal_gaussian(one[1]).item() == pytest.approx(entropy, abs=1e-13)


def test_expectations_of_the_sampled_estimates() -> None:
    """All actions are listed, so every expectation is a finite sum."""
    logits, other = random_logits()
    logp, logq = logits.log_softmax(-1), other.log_softmax(-1)
    p, exact = logp.exp(), kl_categorical(logits, other)
    for unbiased in (kl_k1, kl_k3):
        assert torch.allclose((p * unbiased(logp, logq)).sum(-1), exact, rtol=0, atol=200 * EPS)
    k2 = (p * (logp - logq) ** 2 / 2).sum(-1)
    assert torch.allclose((p * kl_k2(logp, logq)).sum(-1), k2, rtol=0, atol=200 * EPS)
    assert (kl_k3(logp, logq) >= 0).all()
    assert (kl_k1(logp, logq) < 0).any()


def test_sampled_entropy_has_the_right_value_and_gradient_in_expectation() -> None:
    logits = random_logits()[0].requires_grad_()
    logp = logits.log_softmax(-1)
    exact = entropy_categorical(logits)
    sampled = (logp.detach().exp() * entropy_sampled(logp, logp.detach())).sum(-1)
    assert torch.allclose(sampled, exact, rtol=0, atol=200 * EPS)
    expected = torch.autograd.grad(exact.sum(), logits, retain_graph=True)[0]
    found = torch.autograd.grad(sampled.sum(), logits)[0]
    assert torch.allclose(found, expected, rtol=0, atol=200 * EPS)


def test_wrong_shapes_are_refused() -> None:
    x = torch.zeros(3, 2)
    for function in (kl_categorical, kl_categorical_probs, kl_k1, kl_k2, kl_k3, entropy_sampled):
        with pytest.raises(InvalidArgument, match="nothing is broadcast"):
            function(x, x[:1])
    with pytest.raises(InvalidArgument, match="log_std_q"):
        kl_diagonal_gaussian(x, x, x, x[0])

import math

import pytest
import torch
from hypothesis import given

from rlcheck.errors import InvalidArgument
from rlcheck.estimators import (
    constant_baseline,
    effective_sample_size,
    leave_one_out_baseline,
    per_decision_weights,
    per_step_weights,
    per_trajectory_weights,
    state_value_baseline,
    variance_minimising_baseline,
)
from tests.unit.estimators import oracles
from tests.unit.estimators.batches import Batch, batches, quarters

EPS = torch.finfo(torch.float64).eps


@given(batch=batches())
def test_weights_are_products_over_the_right_steps(batch: Batch) -> None:
    logp, logp_old = batch.values, batch.next_values
    flags = (batch.terminated, batch.truncated)
    one = per_step_weights(logp, logp_old)
    so_far = per_decision_weights(logp, logp_old, *flags)
    whole = per_trajectory_weights(logp, logp_old, *flags)
    for n in range(logp.shape[1]):
        over, cut = (x[:, n].tolist() for x in flags)
        log_ratio = (logp - logp_old)[:, n].tolist()
        for t in range(len(over)):
            first, last = oracles.first_step(t, over, cut), oracles.last_step(t, over, cut)
            # Sums of quarters are exact: what is left is one rounding of exp on either side.
            assert one[t, n].item() == pytest.approx(math.exp(log_ratio[t]), rel=2 * EPS)
            expected = math.exp(sum(log_ratio[first : t + 1]))
            assert so_far[t, n].item() == pytest.approx(expected, rel=2 * EPS)
            expected = math.exp(sum(log_ratio[first : last + 1]))
            assert whole[t, n].item() == pytest.approx(expected, rel=2 * EPS)


def test_masked_slots_have_ratio_one_and_no_gradient() -> None:
    logp = quarters((4, 2), 0).requires_grad_()
    logp_old = quarters((4, 2), 1)
    mask = torch.tensor([[1, 1], [1, 0], [1, 0], [0, 0]])
    poisoned = torch.where(mask.bool(), logp_old, -torch.inf)
    for function in (per_step_weights, per_decision_weights, per_trajectory_weights):
        weights = function(logp, poisoned, mask=mask)
        gradient = torch.autograd.grad(weights.sum(), logp)[0]
        assert weights.isfinite().all()
        assert not gradient[~mask.bool()].any()
        assert gradient[mask.bool()].all()


def test_effective_sample_size() -> None:
    assert effective_sample_size(torch.full((7,), 3.0)) == 7
    assert effective_sample_size(torch.tensor([0.0, 5.0, 0.0])) == 1
    weights = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
    assert effective_sample_size(weights).item() == pytest.approx(36 / 14, rel=8 * EPS)
    huge = effective_sample_size(1e200 * weights).item()
    assert huge == pytest.approx(36 / 14, rel=8 * EPS)
    mask = torch.tensor([True, True, False])
    assert effective_sample_size(weights, mask).item() == pytest.approx(9 / 5, rel=8 * EPS)


def test_mean_baselines() -> None:
    returns, mask = quarters((6, 2), 0), torch.rand(6, 2) < 0.7
    chosen = [
        x for x, m in zip(returns.flatten().tolist(), mask.flatten().tolist(), strict=True) if m
    ]
    assert constant_baseline(returns, mask).item() == pytest.approx(sum(chosen) / len(chosen))
    column = returns[:, 0]
    for n, found in enumerate(leave_one_out_baseline(column).tolist()):
        others = [x for m, x in enumerate(column.tolist()) if m != n]
        assert found == pytest.approx(sum(others) / len(others), rel=16 * EPS)


def test_state_value_baseline() -> None:
    returns, states = quarters((6, 3), 0), torch.randint(3, (6, 3))
    mask = torch.rand(6, 3) < 0.7
    found = state_value_baseline(returns, states, 4, mask)
    for t in range(6):
        for n in range(3):
            same = returns[mask & (states == states[t, n])]
            expected = sum(same.tolist()) / len(same) if mask[t, n] else 0.0
            assert found[t, n].item() == pytest.approx(expected, rel=16 * EPS)


def test_variance_minimising_baseline_is_where_the_variance_is_least() -> None:
    scores = torch.randn(9, 3, dtype=torch.float64)
    probability = torch.rand(9, dtype=torch.float64).softmax(0)
    # A score has mean zero: without that, the mean would move with b and the minimum with it.
    scores = scores - probability @ scores
    returns = torch.randn(9, dtype=torch.float64)

    def total_variance(b: torch.Tensor) -> torch.Tensor:
        samples = scores * (returns - b).unsqueeze(-1)
        mean = probability @ samples
        return (probability @ samples.square() - mean.square()).sum()

    best = variance_minimising_baseline(returns, scores, probability)
    b = best.clone().requires_grad_()
    slope = torch.autograd.grad(total_variance(b), b)[0]
    scale = (probability.unsqueeze(-1) * scores.square()).sum() * returns.abs().max()
    assert slope.abs() <= 64 * EPS * scale
    assert total_variance(best) < total_variance(best + 0.1)
    equal = torch.full((9,), 1 / 9, dtype=torch.float64)
    assert variance_minimising_baseline(returns, scores).item() == pytest.approx(
        variance_minimising_baseline(returns, scores, equal).item(), rel=64 * EPS
    )


def test_wrong_use_is_refused() -> None:
    x = torch.ones(3, 2)
    with pytest.raises(InvalidArgument, match="logp_old"):
        per_step_weights(x, x.unsqueeze(-1))
    with pytest.raises(InvalidArgument, match="leaving one out"):
        leave_one_out_baseline(x)
    with pytest.raises(InvalidArgument, match="out of range"):
        state_value_baseline(x, torch.full((3, 2), 5), 5)
    with pytest.raises(InvalidArgument, match=r"scores \[N, P\]"):
        variance_minimising_baseline(x[:, 0], x[:2])
    with pytest.raises(InvalidArgument, match="no step"):
        constant_baseline(x[:0])

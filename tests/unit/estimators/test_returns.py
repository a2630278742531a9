from fractions import Fraction

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rlcheck.errors import InvalidArgument
from rlcheck.estimators import (
    bootstrapped_returns,
    discount_weights,
    discounted_reward_to_go,
    forward_scan,
    full_return,
    n_step_returns,
    reverse_scan,
    reward_to_go,
    steps_since_start,
    td_errors,
    td_lambda_returns,
)
from tests.unit.estimators import oracles
from tests.unit.estimators.batches import DYADIC, Batch, batches, every_ending, quarters


@given(length=st.integers(0, 33), columns=st.integers(1, 2), seed=st.integers(0, 99))
def test_scans_solve_their_recurrences(length: int, columns: int, seed: int) -> None:
    # Zeros, ones and halves keep 33 rows exact.
    a = quarters((length, columns), seed).sign().abs() / 2 ** (seed % 2)
    b = quarters((length, columns), seed + 1)
    back, forth = reverse_scan(a, b), forward_scan(a, b)
    for t in range(length):
        later = back[t + 1] if t + 1 < length else 0.0
        sooner = forth[t - 1] if t else 0.0
        assert torch.equal(back[t], b[t] + a[t] * later)
        assert torch.equal(forth[t], b[t] + a[t] * sooner)


def test_scan_is_differentiable_in_both() -> None:
    a, b = torch.randn(2, 7, 2, dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(reverse_scan, [a, b])
    assert torch.autograd.gradcheck(forward_scan, [a, b])


@given(batch=batches(), gamma=DYADIC)
def test_reward_to_go_and_what_is_made_of_it(batch: Batch, gamma: float) -> None:
    flags = (batch.terminated, batch.truncated)
    to_go = oracles.by_column(oracles.reward_to_go, batch.rewards, *flags, g=Fraction(gamma))
    assert torch.equal(reward_to_go(batch.rewards, gamma, *flags), to_go)
    length, columns = batch.rewards.shape
    for n in range(columns):
        over, cut = (x[:, n].tolist() for x in flags)
        for t in range(length):
            first = oracles.first_step(t, over, cut)
            assert steps_since_start(batch.rewards, *flags)[t, n] == t - first
            weight = gamma ** (t - first)
            assert discount_weights(batch.rewards, gamma, *flags)[t, n] == weight
            discounted = discounted_reward_to_go(batch.rewards, gamma, *flags)
            assert discounted[t, n] == weight * to_go[t, n]
            assert full_return(batch.rewards, gamma, *flags)[t, n] == to_go[first, n]


@given(batch=batches(), gamma=DYADIC)
def test_bootstrapped_returns_are_all_rewards_and_then_the_critic(
    batch: Batch, gamma: float
) -> None:
    arrays = (batch.rewards, batch.next_values, batch.terminated, batch.truncated)

    def column(r, nv, over, cut, g):
        return [oracles.n_step(t, len(r), r, nv, over, cut, g) for t in range(len(r))]

    exact = oracles.by_column(column, *arrays, g=Fraction(gamma))
    assert torch.equal(bootstrapped_returns(*arrays, gamma), exact)


@given(batch=batches(), gamma=DYADIC, n=st.integers(1, 10))
def test_n_step_returns(batch: Batch, gamma: float, n: int) -> None:
    arrays = (batch.rewards, batch.next_values, batch.terminated, batch.truncated)

    def column(r, nv, over, cut, g):
        return [oracles.n_step(t, n, r, nv, over, cut, g) for t in range(len(r))]

    exact = oracles.by_column(column, *arrays, g=Fraction(gamma))
    assert torch.equal(n_step_returns(*arrays, gamma, n), exact)


@given(batch=batches(), gamma=DYADIC, lam=DYADIC)
def test_td_lambda_is_the_weighted_mean_of_n_step_returns(
    batch: Batch, gamma: float, lam: float
) -> None:
    arrays = (batch.rewards, batch.next_values, batch.terminated, batch.truncated)

    def column(r, nv, over, cut, g, lam):
        return [oracles.lambda_return(t, r, nv, over, cut, g, lam) for t in range(len(r))]

    exact = oracles.by_column(column, *arrays, g=Fraction(gamma), lam=Fraction(lam))
    assert torch.equal(td_lambda_returns(*arrays, gamma, lam), exact)


def test_a_truncated_step_bootstraps_and_a_terminated_one_does_not() -> None:
    batch = every_ending(1, consistent=False)
    found = td_errors(batch.rewards, batch.values, batch.next_values, batch.terminated, 0.5)
    one_step = batch.rewards - batch.values
    bootstrapped = one_step + 0.5 * batch.next_values
    assert torch.equal(found, torch.where(batch.terminated, one_step, bootstrapped))


def test_masked_rewards_count_as_zero() -> None:
    rewards, no_rewards = quarters((5, 3), 0), quarters((5, 3), 0)
    mask = torch.ones(5, 3, dtype=torch.bool)
    mask[3:, 1] = False
    no_rewards[3:, 1] = 0.0
    rewards[3:, 1] = torch.inf
    for function in (reward_to_go, discounted_reward_to_go, full_return):
        assert torch.equal(function(rewards, 0.5, mask=mask), function(no_rewards, 0.5))


def test_gradients_flow() -> None:
    batch = every_ending(2, consistent=False)
    leaves = [batch.rewards.requires_grad_(), batch.next_values.requires_grad_()]
    flags = (batch.terminated, batch.truncated)
    assert torch.autograd.gradcheck(lambda r, v: bootstrapped_returns(r, v, *flags, 0.9), leaves)
    assert torch.autograd.gradcheck(lambda r, v: n_step_returns(r, v, *flags, 0.9, 2), leaves)
    assert torch.autograd.gradcheck(lambda r, v: td_lambda_returns(r, v, *flags, 0.9, 0.8), leaves)
    assert torch.autograd.gradcheck(lambda r: full_return(r, 0.9, *flags), leaves[:1])


def test_wrong_use_is_refused() -> None:
    x, flags = torch.ones(3, 2), torch.zeros(3, 2, dtype=torch.bool)
    with pytest.raises(InvalidArgument, match="terminated"):
        reward_to_go(x, 0.9, flags.unsqueeze(-1))
    with pytest.raises(InvalidArgument, match="next_values"):
        bootstrapped_returns(x, x[:, :1], flags, flags, 0.9)
    with pytest.raises(InvalidArgument, match="gamma"):
        reward_to_go(x, 1.5)
    with pytest.raises(InvalidArgument, match="n >= 1"):
        n_step_returns(x, x, flags, flags, 0.9, 0)
    with pytest.raises(InvalidArgument, match="coefficients"):
        reverse_scan(x[:2], x)

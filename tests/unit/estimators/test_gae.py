import sys
from fractions import Fraction

import pytest
import torch
from hypothesis import given
from torch import Tensor

from rlcheck.errors import InvalidArgument
from rlcheck.estimators import bootstrapped_returns, gae, gae_by_scan, td_lambda_returns
from tests.unit.estimators import oracles
from tests.unit.estimators.batches import DYADIC, Batch, batches, every_ending

gae_module = sys.modules["rlcheck.estimators.gae"]


def fields(batch: Batch) -> tuple[Tensor, ...]:
    return tuple(getattr(batch, name) for name in batch.__dataclass_fields__)


def mean_of_n_step_advantages(r, v, nv, over, cut, g, lam):
    return [oracles.lambda_return(t, r, nv, over, cut, g, lam) - v[t] for t in range(len(r))]


@given(batch=batches(), gamma=DYADIC, lam=DYADIC)
def test_is_the_double_sum_of_td_errors(batch: Batch, gamma: float, lam: float) -> None:
    exact = oracles.by_column(
        oracles.gae_as_sum, *fields(batch), g=Fraction(gamma), lam=Fraction(lam)
    )
    assert torch.equal(gae(*fields(batch), gamma, lam), exact)


@given(batch=batches(consistent=True), gamma=DYADIC, lam=DYADIC)
def test_is_the_weighted_mean_of_n_step_advantages(batch: Batch, gamma: float, lam: float) -> None:
    exact = oracles.by_column(
        mean_of_n_step_advantages, *fields(batch), g=Fraction(gamma), lam=Fraction(lam)
    )
    assert torch.equal(gae(*fields(batch), gamma, lam), exact)


@pytest.mark.parametrize("route", ["scan", "compiled"])
def test_every_ending_at_every_place(route: str) -> None:
    batch = every_ending(5, consistent=True)
    if route == "compiled":
        pytest.importorskip("numba")
    function = gae_by_scan if route == "scan" else gae_module._compiled()
    exact = oracles.by_column(
        mean_of_n_step_advantages, *fields(batch), g=Fraction(3, 4), lam=Fraction(1, 2)
    )
    assert torch.equal(function(*fields(batch), 0.75, 0.5), exact)


@given(batch=batches(consistent=True), gamma=DYADIC)
def test_lambda_one_telescopes_to_return_minus_value(batch: Batch, gamma: float) -> None:
    returns = bootstrapped_returns(
        batch.rewards, batch.next_values, batch.terminated, batch.truncated, gamma
    )
    assert torch.equal(gae(*fields(batch), gamma, 1.0), returns - batch.values)


@given(batch=batches(consistent=True), gamma=DYADIC, lam=DYADIC)
def test_advantage_and_value_make_the_lambda_return(batch: Batch, gamma: float, lam: float) -> None:
    returns = td_lambda_returns(
        batch.rewards, batch.next_values, batch.terminated, batch.truncated, gamma, lam
    )
    assert torch.equal(gae(*fields(batch), gamma, lam) + batch.values, returns)


@given(batch=batches(), gamma=DYADIC, lam=DYADIC)
def test_flat_and_other_flag_types_change_nothing(batch: Batch, gamma: float, lam: float) -> None:
    expected = gae(*fields(batch), gamma, lam)
    columns = zip(*(x.T for x in fields(batch)), strict=True)
    flat = torch.stack([gae(*column, gamma, lam) for column in columns], dim=1)
    numbers = [x.double() if x.dtype == torch.bool else x for x in fields(batch)]
    assert torch.equal(flat, expected)
    assert torch.equal(gae(*numbers, gamma, lam), expected)


def test_next_values_at_a_termination_are_not_read() -> None:
    batch = every_ending(4, consistent=False)
    poisoned = batch.next_values.masked_fill(batch.terminated, torch.nan)
    arguments = list(fields(batch))
    expected = gae(*arguments, 0.9, 0.9)
    arguments[2] = poisoned
    assert torch.equal(gae(*arguments, 0.9, 0.9), expected)
    large = [x.repeat(40, 80) for x in arguments]
    assert large[0].numel() >= gae_module.SMALLEST_COMPILED
    assert not gae(*large, 0.9, 0.9).isnan().any()


def test_gradient_is_that_of_the_written_out_recursion() -> None:
    batch = every_ending(3, consistent=False)
    rewards, values, next_values = (
        x.clone().requires_grad_() for x in (batch.rewards, batch.values, batch.next_values)
    )
    weight = torch.randn_like(batch.rewards)
    later, total = torch.zeros_like(weight[0]), torch.tensor(0.0)
    for t in reversed(range(3)):
        bootstrap = torch.where(batch.terminated[t], 0.0, next_values[t])
        stop = batch.terminated[t] | batch.truncated[t]
        later = rewards[t] + 0.9 * bootstrap - values[t] + 0.72 * torch.where(stop, 0.0, later)
        total = total + (weight[t] * later).sum()
    expected = torch.autograd.grad(total, [rewards, values, next_values])
    found = torch.autograd.grad(
        (weight * gae(rewards, values, next_values, *fields(batch)[3:], 0.9, 0.8)).sum(),
        [rewards, values, next_values],
    )
    for a, b in zip(found, expected, strict=True):
        # A few roundings a row, three rows.
        assert (a - b).norm() <= 16 * torch.finfo(torch.float64).eps * b.norm()


def test_second_derivatives_exist() -> None:
    batch = every_ending(3, consistent=False)
    values = batch.values[:, :4].clone().requires_grad_()
    others = [x[:, :4] for x in fields(batch)]

    def squares(v: Tensor) -> Tensor:
        return gae(others[0], v, *others[2:], 0.9, 0.8).square().sum()

    assert torch.autograd.gradgradcheck(squares, [values])


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0,), (1, 1), (1,)])
def test_empty_and_shortest(shape: tuple[int, ...]) -> None:
    rewards, values, next_values = torch.rand(3, *shape, dtype=torch.float64)
    no = torch.zeros(shape, dtype=torch.bool)
    found = gae(rewards, values, next_values, no, no, 0.5, 0.5)
    assert found.shape == shape
    assert torch.equal(found, rewards + 0.5 * next_values - values)


@pytest.mark.parametrize("index", range(5))
def test_a_shape_that_differs_is_refused(index: int) -> None:
    arguments = list(fields(every_ending(2, consistent=False)))
    arguments[index] = arguments[index].unsqueeze(-1)
    with pytest.raises(InvalidArgument, match=r"nothing is broadcast"):
        gae(*arguments, 0.9, 0.9)


def test_three_dimensions_are_refused() -> None:
    arguments = [x.unsqueeze(-1) for x in fields(every_ending(2, consistent=False))]
    with pytest.raises(InvalidArgument, match=r"\[T, N\]"):
        gae(*arguments, 0.9, 0.9)


@pytest.mark.parametrize(("gamma", "lam"), [(1.1, 0.5), (0.5, -0.1), (float("nan"), 0.5)])
def test_settings_out_of_range_are_refused(gamma: float, lam: float) -> None:
    with pytest.raises(InvalidArgument, match=r"\[0, 1\]"):
        gae(*fields(every_ending(2, consistent=False)), gamma, lam)

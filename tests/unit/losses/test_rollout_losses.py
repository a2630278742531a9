"""REINFORCE, actor-critic and importance sampling against their double sums, slot by slot."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from rlcheck.errors import InvalidArgument
from rlcheck.losses import (
    actor_critic,
    importance_sampling,
    importance_sampling_per_step,
    importance_sampling_per_trajectory,
    reinforce,
    reinforce_baseline,
    reinforce_full_return,
    reinforce_step_mean,
)
from tests.unit.losses.columns import (
    Slot,
    assert_equals,
    fill_masked,
    padded_batch,
    slots,
    value_and_gradients,
)

GAMMAS = [0.0, 0.7, 1.0]


def to_go(b: dict, s: Slot, g: float) -> float:
    rewards = b["rewards"][:, s.n].tolist()
    return sum(g ** (k - s.t) * rewards[k] for k in range(s.t, s.last + 1) if b["mask"][k, s.n])


def whole(b: dict, s: Slot, g: float) -> float:
    return to_go(b, Slot(t=s.first, n=s.n, first=s.first, last=s.last), g)


def delta(b: dict, s: Slot, g: float) -> float:
    bootstrap = 0.0 if b["terminated"][s.t, s.n] else b["next_values"][s.t, s.n].item()
    return b["rewards"][s.t, s.n].item() + g * bootstrap - b["values"][s.t, s.n].item()


# What each loss multiplies logp with in one slot.
SCORES: dict[Callable[..., Tensor], Callable[[dict, Slot, float], float]] = {
    reinforce: lambda b, s, g: g ** (s.t - s.first) * to_go(b, s, g),
    reinforce_baseline: lambda b, s, g: (
        g ** (s.t - s.first) * (to_go(b, s, g) - b["values"][s.t, s.n].item())
    ),
    reinforce_full_return: whole,
    actor_critic: lambda b, s, g: g ** (s.t - s.first) * delta(b, s, g),
}
WEIGHTED = [
    importance_sampling,
    importance_sampling_per_trajectory,
    importance_sampling_per_step,
]


def by_name(function: Callable) -> str:
    return function.__name__


@pytest.mark.parametrize("gamma", GAMMAS)
@pytest.mark.parametrize("loss", SCORES, ids=by_name)
def test_score_function_losses(loss: Callable[..., Tensor], gamma: float) -> None:
    batch = padded_batch(1)
    expected = torch.zeros(6, 5, dtype=torch.float64)
    for s in slots(batch["terminated"], batch["truncated"], batch["mask"]):
        expected[s.t, s.n] = -SCORES[loss](batch, s, gamma) / 5
    found, gradients = value_and_gradients(loss, batch, gamma=gamma)
    assert_equals(gradients["logp"], expected)
    assert_equals(found, (expected * batch["logp"].detach()).sum())


def test_reinforce_step_mean() -> None:
    batch = padded_batch(1)
    expected = torch.zeros(6, 5, dtype=torch.float64)
    for s in slots(batch["terminated"], batch["truncated"], batch["mask"]):
        expected[s.t, s.n] = -to_go(batch, s, 0.7) / int(batch["mask"].sum())
    assert_equals(value_and_gradients(reinforce_step_mean, batch, gamma=0.7)[1]["logp"], expected)


def test_full_return_takes_a_baseline() -> None:
    batch = padded_batch(1)
    plain = value_and_gradients(reinforce_full_return, batch, gamma=0.7)[1]["logp"]
    found = value_and_gradients(reinforce_full_return, batch, gamma=0.7, baseline=0.3)[1]["logp"]
    assert_equals(found - plain, 0.3 / 5 * batch["mask"].double())


def weighted_terms(loss: Callable, b: dict, s: Slot, g: float) -> tuple[float, range]:
    """One slot's term of the loss, and the steps whose ratio it holds."""
    discount = g ** (s.t - s.first)
    if loss is importance_sampling:
        steps, worth = range(s.first, s.t + 1), b["rewards"][s.t, s.n].item()
    elif loss is importance_sampling_per_trajectory:
        steps, worth = range(s.first, s.last + 1), b["rewards"][s.t, s.n].item()
    else:
        steps, worth = range(s.t, s.t + 1), to_go(b, s, g)
    steps = [k for k in steps if b["mask"][k, s.n]]
    log_ratio = (b["logp"].detach() - b["logp_old"])[:, s.n].tolist()
    return discount * math.exp(sum(log_ratio[k] for k in steps)) * worth, steps


@pytest.mark.parametrize("gamma", GAMMAS)
@pytest.mark.parametrize("loss", WEIGHTED, ids=by_name)
def test_importance_sampling_losses(loss: Callable[..., Tensor], gamma: float) -> None:
    batch = padded_batch(2)
    expected, total = torch.zeros(6, 5, dtype=torch.float64), 0.0
    for s in slots(batch["terminated"], batch["truncated"], batch["mask"]):
        term, steps = weighted_terms(loss, batch, s, gamma)
        total -= term / 5
        for k in steps:  # d exp(sum of logs) / d one log is the exponential itself
            expected[k, s.n] -= term / 5
    found, gradients = value_and_gradients(loss, batch, gamma=gamma)
    assert_equals(gradients["logp"], expected)
    assert_equals(found, torch.tensor(total, dtype=torch.float64))


@pytest.mark.parametrize("loss", [*SCORES, *WEIGHTED, reinforce_step_mean], ids=by_name)
@pytest.mark.parametrize("filler", [1e2, math.inf])
def test_what_stands_in_a_masked_slot_changes_nothing(loss: Callable, filler: float) -> None:
    batch = padded_batch(3)
    found, gradients = value_and_gradients(loss, batch, gamma=0.7)
    # Nothing that is not a number arises on the way either, not even where it is dropped.
    with torch.autograd.set_detect_anomaly(True):
        other, others = value_and_gradients(loss, fill_masked(batch, filler), gamma=0.7)
    assert torch.equal(found, other)
    assert torch.equal(gradients["logp"], others["logp"])


@pytest.mark.parametrize("loss", [*SCORES, *WEIGHTED], ids=by_name)
def test_flat_whole_episodes_are_rollouts(loss: Callable) -> None:
    """Columns of whole episodes, padded; the same ones one after the other without padding."""
    batch = padded_batch(4)
    ends = batch["terminated"] | batch["truncated"]
    keep = [0, 1, 4]  # the columns that hold one episode each
    columns = {k: v.detach()[:, keep] for k, v in batch.items()}
    assert (ends[:, keep].sum(0) == 1).all()
    valid = columns["mask"].T
    flat = {k: v.T[valid] for k, v in columns.items() if k != "mask"}
    columns["logp"], flat["logp"] = (x["logp"].requires_grad_() for x in (columns, flat))
    padded, by_slot = value_and_gradients(loss, columns, gamma=0.7)
    found, gradients = value_and_gradients(loss, flat, gamma=0.7)
    assert_equals(found, padded)
    assert_equals(gradients["logp"], by_slot["logp"].T[valid])


@pytest.mark.parametrize("loss", [*SCORES, *WEIGHTED, reinforce_step_mean], ids=by_name)
def test_wrong_shapes_and_empty_batches_are_refused(loss: Callable) -> None:
    batch = padded_batch(5)
    with pytest.raises(InvalidArgument, match="nothing is broadcast"):
        value_and_gradients(loss, {**batch, "rewards": batch["rewards"][..., None]}, gamma=0.7)
    with pytest.raises(InvalidArgument, match="nothing is broadcast"):
        value_and_gradients(loss, {**batch, "mask": batch["mask"][:, :1]}, gamma=0.7)
    with pytest.raises(InvalidArgument, match="no step"):
        value_and_gradients(loss, {k: v[:0] for k, v in batch.items()}, gamma=0.7)
    with pytest.raises(InvalidArgument, match="gamma"):
        value_and_gradients(loss, batch, gamma=1.2)

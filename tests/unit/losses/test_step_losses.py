"""Losses that are means over steps: PPO's, the critic's, the entropy's and their sums."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.distributions import Categorical, Independent, Normal

from rlcheck.errors import InvalidArgument
from rlcheck.estimators import kl_categorical, kl_diagonal_gaussian
from rlcheck.losses import (
    a2c_loss,
    cpi,
    entropy_bonus,
    ppo_clip,
    ppo_loss,
    ppo_penalty,
    ppo_penalty_from_kl,
    value_loss,
)
from tests.unit.losses.columns import (
    assert_equals,
    fill_masked,
    padded_batch,
    slots,
    value_and_gradients,
)

SETTINGS = {"clip_eps": 0.2, "vf_coef": 0.7, "ent_coef": 0.03, "kl_coef": 1.3}
STEP_LOSSES = [a2c_loss, cpi, entropy_bonus, ppo_clip, ppo_loss, ppo_penalty_from_kl]


def by_name(function: Callable) -> str:
    return function.__name__


def expectation(batch: dict, term: Callable[..., tuple[float, float]]) -> tuple[Tensor, Tensor]:
    """The mean over valid slots of term's value, and of its derivative slot by slot."""
    total, gradient = 0.0, torch.zeros(6, 5, dtype=torch.float64)
    count = int(batch["mask"].sum())
    for s in slots(batch["terminated"], batch["truncated"], batch["mask"]):
        at = {k: v[s.t, s.n].item() for k, v in batch.items()}
        value, slope = term(at)
        total += value / count
        gradient[s.t, s.n] = slope / count
    return torch.tensor(total, dtype=torch.float64), gradient


def clipped(at: dict, dual: float | None = None) -> tuple[float, float]:
    """PPO's term by cases, not by min: which side is flat depends on the sign of A."""
    ratio, a = math.exp(at["logp"] - at["logp_old"]), at["advantages"]
    if a > 0 and ratio > 1.2:
        return -1.2 * a, 0.0
    if a < 0 and ratio < 0.8:
        return -0.8 * a, 0.0
    if dual is not None and a < 0 and ratio > dual:
        return -dual * a, 0.0
    return -ratio * a, -ratio * a


def unclipped(at: dict) -> tuple[float, float]:
    term = -math.exp(at["logp"] - at["logp_old"]) * at["advantages"]
    return term, term


@pytest.mark.parametrize("dual", [None, 1.5])
def test_ppo_clip(dual: float | None) -> None:
    batch = padded_batch(1)
    regions = set()
    for s in slots(batch["terminated"], batch["truncated"], batch["mask"]):
        ratio = math.exp((batch["logp"].detach() - batch["logp_old"])[s.t, s.n])
        side = sum(ratio > x for x in (0.8, 1.2, 1.5))
        regions.add((side, bool(batch["advantages"][s.t, s.n] > 0)))
    assert len(regions) == 8, "every sign of A in every clip region"
    value, gradient = expectation(batch, lambda at: clipped(at, dual))
    found, gradients = value_and_gradients(ppo_clip, batch, **SETTINGS, dual_clip=dual)
    assert_equals(found, value)
    assert_equals(gradients["logp"], gradient)


def test_cpi_and_penalty_from_kl() -> None:
    batch = padded_batch(2)
    value, gradient = expectation(batch, unclipped)
    found, gradients = value_and_gradients(cpi, batch)
    assert_equals(found, value)
    assert_equals(gradients["logp"], gradient)
    penalty, slope = expectation(batch, lambda at: (1.3 * at["kl_per_step"], 1.3))
    found, gradients = value_and_gradients(ppo_penalty_from_kl, batch, **SETTINGS)
    assert_equals(found, value + penalty)
    assert_equals(gradients["logp"], gradient)
    assert_equals(gradients["kl_per_step"], slope)


def test_at_ratio_one_the_surrogates_have_one_gradient() -> None:
    """Also with eps = 0, where the kink is at ratio one itself for one sign of A only."""
    batch = padded_batch(3)
    batch["logp_old"] = batch["logp"].detach()
    expected = value_and_gradients(cpi, batch)[1]["logp"]
    assert_equals(value_and_gradients(ppo_clip, batch, **SETTINGS)[1]["logp"], expected)
    score = -batch["advantages"] * batch["mask"] / batch["mask"].sum()
    assert_equals(expected, score)


def value_term(at: dict) -> tuple[float, float]:
    error = at["values_new"] - at["returns"]
    return 0.7 * error**2, 1.4 * error


def value_term_clipped(at: dict) -> tuple[float, float]:
    move = at["values_new"] - at["values_old"]
    near = at["values_old"] + max(-0.2, min(0.2, move))
    if abs(near - at["returns"]) > abs(at["values_new"] - at["returns"]):
        return 0.7 * (near - at["returns"]) ** 2, 0.0
    return value_term(at)


@pytest.mark.parametrize("clip", [False, True])
def test_value_loss(clip: bool) -> None:
    batch = padded_batch(4)
    value, gradient = expectation(batch, value_term_clipped if clip else value_term)
    if not clip:
        del batch["values_old"]
    settings = {k: v for k, v in SETTINGS.items() if clip or k != "clip_eps"}
    found, gradients = value_and_gradients(value_loss, batch, **settings)
    assert_equals(found, value)
    assert_equals(gradients["values_new"], gradient)
    flat = (gradients["values_new"][batch["mask"]] == 0).sum()
    assert (flat > 0) == clip, "the clipped side must be met"


def test_entropy_bonus() -> None:
    batch = padded_batch(5)
    value, gradient = expectation(batch, lambda at: (-0.03 * at["entropy"], -0.03))
    found, gradients = value_and_gradients(entropy_bonus, batch, **SETTINGS)
    assert_equals(found, value)
    assert_equals(gradients["entropy"], gradient)


@pytest.mark.parametrize("loss", [ppo_loss, a2c_loss], ids=by_name)
def test_sums(loss: Callable[..., Tensor]) -> None:
    batch = padded_batch(6)

    def score(at: dict) -> tuple[float, float]:
        return -at["logp"] * at["advantages"], -at["advantages"]

    policy, policy_slope = expectation(batch, clipped if loss is ppo_loss else score)
    critic, critic_slope = expectation(batch, value_term)
    bonus, bonus_slope = expectation(batch, lambda at: (-0.03 * at["entropy"], -0.03))
    found, gradients = value_and_gradients(loss, batch, **SETTINGS)
    assert_equals(found, policy + critic + bonus)
    assert_equals(gradients["logp"], policy_slope)
    assert_equals(gradients["values_new"], critic_slope)
    assert_equals(gradients["entropy"], bonus_slope)


@pytest.mark.parametrize("loss", [*STEP_LOSSES, value_loss], ids=by_name)
@pytest.mark.parametrize("filler", [1e2, math.inf])
def test_what_stands_in_a_masked_slot_changes_nothing(loss: Callable, filler: float) -> None:
    batch = padded_batch(7)
    found, gradients = value_and_gradients(loss, batch, **SETTINGS)
    # Nothing that is not a number arises on the way either, not even where it is dropped.
    with torch.autograd.set_detect_anomaly(True):
        other, others = value_and_gradients(loss, fill_masked(batch, filler), **SETTINGS)
    assert torch.equal(found, other)
    for name, gradient in gradients.items():
        assert torch.equal(gradient, others[name])
        assert not gradient[~batch["mask"]].any()


@pytest.mark.parametrize("loss", [*STEP_LOSSES, value_loss], ids=by_name)
def test_without_a_mask_flat_and_in_float32(loss: Callable) -> None:
    batch = padded_batch(8)
    everything = {**batch, "mask": torch.ones(6, 5)}
    expected, slopes = value_and_gradients(loss, everything, **SETTINGS)
    del batch["mask"]
    flat = {k: v.detach().flatten().requires_grad_(v.requires_grad) for k, v in batch.items()}
    found, gradients = value_and_gradients(loss, flat, **SETTINGS)
    assert_equals(found, expected)
    for name, slope in slopes.items():
        assert_equals(gradients[name], slope.flatten())
    single = {
        k: v.detach().float().requires_grad_(v.requires_grad) if v.is_floating_point() else v
        for k, v in batch.items()
    }
    found = value_and_gradients(loss, single, **SETTINGS)[0]
    assert found.dtype == torch.float32
    assert found.item() == pytest.approx(expected.item(), rel=256 * torch.finfo(torch.float32).eps)


@pytest.mark.parametrize("loss", [*STEP_LOSSES, value_loss], ids=by_name)
def test_every_argument_of_another_shape_is_refused(loss: Callable) -> None:
    import inspect

    batch = padded_batch(9)
    for name in inspect.signature(loss).parameters:
        if name not in batch:
            continue
        for wrong in (batch[name][..., None], batch[name][:, :1], batch[name][0]):
            with pytest.raises(InvalidArgument, match="nothing is broadcast"):
                value_and_gradients(loss, {**batch, name: wrong}, **SETTINGS)
    with pytest.raises(InvalidArgument, match="no step"):
        value_and_gradients(loss, {k: v[:0] for k, v in batch.items()}, **SETTINGS)


def test_settings_out_of_range_are_refused() -> None:
    batch = padded_batch(9)
    for settings in ({"clip_eps": -0.1}, {"clip_eps": 0.2, "dual_clip": 1.0}):
        with pytest.raises(InvalidArgument):
            value_and_gradients(ppo_clip, batch, **settings)
    x = batch["returns"]
    with pytest.raises(InvalidArgument, match="clip_eps"):
        value_loss(x, x, 0.5, values_old=x)
    with pytest.raises(InvalidArgument, match="values_old"):
        value_loss(x, x, 0.5, clip_eps=0.2)


@pytest.mark.parametrize("kind", ["discrete", "continuous"])
def test_ppo_penalty_is_the_closed_form_of_kl_old_new(kind: str) -> None:
    obs = torch.randn(6, 5, 3, dtype=torch.float64)
    advantages, mask = torch.randn(6, 5, dtype=torch.float64), torch.rand(6, 5) < 0.7
    new = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)
    old = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)

    def policy(weight: Tensor):
        if kind == "discrete":
            return lambda x: Categorical(logits=x @ weight)
        return lambda x: Independent(
            Normal((x @ weight)[..., :2], (0.3 * (x @ weight)[..., 2:]).exp()), 1
        )

    actions = policy(old)(obs).sample()
    heads = [obs @ old.detach(), obs @ new]
    if kind == "discrete":
        kl = kl_categorical(*heads)
    else:
        kl = kl_diagonal_gaussian(*(part for h in heads for part in (h[..., :2], 0.3 * h[..., 2:])))
    logp, logp_old = policy(new)(obs).log_prob(actions), policy(old.detach())(obs).log_prob(actions)
    expected = ppo_penalty_from_kl(logp, logp_old, advantages, kl, 1.3, mask)
    found = ppo_penalty(policy(new), policy(old), obs, actions, advantages, 1.3, mask)
    assert_equals(found.detach(), expected.detach())
    slope = torch.autograd.grad(expected, new)[0]
    found_slope, through_old = torch.autograd.grad(found, [new, old], allow_unused=True)
    assert_equals(found_slope, slope)
    assert through_old is None

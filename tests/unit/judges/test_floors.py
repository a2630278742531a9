"""Floors lie between what rounding does and what a fault of one part in a million does."""

from dataclasses import replace

import pytest
import torch
from torch.distributions import Independent, Normal

from rlcheck.claims import CLAIMS, find_claim
from rlcheck.judges.callers import ReferenceCaller
from rlcheck.judges.floors import EPS32, EPS64, floor, mass, relative
from tests.unit.judges import implementations as made

FORMS = ("fixed", "ragged", "segments")
GRADIENTS = [c for c in CLAIMS if c.gives == "loss"]


@pytest.mark.parametrize("claim", GRADIENTS, ids=lambda c: c.id)
@pytest.mark.parametrize("form", FORMS)
def test_a_fault_of_a_millionth_is_above_and_reordering_below(claim, form):
    if form not in claim.forms:
        return
    batch = made.case_of(
        form, listed=False, off_policy=claim.off_policy, action_values=claim.of_action_values
    ).sampled
    caller = ReferenceCaller(claim=claim, asks=frozenset({"advantages", "returns"}))
    due = caller(batch).vector
    allowed = floor(batch, due)
    assert 1e-6 * float(due.norm()) > 10 * allowed
    order = torch.randperm(batch.rollout.N)
    assert float((caller(batch.select(order)).vector - due).norm()) <= allowed


def test_a_floor_is_linear_in_eps():
    batch = made.case_of(listed=False).sampled
    due = torch.ones(3, dtype=torch.float64)
    assert floor(batch, due, EPS32) == pytest.approx(floor(batch, due, EPS64) * EPS32 / EPS64)


def asked(claim):
    """What a loss may be handed, and what one that estimates for itself reads."""
    if claim.of_action_values:
        return frozenset({"q_fn", "target_q_fn", "obs", "actions", "rewards", "next_obs"})
    if claim.averages == "rollouts":
        return frozenset({"policy", "rewards", "values", "logp_old"})
    return frozenset({"policy", "value_fn", "advantages", "returns", "values_old", "logp_old"})


@pytest.mark.parametrize("claim", GRADIENTS, ids=lambda c: c.id)
@pytest.mark.parametrize("form", FORMS)
def test_mass_bounds_the_contributions_of_rollouts(claim, form):
    if form not in claim.forms:
        return
    case = made.case_of(
        form, listed=False, off_policy=claim.off_policy, action_values=claim.of_action_values
    )
    batch = case.with_settings(**claim.settings).sampled
    words = asked(claim)
    caller = ReferenceCaller(claim=claim, asks=words)
    shares = torch.full_like(batch.valid_steps, 1 / batch.rollout.N)
    if claim.averages == "steps":
        shares = batch.valid_steps / batch.valid_steps.sum()
    each = [
        float(caller(batch.select(torch.tensor([i]))).vector.norm() * share)
        for i, share in enumerate(shares)
    ]
    assert sum(each) <= mass(batch, words) <= mass(batch) * (1 + 1e-12)


@pytest.mark.parametrize("claim", ["entropy-bonus", "ppo-clip", "ppo-loss", "value-loss"])
def test_float32_is_judged_to_a_thousandth(claim):
    claim = find_claim(claim)
    case = made.case_of(listed=False, off_policy=claim.off_policy)
    batch = replace(case.sampled, settings=claim.settings)
    words = frozenset({"policy"}) if claim.trains == ("policy",) else asked(claim)
    if "clip_eps" in claim.settings:
        words |= {"advantages"}
    due = ReferenceCaller(claim=claim, asks=words)(batch).vector
    assert floor(batch, due, EPS32, words) < 1e-3 * float(due.norm())


@pytest.mark.parametrize("std", [0.1, 1.0, 3.0])
def test_the_squares_of_a_gaussian_score_come_from_its_entropy(std):
    """|e|^2 = D - 2 (H + log pi), by which a Gaussian's score is bounded."""
    pi = Independent(Normal(torch.zeros(2).double(), torch.full((2,), std).double()), 1)
    e = torch.tensor([1.3, -0.7], dtype=torch.float64)
    squares = 2 - 2 * (pi.entropy() + pi.log_prob(e * std))
    assert float(squares) == pytest.approx(float(e @ e), rel=1e-6)


def test_relative():
    assert relative(1.0, torch.tensor([3.0, 4.0])) == 0.2
    assert relative(0.5, torch.zeros(2)) == 0.5

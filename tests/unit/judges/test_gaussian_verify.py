"""Verdicts on continuous actions: the right ones pass, the planted ones do not."""

from functools import cache, partial

import pytest

from rlcheck import estimators, losses, steps
from rlcheck.judges import verify
from rlcheck.subjects import make_subject
from rlcheck.verdict import Outcome
from tests.tiers import spread
from tests.unit.judges import gaussian_subjects
from tests.unit.judges.gaussian_subjects import CONVENTIONAL, CORRECT, FAULTY

OWN = {
    "reinforce": losses.reinforce,
    "reinforce-baseline": losses.reinforce_baseline,
    "actor-critic": losses.actor_critic,
    "importance-sampling": losses.importance_sampling,
    "cpi": losses.cpi,
    "ppo-clip": losses.ppo_clip,
    "ppo-penalty": losses.ppo_penalty,
    "value-loss": partial(losses.value_loss, values_old=None, clip_eps=None),
    "entropy-bonus": losses.entropy_bonus,
    "ppo-loss": losses.ppo_loss,
    "a2c-loss": losses.a2c_loss,
    "gae": estimators.gae,
    "returns": estimators.bootstrapped_returns,
    "adaptive-kl": steps.adaptive_kl,
}


@cache
def judged(function, claim, **options):
    return verify(make_subject(function, name=claim), claim=claim, actions="continuous", **options)


@pytest.mark.parametrize("claim", spread(list(OWN), quick=2))
def test_own_losses_are_consistent(claim):
    verdict = judged(OWN[claim], claim)
    assert verdict.outcome == Outcome.CONSISTENT, verdict.properties
    assert verdict.placebo["sound"]
    if claim != "adaptive-kl":
        assert any(p.id == "exact-on-policy" and p.status == "passed" for p in verdict.properties)


@pytest.mark.parametrize("claim", spread(["importance-sampling", "gae"], quick=1))
def test_another_world_agrees(claim):
    assert judged(OWN[claim], claim, seed=1).outcome == Outcome.CONSISTENT


@pytest.mark.thorough
@pytest.mark.parametrize("seed", [2, 3, 4, 5, 6])
@pytest.mark.parametrize("claim", OWN)
def test_many_other_worlds_agree(claim, seed):
    assert judged(OWN[claim], claim, seed=seed).outcome == Outcome.CONSISTENT


@pytest.mark.parametrize(("function", "claim"), spread(CORRECT, quick=1))
def test_correct_rewrites_pass(function, claim):
    assert judged(function, claim).outcome == Outcome.CONSISTENT


@pytest.mark.parametrize(("function", "claim"), spread(FAULTY, quick=1))
def test_faults_are_caught(function, claim):
    verdict = judged(function, claim, shrink=False)
    assert verdict.outcome == Outcome.BIASED
    assert verdict.finding is not None
    assert verdict.finding.coordinate


@pytest.mark.parametrize(("function", "claim", "names"), spread(CONVENTIONAL, quick=1))
def test_conventions_are_named(function, claim, names):
    verdict = judged(function, claim)
    assert verdict.outcome == Outcome.CONVENTION, verdict.finding
    assert names is None or verdict.conventions == names


def test_a_parameter_past_the_tap_is_taken_rollout_by_rollout():
    verdict = judged(gaussian_subjects.free_log_std, "ppo-clip")
    assert any(route.startswith("rollout by rollout") for route in verdict.routes)
    assert not any(route.startswith("tap") for route in verdict.routes)


@pytest.mark.parametrize("name", spread(["maximum", "one_sided", "without_minimum"], quick=1))
def test_expectation_alone_sees_a_faulty_clip(name):
    verdict = judged(getattr(gaussian_subjects, name), "ppo-clip", shrink=False)
    [exact] = [p for p in verdict.properties if p.id == "exact-off-policy"]
    assert exact.status == "failed"
    assert exact.error > 1e-3


def test_the_grade_tells_closed_forms_from_nodes():
    assert judged(losses.reinforce, "reinforce").grade == "exact"
    assert judged(losses.ppo_clip, "ppo-clip").grade == "exact"
    smooth = judged(losses.importance_sampling, "importance-sampling")
    assert smooth.grade == "numerical"
    assert any("quadrature" in note for note in smooth.notes)


@pytest.mark.thorough
def test_both_kinds_of_action_are_tried():
    def discrete_only(policy, obs, actions, logp_old, advantages):
        logp = policy(obs).logits.gather(-1, actions[..., None])[..., 0]
        return -((logp - logp_old).exp() * advantages).mean()

    both = verify(make_subject(discrete_only), claim="cpi", actions="both", shrink=False)
    assert both.outcome == Outcome.BIASED
    assert both.error is not None
    assert verify(make_subject(losses.cpi), claim="cpi", actions="both").outcome == "consistent"


def test_what_cannot_be_tried_has_a_reason():
    reasons = dict(judged(losses.ppo_clip, "ppo-clip").not_tried)
    assert "share" in reasons["credit-stays-in-its-state"]
    assert any("of one length" in reason for reason in reasons.values())

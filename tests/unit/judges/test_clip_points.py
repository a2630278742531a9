"""Planted faults of a clipped surrogate: exactly the steps where they differ are wrong."""

import pytest
import torch

from rlcheck.judges import verify
from rlcheck.judges.callers import ReferenceCaller
from rlcheck.judges.clip_points import NoSteps, clip_points
from rlcheck.judges.identification import Match
from rlcheck.subjects import make_subject
from rlcheck.variants import MEAN_OVER_STEPS
from rlcheck.verdict import Outcome
from tests.unit.judges.implementations import caller_of, case_of


def _terms(policy, obs, actions, logp_old, advantages, clip_eps):
    ratio = (policy(obs).log_prob(actions) - logp_old).exp()
    return ratio * advantages, ratio.clamp(1 - clip_eps, 1 + clip_eps) * advantages


def right(policy, obs, actions, logp_old, advantages, clip_eps):
    return -torch.min(*_terms(policy, obs, actions, logp_old, advantages, clip_eps)).mean()


def clipped_alone(policy, obs, actions, logp_old, advantages, clip_eps):
    return -_terms(policy, obs, actions, logp_old, advantages, clip_eps)[1].mean()


def max_below_zero(policy, obs, actions, logp_old, advantages, clip_eps):
    plain, clipped = _terms(policy, obs, actions, logp_old, advantages, clip_eps)
    chosen = torch.where(advantages < 0, torch.max(plain, clipped), torch.min(plain, clipped))
    return -chosen.mean()


def summed_and_max_below_zero(policy, obs, actions, logp_old, advantages, clip_eps):
    found = max_below_zero(policy, obs, actions, logp_old, advantages, clip_eps)
    return found * advantages.numel()


def whitened(policy, obs, actions, logp_old, advantages, clip_eps):
    advantages = (advantages - advantages.mean()) / (advantages.std() + 1e-8)
    return clipped_alone(policy, obs, actions, logp_old, advantages, clip_eps)


def centred(policy, obs, actions, logp_old, advantages, clip_eps):
    return right(policy, obs, actions, logp_old, advantages - advantages.mean(), clip_eps)


def divided_by_the_largest(policy, obs, actions, logp_old, advantages, clip_eps):
    advantages = advantages / (advantages.abs().max() + 1e-8)
    return right(policy, obs, actions, logp_old, advantages, clip_eps)


def in_float32(policy, obs, actions, logp_old, advantages, clip_eps):
    logp = policy(obs).log_prob(actions).float()
    ratio, advantages = (logp - logp_old.float()).exp(), advantages.float()
    return -(ratio.clamp(1 - clip_eps, 1 + clip_eps) * advantages).mean()


def refuses_zeros(policy, obs, actions, logp_old, advantages, clip_eps):
    if bool((advantages == 0).any()):
        raise RuntimeError("no credit")
    return right(policy, obs, actions, logp_old, advantages, clip_eps)


CASES = [
    case_of(listed=False, off_policy=True, seed=seed, clip_eps=eps)
    for seed, eps in ((1, 0.25), (2, 0.125), (3, 0.25))
]


def points_of(function, due=None, cases=CASES):
    caller = caller_of(function, "ppo-clip")
    reference = ReferenceCaller(claim=caller.claim, asks=caller.words)
    return clip_points(caller, due or reference, reference, cases)


def where(points):
    """(sign of A, region of the ratio) of points."""
    found = set()
    for p in points:
        below, above = p.ratio < 1 - p.clip_eps, p.ratio > 1 + p.clip_eps
        region = "below" if below else "above" if above else "inside"
        found.add(("+" if p.advantage > 0 else "-", region))
    return found


EVERYWHERE = {(sign, region) for sign in "+-" for region in ("below", "inside", "above")}


def test_every_region_is_reached_and_the_right_form_is_right_in_all():
    points = points_of(right)
    assert where(points) == EVERYWHERE
    assert all(p.is_right for p in points)


@pytest.mark.parametrize(
    ("function", "wrong"),
    [
        # The minimum is the unclipped term there, and has a slope.
        (clipped_alone, {("+", "below"), ("-", "above")}),
        # The maximum takes the other one of the two terms, wherever they differ.
        (max_below_zero, {("-", "below"), ("-", "above")}),
    ],
)
def test_a_fault_is_wrong_in_its_regions_and_nowhere_else(function, wrong):
    points = points_of(function)
    assert where(p for p in points if not p.is_right) == wrong
    assert where(p for p in points if p.is_right) == EVERYWHERE - wrong


def test_slopes_are_those_of_the_case_table():
    for p in points_of(clipped_alone):
        inside = 1 - p.clip_eps < p.ratio < 1 + p.clip_eps
        clips = p.ratio > 1 + p.clip_eps if p.advantage > 0 else p.ratio < 1 - p.clip_eps
        slope = p.ratio * p.advantage
        assert p.due == pytest.approx(0.0 if clips else slope, abs=1e-12)
        assert p.found == pytest.approx(slope if inside else 0.0, abs=1e-12)


def test_a_constant_by_convention_is_taken_out():
    [summed] = [v for v in MEAN_OVER_STEPS.conventions if v.id == "sum-over-batch"]
    caller = caller_of(right, "ppo-clip")
    due = Match(picks={MEAN_OVER_STEPS.id: summed}).caller(caller.claim, caller.words)
    scaled, plain = points_of(summed_and_max_below_zero, due), points_of(max_below_zero)
    assert [p.is_right for p in scaled] == [p.is_right for p in plain]
    assert [p.found for p in scaled] == pytest.approx([p.found for p in plain])


def test_in_float32_the_same_steps_are_wrong():
    caller = caller_of(in_float32, "ppo-clip")
    caller = type(caller)(subject=caller.subject, claim=caller.claim, eps=2.0**-23)
    reference = ReferenceCaller(claim=caller.claim, asks=caller.words)
    points = clip_points(caller, reference, reference, CASES)
    assert where(p for p in points if not p.is_right) == {("+", "below"), ("-", "above")}


@pytest.mark.parametrize("function", [whitened, centred, divided_by_the_largest])
def test_coupled_steps_have_none(function):
    with pytest.raises(NoSteps, match="coupled"):
        points_of(function)


def test_what_fails_on_a_single_step_is_told():
    with pytest.raises(NoSteps, match="RuntimeError: no credit"):
        points_of(refuses_zeros)


def test_on_policy_there_is_nothing_to_see():
    assert points_of(max_below_zero, cases=[case_of(listed=False)]) == ()


def test_verdicts_that_fail_have_them_and_others_do_not():
    failed = verify(make_subject(clipped_alone), claim="ppo-clip", shrink=False)
    assert failed.outcome == Outcome.BIASED
    assert where(p for p in failed.clip_points if not p.is_right) == {
        ("+", "below"),
        ("-", "above"),
    }
    assert verify(make_subject(right), claim="ppo-clip").clip_points == ()


def test_a_verdict_says_why_there_are_none():
    failed = verify(make_subject(whitened), claim="ppo-clip", shrink=False)
    assert failed.clip_points == ()
    assert "coupled" in dict(failed.not_tried)["the gradient of single steps in the clip plane"]


def test_a_constant_beside_a_fault_is_found_by_the_verdict():
    failed = verify(make_subject(summed_and_max_below_zero), claim="ppo-clip", shrink=False)
    assert failed.conventions == ("sum-over-batch",)
    assert where(p for p in failed.clip_points if not p.is_right) == {
        ("-", "below"),
        ("-", "above"),
    }

"""The claim `trpo-step`: what each form of an implementation can be held to, and how it ends."""

import contextlib

import pytest
import torch
from torch.nn.utils import parameters_to_vector

import rlcheck
from rlcheck.claims import find_claim
from rlcheck.claims.step_properties import STEPS
from rlcheck.demo.own import trpo_step
from rlcheck.errors import InvalidArgument
from rlcheck.judges.cases import sampled_cases
from rlcheck.judges.examination import applicable
from rlcheck.judges.gaussian_cases import sampled_continuous
from rlcheck.judges.step_reach import accepted
from rlcheck.judges.structural import EXPERIMENTS, NotTried, Trial
from rlcheck.subjects import make_subject
from tests.power.faults import trpo_step as faults
from tests.tiers import spread
from tests.unit.judges import implementations as made
from tests.zoo import rewrites_steps as right

CLAIM = find_claim("trpo-step")


def judged(subject, **options):
    return rlcheck.check(subject, claim="trpo-step", shrink=False, **options)


def failed(verdict):
    return {p.id for p in verdict.properties if p.status == "failed"}


def held_to(verdict):
    return {p.id for p in verdict.properties}


def settings(policy, max_kl, damping, cg_iterations, backtrack_coeff, backtracks):
    """Asks for everything; never called."""


@pytest.mark.parametrize(
    "cases", [sampled_cases, pytest.param(sampled_continuous, marks=pytest.mark.thorough)]
)
def test_its_cases_take_steps_whole_shorten_them_and_reach_what_a_search_may_get_wrong(cases):
    found = list(cases(CLAIM, make_subject(settings), 0))
    wholes = [accepted(case, 1.0) for case in found]
    assert any(wholes)
    assert not all(wholes)
    some = {key: {case.settings[key] for case in found} for key in ("max_kl", "damping")}
    assert all(len(values) >= 3 for values in some.values())


@pytest.mark.thorough
def test_parts_are_judged_one_by_one_and_told_together():
    parts = rlcheck.Subject(
        name="mine", fisher_vector_product=right.product_by_two_jacobians,
        conjugate_gradients=faults.stops_on_a_residual_of_its_own,
    )  # fmt: skip
    verdict = judged(parts)
    assert verdict.subject == "mine"
    assert verdict.outcome == "biased"
    assert {"fisher-of-scores", "fisher-of-divergence", "solver-error-falls"} <= held_to(verdict)
    assert verdict.suspects[0].id == "stops-at-once"
    assert not held_to(verdict) & {name for name, _ in verdict.not_tried}
    again = judged(parts, replay=verdict.finding.replay)
    assert (again.outcome, again.finding.found) == ("biased", verdict.finding.found)
    assert "fisher_vector_product=product_by_two_jacobians" in verdict.again


def undamped(policy, obs, vector):
    log_p = policy(obs).logits.log_softmax(-1)
    kl = (log_p.detach().exp() * (log_p.detach() - log_p)).sum(-1).mean()
    slopes = torch.autograd.grad(kl, list(policy.parameters()), create_graph=True)
    along = parameters_to_vector(slopes) @ vector
    return parameters_to_vector(torch.autograd.grad(along, list(policy.parameters())))


def test_a_part_alone_is_held_to_what_it_performs():
    verdict = judged(undamped)
    assert verdict.outcome == "consistent", (verdict.error, failed(verdict))
    assert "step-length" not in held_to(verdict)
    reasons = dict(verdict.not_tried)
    assert reasons["step-length"] == "it is a part of a step"
    assert "operator" in reasons["solver-error-falls"]
    # F v is a right product: damping is only added where it is asked for.
    assert verdict.assumed == {"damping": 0.0}


@pytest.mark.thorough
@pytest.mark.parametrize("actions", ["discrete", "both"])
def test_a_whole_step(actions):
    step = trpo_step if actions == "discrete" else _of_either
    verdict = judged(step, actions=actions)
    assert verdict.outcome == "consistent", (verdict.error, failed(verdict))
    assert {"refused-step-restored", "kl-within-bound", "step-length"} <= held_to(verdict)
    assert "line search" not in dict(verdict.not_tried)


def _of_either(
    policy, network, obs, actions, advantages, logp_old, max_kl, damping, backtrack_coeff,
    backtracks,
):  # fmt: skip
    given = (obs, actions, advantages, logp_old, max_kl, damping)
    if actions.is_floating_point():
        right.gaussian_by_hand(policy, network, *given, backtrack_coeff, backtracks)
    else:
        right.one_file_with_flat_parameters(policy, *given, backtrack_coeff, backtracks)


def ascends_by_a_little(policy, obs, actions, advantages, logp_old):
    ratio = (policy(obs).log_prob(actions) - logp_old).exp()
    parameters = list(policy.parameters())
    slopes = torch.autograd.grad((ratio * advantages).mean(), parameters)
    return [p + 1e-4 * g for p, g in zip(parameters, slopes, strict=True)]


@pytest.mark.thorough
def test_what_keeps_every_bound_and_is_no_step_of_trpo_fails_by_its_length():
    verdict = judged(ascends_by_a_little)
    assert failed(verdict) == {"same-batch-on-policy", "step-length", "credit-scaled"}
    assert verdict.assumed["max_kl"] == 0.01
    assert "line search" in dict(verdict.not_tried)


def leans(policy, obs, vector):
    return undamped(policy, obs, vector) + 0.01 * vector.roll(1)


def negative(policy, obs, vector):
    return -undamped(policy, obs, vector)


PLANTED = {
    "fisher-of-scores": faults.product_a_millionth_too_large,
    "fisher-of-divergence": faults.product_a_millionth_too_large,
    "product-symmetric": leans,
    "product-positive": negative,
    "solver-error-falls": faults.forgets_to_move_the_residual,
    "step-ascends": faults.descends,
    "step-length": faults.two_is_missing,
    "kl-within-bound": faults.divergence_backwards,
    "surrogate-improves": faults.descends,
    "refused-step-restored": faults.left_where_it_was_tried_last,
    "credit-scaled": ascends_by_a_little,
}


def test_every_property_of_a_step_has_its_fault():
    assert set(PLANTED) == {prop.id for prop in STEPS}


@pytest.mark.parametrize("property_id", spread(list(PLANTED), quick=5))
def test_a_fault_that_is_planted_is_seen(property_id):
    caller = made.caller_of(PLANTED[property_id], "trpo-step")
    asks = caller.subject.asks
    assert property_id in {p.id for p in applicable(CLAIM, asks)}
    found = []
    for case in sampled_cases(CLAIM, caller.subject, 0):
        with contextlib.suppress(NotTried):
            found += EXPERIMENTS[property_id](Trial(CLAIM, asks, caller, case))
    assert any(not m.holds for m in found)
    assert {m.property_id for m in found} == {property_id}


def test_statistics_that_are_returned_are_no_parameters():
    def nothing(policy, obs, actions, advantages, logp_old):
        return {"kl": 0.0}

    verdict = judged(nothing)
    assert verdict.outcome == "biased"
    assert verdict.error is None
    assert "never-accepted" in {s.id for s in verdict.suspects if s.error == 0.0}


@pytest.mark.parametrize(
    ("product", "said"),
    [(lambda policy, obs, vector: vector[:1], "a tensor of shape [1]"),
     (lambda policy, obs, vector: vector * float("nan"), "contains nan"),
     (lambda policy, obs, vector: None, "None")], ids=["short", "nan", "nothing"],
)  # fmt: skip
def test_what_is_no_product_is_told(product, said):
    verdict = judged(product)
    assert verdict.outcome == "biased"
    assert said in verdict.error


def test_parameters_are_put_back_even_where_they_were_replaced():
    seen = []

    def replaces(policy, obs, actions, advantages, logp_old):
        seen.append(parameters_to_vector(policy.parameters()).detach().clone())
        for parameter in policy.parameters():
            parameter.data = parameter.data + 1.0

    verdict = judged(replaces)
    assert verdict.outcome == "biased"
    # Two identical calls agree: each found the parameters where they were.
    assert "repeatable" not in failed(verdict)
    assert len(seen) > 8


def test_a_vector_is_no_word_of_another_claim():
    with pytest.raises(InvalidArgument, match="it has no vector"):
        rlcheck.check(right.product_by_two_jacobians, claim="cpi")

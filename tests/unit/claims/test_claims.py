"""The catalogue of claims: two right forms that agree, ids that hold, properties that are known."""

import itertools
import re

import pytest
import torch

from rlcheck import judges
from rlcheck.claims import CLAIMS, find_claim
from rlcheck.claims.properties import PROPERTIES
from rlcheck.errors import InvalidArgument
from rlcheck.judges.callers import ReferenceCaller, RowCaller
from rlcheck.judges.examination import applicable
from rlcheck.judges.floors import floor
from rlcheck.judges.recipe import Recipe, make_case
from rlcheck.judges.same_batch import REGIONS, SIGNS
from rlcheck.judges.structural import EXPERIMENTS

KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
ASKS = (
    frozenset(),
    frozenset({"advantages"}),
    frozenset({"returns"}),
    frozenset({"advantages", "returns"}),
)
EVERY_CLAIM = pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
EXACT = ("exact-on-policy", "exact-off-policy", "first-order-equality")
SAME_BATCH = ("same-batch-on-policy", "same-batch-off-policy")
IDS = [p.id for p in PROPERTIES]


def cases_of(claim):
    varied = {**{k: (v,) for k, v in claim.settings.items()}, **claim.varied}
    for index, form in enumerate(claim.forms):
        for off_policy in (False, True) if claim.off_policy else (False,):
            settings = tuple((k, v[index % len(v)]) for k, v in varied.items())
            yield make_case(
                Recipe(
                    form=form,
                    off_policy=off_policy,
                    settings=settings,
                    limit=True,
                    seed=index,
                    action_values=claim.of_action_values,
                )
            )


@EVERY_CLAIM
@pytest.mark.parametrize("asks", ASKS, ids=lambda asks: "+".join(sorted(asks)) or "nothing")
def test_the_row_of_stages_is_the_reference(claim, asks):
    row = RowCaller(claim=claim, picks=claim.right, asks=asks)
    reference = ReferenceCaller(claim=claim, asks=asks)
    for case in cases_of(claim):
        found, due = row(case.sampled).vector, reference(case.sampled).vector
        assert float(due.norm()) > 0
        assert float((found - due).norm()) <= floor(case.sampled, due)


@EVERY_CLAIM
def test_the_reference_is_told_from_the_planted_variant(claim):
    stage, variant = claim.planted
    planted = claim.stage(stage)[variant]
    assert planted.kind == "fault"
    caller = RowCaller(claim=claim, picks={**claim.right, stage: planted}, asks=frozenset())
    reference = ReferenceCaller(claim=claim, asks=frozenset())
    cases = cases_of(claim)
    if claim.gives == "number":
        case = next(cases)
        cases = (case.with_settings(kl=kl) for kl in claim.varied["kl"])
    gaps = [
        float((caller(case.sampled).vector - reference(case.sampled).vector).norm())
        for case in cases
    ]
    assert max(gaps) > 1e-2


@EVERY_CLAIM
def test_a_claim_s_data(claim):
    assert KEBAB.fullmatch(claim.id)
    assert claim.promise
    assert not claim.promise.endswith(".")
    assert re.fullmatch(r"[a-z-]+/[a-z-]+", claim.derivation)
    ids = [stage.id for stage in claim.stages]
    assert len(set(ids)) == len(ids)
    assert {s for term in claim.terms for s in term.stages} == set(ids)
    assert all(len(set(values)) >= 2 for key, values in claim.varied.items() if key != "kl_target")
    assert find_claim(claim.id) is claim
    assert find_claim(claim) is claim


def test_the_catalogue():
    assert len({claim.id for claim in CLAIMS}) == len(CLAIMS) == 20
    with pytest.raises(InvalidArgument, match="ppo-clip"):
        find_claim("ppo")


def test_property_ids():
    assert len(set(IDS)) == len(IDS)
    assert all(KEBAB.fullmatch(name) for name in IDS)
    assert all(p.sentence and not p.sentence.endswith(".") for p in PROPERTIES)


def test_every_property_is_judged_and_every_judgement_is_a_property():
    regions = {f"{sign}-advantage-{r}" for sign, r in itertools.product(SIGNS, REGIONS)}
    judged = {*EXPERIMENTS, *EXACT, *SAME_BATCH, *regions}
    assert judged == set(IDS)
    structural = {p.id for p in PROPERTIES if p.judge == "structural"}
    assert structural == set(EXPERIMENTS)
    assert {p.id for p in PROPERTIES if p.judge == "exact"} == set(EXACT)
    assert {p.id for p in PROPERTIES if p.needs_reference} == {*SAME_BATCH, *regions}
    assert judges.verify is not None


def ids_for(claim, *asks):
    return {p.id for p in applicable(find_claim(claim), frozenset(asks))}


def refusals(claim, *asks):
    found = find_claim(claim)
    return {p.id: p.refusal(found, frozenset(asks)) for p in PROPERTIES}


@EVERY_CLAIM
def test_a_refusal_says_why(claim):
    for asks in (*ASKS, frozenset({"mask", "clip_eps", "next_values", "truncated", "policy"})):
        for prop in PROPERTIES:
            reason = prop.refusal(claim, asks)
            assert reason is None or len(reason) > 5


def test_masks_are_tried_where_one_is_asked_for():
    assert "masked-slots-ignored" in ids_for("cpi", "mask")
    assert "masked-slots-ignored" not in ids_for("cpi", "advantages")
    assert "masked-slots-ignored" not in ids_for("adaptive-kl", "mask")


def test_the_clip_is_tried_where_there_is_one():
    assert {"ratio-one", "lower-bound", "positive-advantage-above"} <= ids_for(
        "ppo-clip", "advantages", "clip_eps"
    )
    assert not {"ratio-one", "lower-bound", "positive-advantage-above"} & ids_for(
        "cpi", "advantages", "clip_eps"
    )
    # a2c-loss and value-loss hold a clip range for value clipping alone.
    assert not {"ratio-one", "positive-advantage-above"} & ids_for(
        "a2c-loss", "advantages", "clip_eps"
    )
    assert "positive-advantage-above" not in ids_for("ppo-clip", "rewards")


def test_expectations_are_tried_where_there_is_a_target():
    assert "exact-on-policy" in ids_for("reinforce")
    assert "exact-off-policy" not in ids_for("reinforce")
    assert "exact-off-policy" in ids_for("ppo-penalty")
    assert not set(EXACT) & ids_for("adaptive-kl")


def test_first_order_equality_is_the_surrogates_alone():
    promising = {c.id for c in CLAIMS if "first-order-equality" in ids_for(c.id, "advantages")}
    assert promising == {"cpi", "ppo-clip", "ppo-penalty"}
    # An implementation that discounts by a number of its own cannot be asked about gamma = 1.
    assert "first-order-equality" not in ids_for("cpi", "rewards", "values")
    assert "first-order-equality" in ids_for("cpi", "rewards", "values", "gamma")


def test_a_clip_of_estimated_advantages_has_no_target_off_policy():
    assert "exact-off-policy" in ids_for("ppo-clip", "advantages")
    assert "exact-off-policy" not in ids_for("ppo-clip", "rewards", "values", "gamma")
    assert "exact-off-policy" in ids_for("cpi", "rewards", "values", "gamma")


def test_ends_are_tried_where_they_play_a_part():
    assert "truncation-bootstraps" in ids_for("gae", "next_values", "truncated")
    assert "truncation-bootstraps" not in ids_for("gae", "next_values", "dones")
    assert "termination-does-not-bootstrap" in ids_for("gae", "next_values", "dones")
    assert "termination-does-not-bootstrap" not in ids_for("reinforce", "next_values")
    assert "termination-does-not-bootstrap" not in ids_for("cpi", "next_values", "advantages")
    assert "boundaries-do-not-leak" in ids_for("returns", "dones")
    assert "boundaries-do-not-leak" not in ids_for("returns", "rewards")


def test_inputs_without_a_graph_cannot_leak_one():
    assert "values-untouched" in ids_for("cpi", "value_fn")
    assert "without a graph" in refusals("cpi", "values")["values-untouched"]
    assert "values-untouched" not in ids_for("ppo-loss", "value_fn")


def test_one_promise_is_one_claim_s():
    assert {c.id for c in CLAIMS if "entropy-rises" in ids_for(c.id)} == {"entropy-bonus"}
    assert {c.id for c in CLAIMS if "error-falls" in ids_for(c.id)} == {"value-loss"}


@EVERY_CLAIM
def test_a_target_is_a_potential_of_the_networks(claim):
    if claim.target is None:
        return
    from rlcheck.judges.exact import truth_of

    case = make_case(
        Recipe(
            form=claim.forms[0], settings=tuple(claim.settings.items()),
            exact_critic=True, listed=True, action_values=claim.of_action_values,
        )
    )  # fmt: skip
    found = claim.target(truth_of(case))
    assert torch.isfinite(found).all()
    assert (found.ndim == 0) == (claim.gives == "loss")

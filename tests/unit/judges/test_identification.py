"""Combinations of conventions are named exactly, and a fault is never one of them."""

from functools import cache

import pytest
import torch

from rlcheck.claims import CLAIMS, find_claim
from rlcheck.judges.cases import sampled_cases
from rlcheck.judges.floors import EPS64
from rlcheck.judges.gaussian_cases import sampled_continuous
from rlcheck.judges.identification import (
    Match,
    ScaledCaller,
    Seen,
    find_conventions,
    find_suspects,
    floor_of,
)
from rlcheck.subjects import Subject

ASKS = frozenset(
    {"advantages", "returns", "mask", "clip_eps", "vf_coef", "ent_coef", "kl_coef", "policy",
     "values_new", "values_old", "logp", "logp_old", "kl", "kl_target"}
)  # fmt: skip
COMPUTES = frozenset(
    {"rewards", "values", "next_values", "terminated", "truncated", "mask", "gamma", "gae_lambda",
     "logp", "logp_old"}
)  # fmt: skip


FROM_REWARDS = ("reinforce", "reinforce-baseline", "actor-critic", "importance-sampling", "gae",
                "returns", "td-target")  # fmt: skip
ACTION_VALUES = frozenset(
    {"rewards", "q_values", "next_q_values", "next_target_q_values", "actions", "terminated",
     "truncated", "mask", "gamma"}
)  # fmt: skip


STEP = frozenset(
    {"policy", "obs", "actions", "advantages", "logp_old", "max_kl", "damping", "cg_iterations",
     "backtrack_coeff", "backtracks"}
)  # fmt: skip


def asks_of(claim):
    if claim.gives == "step":
        return STEP
    if claim.of_action_values:
        return ACTION_VALUES
    return COMPUTES if claim.id in FROM_REWARDS else ASKS


@cache
def batches_of(claim, asks):
    subject = Subject(name="made", call=lambda: None, bound={w: w for w in asks})
    cases = sorted(sampled_cases(claim, subject, 0), key=lambda c: c.on_policy)
    if claim.gives == "step":
        # In a table some part of every step improves. Where one trial is made, some are refused.
        found = [*cases, *sampled_continuous(claim, subject, 0)]
        cases = [*found, *(case.with_settings(backtracks=1) for case in found)]
    return [case.sampled for case in cases]


def seen_by(claim, picks, factor=1.0, asks=None):
    """The answers of a combination on the batches of a verdict."""
    asks = asks or asks_of(claim)
    caller = ScaledCaller(claim=claim, picks={**claim.right, **picks}, asks=asks, factor=factor)
    found = []
    for batch in batches_of(claim, asks):
        vector = caller(batch).vector
        words = asks if claim.gives == "step" else None
        allowed = floor_of(batch, vector, EPS64, claim.gives, words)
        found.append(Seen(batch=batch, vector=vector, floor=allowed))
    return found


def named(claim_id, picks, factor=1.0):
    claim = find_claim(claim_id)
    chosen = {stage: claim.stage(stage)[variant] for stage, variant in picks.items()}
    return find_conventions(claim, asks_of(claim), seen_by(claim, chosen, factor))


COMBINATIONS = [
    ("reinforce", {}, 1.0),
    ("reinforce", {"discounting": "gamma-t-dropped"}, 1.0),
    ("reinforce", {"returns": "full-return", "reduction": "sum-over-batch"}, 1.0),
    (
        "reinforce",
        {"returns": "full-return", "discounting": "gamma-t-dropped",
         "reduction": "mean-over-steps"},
        0.5,
    ),
    ("cpi", {"normalisation": "whiten-ddof0"}, 1.0),
    ("cpi", {"normalisation": "whiten-ddof1", "reduction": "sum-over-batch"}, 0.25),
    ("ppo-clip", {"normalisation": "centred", "reduction": "sum-over-batch"}, 2.0),
    ("ppo-clip", {}, 3.0),
    (
        "ppo-loss",
        {"normalisation": "whiten-ddof1", "value": "value-clip-max-half",
         "entropy": "entropy-sum", "reduction": "sum-over-time"},
        1.0,
    ),
    (
        "ppo-loss",
        {"normalisation": "whiten-ddof0", "value": "value-loss-half",
         "entropy": "entropy-over-actions"},
        0.5,
    ),
    ("a2c-loss", {"value": "smooth-l1", "entropy": "entropy-sum"}, 1.0),
    ("ppo-penalty", {"kl": "kl-sampled-k3", "reduction": "sum-over-batch"}, 1.0),
    ("value-loss", {"value": "value-loss-half"}, 1.0),
    ("importance-sampling", {"weighting": "per-trajectory-weights"}, 1.0),
]  # fmt: skip


@pytest.mark.parametrize(("claim_id", "picks", "factor"), COMBINATIONS)
def test_a_combination_is_named_exactly(claim_id, picks, factor):
    match = named(claim_id, picks, factor)
    assert match is not None
    found = {stage: v.id for stage, v in match.picks.items() if v.kind != "right"}
    assert found == picks
    assert match.factor == factor
    assert len(match.conventions) == len(picks) + (factor != 1.0)
    assert not match.faults


def test_a_constant_factor_is_told_as_a_fraction():
    match = named("ppo-clip", {}, 1 / 3)
    assert match is not None
    assert match.conventions == ("constant-factor(1/3)",)


@pytest.mark.parametrize("factor", [-1.0, 0.1234567, 1 + 1e-6, 65.0])
def test_a_factor_that_nobody_would_write_is_none(factor):
    assert named("ppo-clip", {}, factor) is None


FAULTS = [
    (claim, stage, variant)
    for claim in CLAIMS
    for stage in claim.row(asks_of(claim))
    for variant in stage.faults
]
# Every eighth fault is tried in the quick tier, in one claim of those that share its stage; each,
# and in every claim that has the stage, in the thorough.
_FIRST = {id(stage): claim.id for claim, stage, _ in reversed(FAULTS)}
CASES = [
    pytest.param(
        claim, stage, variant, id=f"{claim.id}-{variant.id}",
        marks=() if _FIRST[id(stage)] == claim.id and number % 8 == 0 else pytest.mark.thorough,
    )
    for number, (claim, stage, variant) in enumerate(FAULTS)
]  # fmt: skip
# Faults that clean batches of whole episodes cannot show, or only as a constant: 1/T, for all of
# them have one padded length. The exact judge has another length, and structure shows the rest.
SILENT = {
    (claim, variant)
    for claim in ("reinforce", "reinforce-baseline", "importance-sampling")
    for variant in ("returns-leak", "gamma-by-row", "unmasked-mean")
}


@pytest.mark.parametrize(("claim", "stage", "variant"), CASES)
def test_a_fault_is_no_convention(claim, stage, variant):
    if (claim.id, variant.id) in SILENT:
        return
    seen = seen_by(claim, {stage.id: variant})
    assert find_conventions(claim, asks_of(claim), seen) is None


@pytest.mark.parametrize(
    ("claim_id", "stage", "fault", "beside"),
    [
        ("cpi", "ratio", "ratio-inverted", {"normalisation": "whiten-ddof1"}),
        ("ppo-clip", "surrogate", "max-at-negative-advantage", {"reduction": "sum-over-batch"}),
        ("reinforce", "returns", "own-reward-dropped", {"discounting": "gamma-t-dropped"}),
        ("ppo-loss", "value", "value-negated", {"entropy": "entropy-sum"}),
        ("gae", "advantages", "lambda-missing", {}),
    ],
)
def test_a_fault_is_named_with_the_conventions_beside_it(claim_id, stage, fault, beside):
    claim = find_claim(claim_id)
    picks = {s: claim.stage(s)[v] for s, v in {stage: fault, **beside}.items()}
    seen = seen_by(claim, picks)
    assert find_conventions(claim, asks_of(claim), seen) is None
    first, *_ = find_suspects(claim, asks_of(claim), seen)
    assert [v.id for v in first.faults] == [fault]
    assert first.conventions == tuple(beside.values())
    assert first.error == 0.0


def test_what_is_not_in_the_catalogue_gets_the_nearest():
    claim = find_claim("cpi")
    seen = [
        Seen(batch=s.batch, vector=s.vector * torch.linspace(1, 1.01, len(s.vector)), floor=s.floor)
        for s in seen_by(claim, {"ratio": claim.stage("ratio")["ratio-tempered"]})
    ]
    suspects = find_suspects(claim, asks_of(claim), seen)
    assert suspects[0].faults[0].id == "ratio-tempered"
    assert 0 < suspects[0].error < 0.1
    assert len({m.faults[0].id for m in suspects}) == 3


def test_one_part_in_a_million_is_no_match():
    claim = find_claim("ppo-clip")
    seen = seen_by(claim, {})
    moved = [
        Seen(batch=s.batch, vector=s.vector + 1e-6 * s.vector.norm(), floor=s.floor) for s in seen
    ]
    assert find_conventions(claim, asks_of(claim), moved) is None
    assert find_conventions(claim, asks_of(claim), seen) is not None


def test_a_match_can_be_called():
    claim = find_claim("cpi")
    asks = asks_of(claim)
    match = Match(picks={"reduction": claim.stage("reduction")["sum-over-batch"]}, factor=0.5)
    seen = seen_by(claim, match.picks, 0.5)
    found = match.caller(claim, asks)(seen[0].batch).vector
    assert torch.equal(found, seen[0].vector)

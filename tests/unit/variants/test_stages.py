"""Every variant: named once, sourced, computable everywhere, and different from the right form."""

import re
from functools import cache

import pytest
import torch

from rlcheck.claims import CLAIMS
from rlcheck.errors import InvalidArgument
from rlcheck.judges.callers import RowCaller
from rlcheck.judges.cases import sampled_cases
from rlcheck.judges.gaussian_cases import sampled_continuous
from rlcheck.judges.recipe import Recipe, make_case
from rlcheck.subjects import make_subject
from rlcheck.variants import STAGES, Workspace
from tests.tiers import one_in, spread

KEBAB = re.compile(r"[a-z0-9]+([-.][a-z0-9]+)*")
THREAD = re.compile(r"[\w.-]+/[\w.-]+#\d+")
EVERY = [(stage, variant) for stage in STAGES for variant in stage.variants]
PLACES = [
    (claim, stage, variant)
    for claim in CLAIMS
    for stage in claim.stages
    # Of the epsilons of one whitening, one.
    for variant in {v.id: v for v in stage.others}.values()
]

# (claim, variant) that is the right form wherever the claim is judged, and why.
SAME_AS_RIGHT = {
    ("importance-sampling", "score-form"): "another estimator, the same gradient",
    **{
        (claim, variant): "only segments hold two episodes, and this claim is about whole ones"
        for claim in ("reinforce", "reinforce-baseline")
        for variant in ("returns-leak", "gamma-by-row")
    },
}


@cache
def cases(claim):
    """Every form, off policy where the claim goes there; every number for a rule of numbers."""
    if claim.gives == "step":
        return step_cases(claim)
    varied = {**{k: (v,) for k, v in claim.settings.items()}, **claim.varied}
    found = []
    for index, form in enumerate(form for form in claim.forms for _ in range(2)):
        settings = tuple((k, v[index % len(v)]) for k, v in varied.items())
        recipe = Recipe(
            form=form, off_policy=claim.off_policy, settings=settings, limit=True, seed=index,
            action_values=claim.of_action_values,
        )  # fmt: skip
        found.append(make_case(recipe))
    if claim.gives != "number":
        return found
    return [found[0].with_settings(kl=kl) for kl in varied["kl"]]


def step_cases(claim):
    """Those of a verdict on a step that asks for every setting, with both kinds of actions."""

    def step(policy, max_kl, damping, cg_iterations, backtrack_coeff, backtracks):
        raise AssertionError

    subject = make_subject(step)
    found = [*sampled_cases(claim, subject, 0), *sampled_continuous(claim, subject, 0)]
    # No part of a step is taken under so few trials.
    return [*found, *(case.with_settings(backtracks=1) for case in found)]


@pytest.mark.parametrize("stage", STAGES, ids=lambda s: s.id)
def test_ids_are_kebab_case_and_unique(stage):
    assert KEBAB.fullmatch(stage.id)
    # One convention may have several constants inside it: whitening has its epsilons.
    seen = {}
    for variant in stage.variants:
        assert KEBAB.fullmatch(variant.id), variant.id
        before = seen.setdefault(variant.id, variant)
        assert before is variant or variant.id.startswith("whiten-ddof"), variant.id
        assert before.kind == variant.kind
    assert [v.id for v in stage.variants if v.kind == "right"] == ["right"]
    assert stage.variants[0] is stage.right


def test_every_sentence_is_said_once_in_a_stage():
    for stage in STAGES:
        sentences = [v.sentence for v in stage.variants]
        assert len(set(sentences)) == len(sentences), stage.id
        assert all(s and not s.endswith(".") for s in sentences)


def test_threads_are_addresses():
    assert all(THREAD.fullmatch(t) for _, variant in EVERY for t in variant.threads)


def test_an_unknown_variant_is_refused_with_what_there_is():
    with pytest.raises(InvalidArgument, match="gamma-t-dropped"):
        next(s for s in STAGES if s.id == "discounting")["nothing"]


@cache
def answers(claim, stage_id, variant):
    """The answer of the right form with one variant in it, on every case."""
    picks = {**claim.right, stage_id: variant}
    caller = RowCaller(claim=claim, picks=picks, asks=frozenset())
    return [caller(case.sampled).vector for case in cases(claim)]


def right_answers(claim):
    return answers(claim, claim.stages[0].id, claim.stages[0].right)


@pytest.mark.parametrize(
    ("claim", "stage", "variant"),
    one_in(5, PLACES, [f"{c.id}-{s.id}-{i}-{v.id}" for i, (c, s, v) in enumerate(PLACES)]),
)
def test_a_variant_is_computable_everywhere_and_differs_somewhere(claim, stage, variant):
    gaps = [
        float((one - other).norm()) / max(float(other.norm()), 1e-300)
        for one, other in zip(answers(claim, stage.id, variant), right_answers(claim), strict=True)
    ]
    if (claim.id, variant.id) in SAME_AS_RIGHT:
        assert max(gaps) < 1e-12
    else:
        assert max(gaps) > 1e-6


# Pairs that no clean batch of these claims can tell apart, and why.
ALIKE = {
    ("last-row-dropped", "ends-dropped"): "whole episodes end by termination, in their last row",
    ("mask-in-numerator-only", "unmasked-mean"): "credit in padded slots is zero",
    ("ratio-always-one", "ratio-without-exp"): "unclipped, both have the score's gradient",
}


@pytest.mark.parametrize("claim", spread(list(CLAIMS), quick=7), ids=lambda c: c.id)
def test_no_two_variants_of_a_stage_are_the_same(claim):
    """Otherwise a suspect's name would be an accident of the order."""
    for stage in claim.stages:
        seen = {}
        for variant in stage.variants:
            if (claim.id, variant.id) in SAME_AS_RIGHT or variant.id.startswith("whiten-ddof"):
                continue
            vector = torch.cat(answers(claim, stage.id, variant))
            for other, known in seen.items():
                close = float((vector - known).norm()) <= 1e-9 * float(known.norm())
                assert not close or (other, variant.id) in ALIKE, (stage.id, other, variant.id)
            seen[variant.id] = vector


def test_backwards_is_the_recursion_written_forwards():
    case = make_case(Recipe(form="segments", settings=(("gamma", 0.75),)))
    x = Workspace(case.sampled)
    carry = torch.rand(x.T, x.N, dtype=torch.float64)
    found = x.backwards(x.rewards, carry)
    for n in range(x.N):
        for t in range(x.T):
            total, weight = 0.0, 1.0
            for u in range(t, x.T):
                total += weight * float(x.rewards[u, n])
                weight *= float(carry[u, n])
            assert float(found[t, n]) == pytest.approx(total, abs=1e-13)


def test_the_last_row_is_the_last_valid_slot():
    x = Workspace(make_case(Recipe(form="ragged")).sampled)
    rows = x.last_row
    assert rows.sum(0).tolist() == [1.0] * x.N
    assert all(rows[int(length) - 1, n] == 1 for n, length in enumerate(x.mask.sum(0).tolist()))

"""The judge is judged: on the worlds of a verdict the right form passes and a planted one fails."""

from functools import lru_cache
from typing import Any

import torch

from rlcheck.claims import Claim
from rlcheck.judges.callers import RowCaller
from rlcheck.judges.continuous_case import AnyCase
from rlcheck.judges.examination import Examination
from rlcheck.judges.floors import EPS64
from rlcheck.judges.response import SubjectFailure
from rlcheck.subjects import Subject
from rlcheck.subjects.layouts import Layout
from rlcheck.subjects.subject import Actions

_CPU = torch.device("cpu")


def judge_the_judge(
    claim: Claim,
    subject: Subject,
    seed: int,
    eps: float = EPS64,
    device: torch.device = _CPU,
) -> dict[str, object]:
    """What the claim's right form and its planted variant come out as here.

    Args:
        claim: what is promised.
        subject: what it asks for decides which worlds are used.
        seed: of the worlds.
        eps: the precision that the subject is judged at; floors that hide all are found here.
        device: where it is judged.

    Returns:
        `right` and `planted` as words, and `sound`: whether the worlds can tell them apart.
    """
    fixed = tuple(sorted(subject.fixed.items()))
    right, planted = _tried(
        claim, subject.asks, fixed, subject.layout, seed, subject.own, subject.actions, eps,
        device,
    )  # fmt: skip
    return {
        "right": "consistent" if right else "biased",
        "planted": "biased" if planted else "consistent",
        "variant": _planted(claim, subject.asks)[1],
        "sound": right and planted,
    }


@lru_cache(maxsize=256)
def _tried(
    claim: Claim,
    asks: frozenset[str],
    fixed: tuple[tuple[str, float], ...],
    layout: Layout,
    seed: int,
    own: Any = None,
    actions: Actions = "discrete",
    eps: float = EPS64,
    device: torch.device = _CPU,
) -> tuple[bool, bool]:
    """(right form holds, planted variant fails), by the judge that decides the claim."""
    subject = Subject(
        name="placebo", call=lambda: None, bound={w: w for w in asks}, layout=layout,
        fixed=dict(fixed), own=own, actions=actions,
    )  # fmt: skip
    stage, variant = _planted(claim, asks)
    plant = {**claim.right, stage: claim.stage(stage)[variant]}
    of_right, of_planted = (
        Examination(
            claim=claim, subject=subject, seed=seed, device=device,
            caller=RowCaller(claim=claim, picks=picks, asks=asks, eps=eps),
        )
        for picks in (claim.right, plant)
    )  # fmt: skip
    cases = of_right.cases() if claim.decides == "same batch" else []
    return _passes(of_right, cases), not _passes(of_planted, cases)


def _planted(claim: Claim, asks: frozenset[str]) -> tuple[str, str]:
    """The claim's planted fault, or another one in a stage that the subject performs itself."""
    if claim.planted[0] in {s.id for s in claim.row(asks)}:
        return claim.planted
    stage = next(s for s in claim.row(asks) if s.faults)
    return stage.id, stage.faults[0].id


def _passes(examination: Examination, cases: list[AnyCase]) -> bool:
    """Whether nothing fails that decides; `cases` are those for comparison on the same batch."""
    try:
        if cases:
            examination.same_batch(cases)
            if examination.failing():
                return False
        examination.exact(until_failure=True)
    except SubjectFailure:
        return False
    return not examination.failing()

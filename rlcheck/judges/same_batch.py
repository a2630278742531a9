"""Judge 1: the claim's formula and the subject on the same batch. Finds all, by reference."""

from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor

from rlcheck.claims import Claim
from rlcheck.judges.callers import Caller
from rlcheck.judges.continuous_case import AnyCase
from rlcheck.judges.floors import floor
from rlcheck.judges.measurement import Measurement
from rlcheck.subjects.batch import Batch

REGIONS = ("below", "inside", "above")
SIGNS = {"positive": 1.0, "negative": -1.0}


def clips_given_credit(claim: Claim, asks: frozenset[str]) -> bool:
    """Whether a claim clips ratios, and the advantages that it weighs with them are handed over."""
    return claim.off_policy and "clip_eps" in claim.settings and "advantages" in asks


def region_of(batch: Batch) -> Tensor:
    """0, 1 or 2 where the ratio lies below, inside or above the clip range, [T, N]."""
    eps = batch.settings["clip_eps"]
    with torch.no_grad():
        logp = batch.networks.logp(batch.rollout.obs, batch.rollout.actions)
    ratio = (logp - batch.logp_old).exp()
    return (ratio >= 1 - eps).long() + (ratio > 1 + eps).long()


def regions(case: AnyCase, batch: Batch) -> Iterator[tuple[str, Batch]]:
    """The batch once for each sign of A and region of the ratio, with no credit elsewhere."""
    where = region_of(batch)
    for sign, factor in SIGNS.items():
        for index, name in enumerate(REGIONS):
            here = (where == index) & batch.rollout.mask
            if bool(here.any()):
                credit = factor * batch.advantages.abs() * here.to(torch.float64)
                yield f"{sign}-advantage-{name}", replace(batch, advantages=credit)


def compare(
    property_id: str, caller: Caller, reference: Caller, case: AnyCase, batch: Batch
) -> Measurement:
    """One comparison on one batch."""
    found, due = caller(batch), reference(batch)
    vector = found.vector
    if found.clipped:
        # Its length was cut on the way to the optimiser; the direction is all there is to judge.
        vector = vector * (due.vector.norm() / vector.norm())
    allowed = floor(batch, due.vector, caller.eps, caller.words, caller.claim.gives)
    return Measurement(
        property_id=property_id,
        case=case,
        found=vector,
        due=due.vector,
        floor=allowed,
        note="its gradient was clipped: directions compared" if found.clipped else "",
        n_rollouts=batch.rollout.N,
    )


def judge_same_batch(
    claim: Claim, asks: frozenset[str], caller: Caller, reference: Caller, cases: list[AnyCase]
) -> Iterator[Measurement]:
    """Every comparison on every case."""
    for case in cases:
        batch = case.sampled
        name = "same-batch-on-policy" if case.on_policy else "same-batch-off-policy"
        yield compare(name, caller, reference, case, batch)
        if clips_given_credit(claim, asks) and not case.on_policy:
            for region, part in regions(case, batch):
                yield compare(region, caller, reference, case, part)

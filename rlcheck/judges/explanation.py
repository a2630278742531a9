"""Whether conventions explain *every* failure, also those that no reference was needed for."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from rlcheck.judges.callers import Caller, RowCaller
from rlcheck.judges.examination import Examination, measure_again
from rlcheck.judges.expectation import NoRoute, OneBatch
from rlcheck.judges.floors import credit_sizes, floor, roundings
from rlcheck.judges.identification import Match
from rlcheck.judges.measurement import Measurement, is_blunt
from rlcheck.judges.response import SubjectFailure
from rlcheck.judges.structural import NotTried
from rlcheck.subjects.batch import Batch
from rlcheck.variants import Workspace

_NORMALISATION = "normalisation"


def explains(match: Match, examination: Examination, failing: list[Measurement]) -> bool:
    """Whether the row of stages with these conventions fails in the very same way.

    A subject that sums over the batch *and* reads padded slots agrees with the convention on
    every clean batch; only the failure itself, tried on both, tells them apart.
    """
    stand_in = replace(
        examination,
        caller=match.caller(examination.claim, examination.asks),
        measurements=[], refused={}, lost=[], notes=[],
    )  # fmt: skip
    tried: dict[tuple[str, int], list[Measurement]] = {}
    for measured in failing:
        key = (measured.property_id, id(measured.case))
        if key not in tried:
            tried[key] = _again(stand_in, measured)
        if not any(_same(other, measured, stand_in, examination) for other in tried[key]):
            return False
    return True


def _again(stand_in: Examination, measured: Measurement) -> list[Measurement]:
    if measured.property_id in ("float32-agrees", "devices-agree"):
        return []
    try:
        return list(measure_again(stand_in, measured.property_id, measured.case))
    except (NoRoute, NotTried, SubjectFailure):
        return []


def _same(
    other: Measurement, measured: Measurement, stand_in: Examination, examination: Examination
) -> bool:
    if measured.failed is not None:
        return bool(other.failed)
    if other.found.shape != measured.found.shape:
        return False
    if measured.batches and _columns(measured.batches) == _columns(other.batches):
        assert isinstance(stand_in.caller, RowCaller)
        return agree_on_every_batch(
            measured.case.listed, measured.batches, other.batches, examination.caller,
            stand_in.caller,
        )  # fmt: skip
    gap = float((other.found - measured.found).norm())
    return gap <= 2 * max(measured.floor, other.floor)


def _columns(batches: Sequence[OneBatch]) -> list[tuple[int, ...]]:
    return [one.columns for one in batches]


def agree_on_every_batch(
    listed: Batch,
    found: Sequence[OneBatch],
    due: Sequence[OneBatch],
    caller: Caller,
    row: RowCaller,
) -> bool:
    """Whether an expectation over coupled batches was summed from the same answers.

    Where a batch holds next to equal credit, whitening divides rounding by rounding, and two
    right answers have nothing in common. Batch by batch this is known: rounding is carried
    through what the convention does to credit, and a batch where that leaves a floor that could
    hide a thousandth of the answer decides nothing. One at least must decide.

    Args:
        listed: all rollouts.
        found: an implementation's answers.
        due: those of a row of stages, on the same batches.
        caller: the implementation; its precision and words.
        row: the row of stages.
    """
    decided = 0
    for one, right in zip(found, due, strict=True):
        batch = listed.select(torch.tensor(one.columns))
        gap = float((one.vector - right.vector).norm())
        if gap <= 2 * floor(batch, right.vector, caller.eps, caller.words):
            decided += 1
            continue
        if _NORMALISATION not in row.picks:
            return False
        credit = _credit_after_normalisation(row, batch, caller.eps)
        carried = 2 * floor(batch, right.vector, caller.eps, caller.words, credit=credit)
        if gap > carried:
            return False
        decided += not is_blunt(carried, right.vector)
    return decided > 0


def _credit_after_normalisation(caller: RowCaller, batch: Batch, eps: float) -> Tensor:
    """|w_t| + sum_s |f(A + d_s e_s) - f(A)|_t / d_s c_s: what rounding of A leaves of w = f(A).

    c_s adds up the sizes of what the credit A_s is made of, and d_s = eps (roundings) c_s. The
    slope is taken over that distance: whitening has no derivative where all credit is the same.
    """
    given: list[tuple[Workspace, Tensor]] = []
    stage = caller.picks[_NORMALISATION]

    def listening(x: Workspace, advantages: Tensor) -> Tensor:
        given.append((x, advantages.detach()))
        return stage.compute(x, advantages)

    picks = {**caller.picks, _NORMALISATION: replace(stage, compute=listening)}
    replace(caller, picks=picks).output(batch)
    x, advantages = given[-1]
    here = stage.compute(x, advantages)
    sizes = credit_sizes(batch, caller.words).to(advantages)
    distance = eps * roundings(batch)
    moved = here.abs()
    for place in x.mask.nonzero():
        size = sizes[tuple(place)]
        if size == 0:
            continue
        nudged = advantages.clone()
        nudged[tuple(place)] += distance * size
        moved = moved + (stage.compute(x, nudged) - here).abs() / distance
    return moved

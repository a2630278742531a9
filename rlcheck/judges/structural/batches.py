"""Relations between batches: the same again, in another order, in halves, with rubbish in masks."""

from dataclasses import replace

import torch
from torch import Tensor

from rlcheck.judges.floors import EPS64
from rlcheck.judges.measurement import Measurement
from rlcheck.judges.response import SubjectFailure
from rlcheck.judges.structural.trial import Measured, Trial
from rlcheck.subjects.batch import Batch

_RUBBISH = 1e2


_MASKED_ARRAYS = (
    *("rewards", "values", "next_values", "values_old", "advantages", "returns"),
    *("logp_old", "obs", "next_obs"),
)


def repeatable(trial: Trial) -> Measured:
    """Two calls on one batch."""
    yield trial.measure("repeatable", trial.caller(trial.batch).vector, trial.plain.vector)


def inputs_untouched(trial: Trial) -> Measured:
    """Whether an argument was changed in place."""
    changed = trial.plain.changed
    yield trial.decided(
        "inputs-untouched", bool(changed), f"changed in place: {', '.join(changed)}"
    )


def order_of_rollouts(trial: Trial) -> Measured:
    """The batch backwards: the same gradient, or the array backwards."""
    order = torch.arange(trial.batch.rollout.N - 1, -1, -1)
    answer = trial.caller(trial.batch.select(order))
    found = answer.vector
    if trial.claim.gives == "array":
        assert answer.raw is not None
        found = answer.raw[:, order][trial.batch.rollout.mask]
    yield trial.measure("order-of-rollouts", found, trial.plain.vector)


def splitting(trial: Trial) -> Measured:
    """Both halves, weighted by their valid steps (by rollouts where the claim averages those)."""
    n = trial.batch.rollout.N
    halves = [torch.arange(0, n // 2), torch.arange(n // 2, n)]
    parts = [trial.batch.select(half) for half in halves]
    if trial.claim.gives == "array":
        raws = [trial.caller(part).raw for part in parts]
        found = torch.cat([raw for raw in raws if raw is not None], 1)
        yield trial.measure("splitting", found[trial.batch.rollout.mask], trial.plain.vector)
        return
    over_rollouts = trial.claim.averages == "rollouts"
    sizes = [float(p.rollout.N if over_rollouts else p.valid_steps.sum()) for p in parts]
    found = sum(
        size / sum(sizes) * trial.caller(part).vector
        for size, part in zip(sizes, parts, strict=True)
    )
    assert isinstance(found, Tensor)
    yield trial.measure("splitting", found, trial.plain.vector)


def masked_slots_ignored(trial: Trial) -> Measured:
    """One array after another with 1e2 in its masked slots."""
    if bool(trial.batch.rollout.mask.all()) or "mask" not in trial.asks:
        return
    for word in _MASKED_ARRAYS:
        if word in trial.asks or (word == "obs" and trial.asks & {"logp", "entropy"}):
            yield _with_rubbish(trial, word)


def _with_rubbish(trial: Trial, word: str) -> Measurement:
    note = f"1e2 in masked slots of `{word}`"
    try:
        found = trial.caller(_fill_masked(trial.batch, word, _RUBBISH)).vector
    except SubjectFailure as failure:
        if trial.eps != EPS64:
            raise  # exp(1e2) is infinite in float32, whoever computes it
        return trial.decided("masked-slots-ignored", True, f"with {note} {failure}")
    return trial.measure("masked-slots-ignored", found, trial.plain.vector, note=note)


def nan_in_masked_slots(trial: Trial) -> str | None:
    """A note where NaN in masked slots reaches the result (0 * NaN is NaN): told, not judged."""
    if bool(trial.batch.rollout.mask.all()) or "mask" not in trial.asks:
        return None
    reached = []
    for word in _MASKED_ARRAYS:
        if word not in trial.asks or word in ("obs", "next_obs"):
            continue
        try:
            trial.caller(_fill_masked(trial.batch, word, float("nan")))
        except SubjectFailure:
            reached.append(word)
    return f"NaN in masked slots of {', '.join(reached)} reaches the result" if reached else None


def _fill_masked(batch: Batch, word: str, value: float) -> Batch:
    hidden = ~batch.rollout.mask
    if word in ("rewards", "obs", "next_obs"):
        values = getattr(batch.rollout, word)
        place = hidden.reshape(*hidden.shape, *[1] * (values.ndim - 2))
        return replace(
            batch, rollout=replace(batch.rollout, **{word: values.masked_fill(place, value)})
        )
    return replace(batch, **{word: getattr(batch, word).masked_fill(hidden, value)})

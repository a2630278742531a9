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
# A network makes logits of observations. Of 1e2 in every place it makes a probability of zero, and
# 0 * inf is no number: a mask may multiply, so that its slots must stay finite.
_OBSERVED_RUBBISH = 2.0


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


def duplication(trial: Trial) -> Measured:
    """Every rollout twice: g(B, B) = g(B) for a mean, and an array is the same array twice.

    True of every mean over steps or rollouts, whatever weighs them. A sum doubles, and a stage
    that couples rollouts by an unbiased deviation (n - 1) moves: both are conventions. Another
    estimator of an expectation may compare rollouts with one another, and need not keep it.
    """
    n = trial.batch.rollout.N
    twice = trial.caller(trial.batch.select(torch.arange(n).repeat(2)))
    if trial.claim.gives == "array":
        assert twice.raw is not None
        mask = trial.batch.rollout.mask
        for half in (twice.raw[:, :n], twice.raw[:, n:]):
            yield trial.measure("duplication", half[mask], trial.plain.vector)
        return
    yield trial.measure("duplication", twice.vector, trial.plain.vector)


def masked_slots_ignored(trial: Trial) -> Measured:
    """One array after another with rubbish in its masked slots: 1e2, in observations 2.

    True of every mask, by selection or by a product with zero, as long as rubbish stays finite.
    """
    if bool(trial.batch.rollout.mask.all()) or "mask" not in trial.asks:
        return
    for word in _MASKED_ARRAYS:
        if word in trial.asks or (word == "obs" and trial.asks & {"logp", "entropy"}):
            yield _with_rubbish(trial, word)


def _with_rubbish(trial: Trial, word: str) -> Measurement:
    rubbish = _OBSERVED_RUBBISH if word in ("obs", "next_obs") else _RUBBISH
    note = f"{rubbish:g} in masked slots of `{word}`"
    try:
        found = trial.caller(_fill_masked(trial.batch, word, rubbish)).vector
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

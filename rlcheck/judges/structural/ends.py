"""Ends of episodes: nothing leaks across, truncation bootstraps, termination does not."""

from dataclasses import replace

import torch
from torch import Tensor

from rlcheck.judges.structural.trial import Measured, Trial


def boundaries_do_not_leak(trial: Trial) -> Measured:
    """Rewards and values after an end are changed; what lies before it must not move."""
    rollout = trial.batch.rollout
    assert trial.plain.raw is not None
    for column in range(rollout.N):
        ends = rollout.dones[:, column].nonzero().flatten().tolist()
        if not ends or ends[0] + 1 >= rollout.T or not bool(rollout.mask[ends[0] + 1, column]):
            continue
        after = torch.zeros_like(rollout.mask)
        after[ends[0] + 1 :, column] = True
        # V(s') of a row stays V(s) of the next: code may read either. Nothing cancels: whatever
        # leaks, r + gamma V(s') - V(s) as well as V, has grown.
        shift = after.to(torch.float64)
        spoilt = replace(
            trial.batch,
            rollout=replace(rollout, rewards=rollout.rewards + 5.0 * shift),
            values=trial.batch.values + 3.0 * shift,
            next_values=trial.batch.next_values + 3.0 * shift,
        )
        raw = trial.caller(spoilt).raw
        assert raw is not None
        kept = slice(0, ends[0] + 1)
        yield trial.measure(
            "boundaries-do-not-leak", raw[kept, column], trial.plain.raw[kept, column]
        )
        return


def _nudged_next_values(trial: Trial, where: Tensor) -> Tensor:
    nudge = where.to(torch.float64) * 2.0
    return trial.caller(replace(trial.batch, next_values=trial.batch.next_values + nudge)).vector


def truncation_bootstraps(trial: Trial) -> Measured:
    """V of the successors of truncated steps is changed, and must matter."""
    where = trial.batch.rollout.truncated
    if bool(where.any()) and trial.case.world.gamma > 0:
        moved = float((_nudged_next_values(trial, where) - trial.plain.vector).norm())
        yield trial.decided(
            "truncation-bootstraps", moved <= trial.floor(trial.plain.vector),
            "V of the successor of a truncated step plays no part",
        )  # fmt: skip


def termination_does_not_bootstrap(trial: Trial) -> Measured:
    """V of the successors of terminated steps is changed, and must not matter."""
    where = trial.batch.rollout.terminated
    if bool(where.any()):
        yield trial.measure(
            "termination-does-not-bootstrap",
            _nudged_next_values(trial, where),
            trial.plain.vector,
        )

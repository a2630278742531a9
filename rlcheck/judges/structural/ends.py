"""Ends of episodes: nothing leaks across, truncation bootstraps, termination does not."""

from dataclasses import replace

import torch
from torch import Tensor

from rlcheck.judges.structural.trial import Measured, Trial
from rlcheck.subjects.batch import Batch
from rlcheck.subjects.own import has_action_values

_FURTHER = 5.0


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


def truncation_bootstraps(trial: Trial) -> Measured:
    """V of the successors of truncated steps is changed, and must matter."""
    where = trial.batch.rollout.truncated & _is_worth_something(trial.batch)
    if bool(where.any()) and trial.case.world.gamma > 0:
        found = trial.caller(_with_other_successors(trial, where)).vector
        moved = float((found - trial.plain.vector).norm())
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
            trial.caller(_with_other_successors(trial, where)).vector,
            trial.plain.vector,
        )


def _with_other_successors(trial: Trial, where: Tensor) -> Batch:
    """Other values of the successors of some steps, as they are given and as networks see them.

    What is made of one step alone may be given another successor as well: of networks that are
    linear in what they see, five times the observation has five times the value. In longer
    recursions the successor is also the state of the next row, and stays.
    """
    batch, rollout = trial.batch, trial.batch.rollout
    marks = where.to(torch.float64)
    if not trial.claim.reads_cuts:
        further = rollout.next_obs * (1 + (_FURTHER - 1) * marks[..., None])
        rollout = replace(rollout, next_obs=further.to(rollout.next_obs))
    return replace(batch, rollout=rollout, next_values=batch.next_values + 2.0 * marks)


@torch.no_grad()
def _is_worth_something(batch: Batch) -> Tensor:
    """Where no network says that every action of the successor is worth nothing, [T, N]."""
    worth = torch.ones_like(batch.rollout.mask)
    if has_action_values(batch.networks):
        for network in (batch.networks.modules()["q_fn"], batch.target_q_fn):
            if network is not None:
                worth &= (network(batch.rollout.next_obs) != 0).all(-1)
    return worth

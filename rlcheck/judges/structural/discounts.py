"""The ends of the range of gamma and lambda, where what is far away plays no part, or only once."""

from dataclasses import replace

import torch
from torch import Tensor

from rlcheck import exact
from rlcheck.judges.case import Case
from rlcheck.judges.measurement import Measurement
from rlcheck.judges.structural.states import by_state
from rlcheck.judges.structural.trial import ExpectedTrial, Measured, NotTried, Trial
from rlcheck.subjects.batch import Batch


def gamma_zero(trial: Trial) -> Measured:
    """gamma = 0: nothing that comes later counts.

        A_t = r_t - V_t,   G_t = r_t,   grad J = grad E[r_0],

    so that other rewards from row m on, and other values of the states in which they are earned,
    leave the rows before m as they are; of a gradient, the columns of the states of row 0.
    """
    _refuse_fixed(trial, "gamma")
    batch = _undiscounting(trial) if isinstance(trial, ExpectedTrial) else trial.batch
    yield from _no_effect(trial, "gamma-zero", _set(batch, gamma=0.0), ahead=0)


def lambda_zero(trial: Trial) -> Measured:
    """lambda = 0: an advantage is the one-step error.

        A_t = r_t + gamma V_{t+1} - V_t:

    other rewards from row m on, and other values from the state of row m + 1 on, leave the rows
    before m as they are.
    """
    _refuse_fixed(trial, "gae_lambda")
    yield from _no_effect(trial, "lambda-zero", _set(trial.batch, gae_lambda=0.0), ahead=1)


def lambda_one(trial: Trial) -> Measured:
    """lambda = 1: one-step errors telescope to return minus value.

        A_t = sum_{k=t}^{e} gamma^{k-t} r_k + gamma^{e-t+1} V_{e+1} - V_t,

    e the last row of the episode, V_{e+1} where it did not terminate. Values of states in
    between cancel: with V_k + b_k in every row, and the same as the successor's in the row before,
    only a row's own value is left, A'_t = A_t - b_t. Of a gradient, with b_0 = 0, the columns of
    the states of row 0 stay as they are.
    """
    _refuse_fixed(trial, "gae_lambda")
    batch = _set(trial.batch, gae_lambda=1.0)
    rows = _bumps(batch)
    if trial.claim.gives != "array":
        rows[0] = 0.0
        yield _columns(trial, "lambda-one", batch, _interior(batch, rows))
        return
    other = _interior(batch, rows)
    mask = batch.rollout.mask
    due = trial.respond(batch)
    found = trial.respond(other) + rows.expand_as(batch.values)[mask].cpu()
    rounding = trial.rounding(batch, due) + trial.rounding(other, found)
    yield trial.relate("lambda-one", found, due, rounding, note="other values in between")


def _set(batch: Batch, **settings: float) -> Batch:
    return replace(batch, settings={**batch.settings, **settings})


def _refuse_fixed(trial: Trial, key: str) -> None:
    subject = getattr(trial.caller, "subject", None)
    if subject is not None and key in subject.fixed:
        raise NotTried(f"{key} was given, and is not to be varied")


def _bumps(batch: Batch) -> Tensor:
    """A number for each row, of both signs, [T, 1]."""
    rows = torch.arange(1, batch.rollout.T + 1, dtype=torch.float64, device=batch.values.device)
    return (rows * (-1) ** rows)[:, None] / 2


def _no_effect(trial: Trial, name: str, batch: Batch, ahead: int) -> Measured:
    """Rewards from row m on, values from row m + ahead on, against the rows before m."""
    length = batch.rollout.T
    if length < 2:
        return
    if trial.claim.gives != "array":
        yield _columns(trial, name, batch, _later(batch, 1, ahead))
        return
    plain = trial.caller(batch).raw
    assert plain is not None
    found, due, rounding = [], [], 0.0
    for row in sorted({1, length - 1}):
        other = _later(batch, row, ahead)
        raw, mask = trial.caller(other).raw, batch.rollout.mask[:row]
        assert raw is not None
        found.append(raw[:row][mask])
        due.append(plain[:row][mask])
        rounding += trial.rounding(batch, due[-1]) + trial.rounding(other, due[-1])
    yield trial.relate(name, torch.cat(found), torch.cat(due), rounding, note="other later rewards")


def _later(batch: Batch, row: int, ahead: int) -> Batch:
    """Other rewards from `row` on; other values of the states of rows from `row + ahead` on.

    x becomes 3 x + b_t: by a constant alone no *expectation* of a score would ever move. The value
    of a state is told twice, as its own row's and as the successor's of the row before.
    """
    rows = torch.arange(batch.rollout.T, device=batch.values.device)[:, None]
    bumps, mask = _bumps(batch), batch.rollout.mask
    following = torch.cat([bumps[1:], bumps[-1:]])

    def other(values: Tensor, bump: Tensor, where: Tensor) -> Tensor:
        return torch.where(where & mask, 3 * values + bump, values)

    rewards = other(batch.rollout.rewards, bumps, rows >= row)
    return replace(
        batch,
        rollout=replace(batch.rollout, rewards=rewards),
        values=other(batch.values, bumps, rows >= row + ahead),
        next_values=other(batch.next_values, following, rows + 1 >= row + ahead),
    )


def _interior(batch: Batch, bumps: Tensor) -> Batch:
    """Other values in every row, and the same of successors that are a row of the same episode."""
    mask = batch.rollout.mask
    goes_on = torch.zeros_like(mask)
    goes_on[:-1] = mask[1:] & ~batch.rollout.dones[:-1]
    following = torch.cat([bumps[1:], bumps[-1:]])
    return replace(
        batch,
        values=batch.values + bumps * mask,
        next_values=batch.next_values + following * goes_on,
    )


def _columns(trial: Trial, name: str, batch: Batch, other: Batch) -> Measurement:
    """The gradient's columns of the states of row 0, which are met in no other row."""
    case, rollout = trial.case, batch.rollout
    if not isinstance(case, Case) or case.own is not None:
        raise NotTried("weights that belong to a state are had in rlcheck's own tables")
    assert rollout.states is not None
    first = rollout.states[0].unique()
    if bool(torch.isin(rollout.states[1:][rollout.mask[1:]], first).any()):
        raise NotTried("the states of the first row come back in later ones")
    here = torch.zeros(case.logits.shape[0], dtype=torch.float64)
    here[first.cpu()] = 1.0
    right, answer = trial.respond(batch), trial.respond(other)
    rounding = trial.rounding(batch, right) + trial.rounding(other, answer)
    found, due = ((by_state(v, case) * here).reshape(-1) for v in (answer, right))
    return trial.relate(name, found, due, rounding, note="seen from the states of the first row")


def _undiscounting(trial: Trial) -> Batch:
    """All rollouts of the case with gamma = 0, and with the critic that is exact there."""
    case = trial.case
    if not isinstance(case, Case):
        raise NotTried("weights that belong to a state are had in rlcheck's own tables")
    world = replace(case.world, gamma=0.0)
    critic = torch.where(world.terminal, case.critic, exact.state_values(world, case.pi_old))
    values = critic if torch.equal(case.values, case.critic) else case.values
    return replace(case, world=world, critic=critic, values=values).listed

"""States under other names, and one state under two."""

from dataclasses import replace

import torch
from torch import Tensor

from rlcheck.judges.case import Case
from rlcheck.judges.measurement import Measurement
from rlcheck.judges.structural.trial import Measured, NotTried, Trial
from rlcheck.subjects.batch import Batch
from rlcheck.worlds import Rollout


def states_relabelled(trial: Trial) -> Measured:
    """States in the opposite order: observations and the tables behind them, [S, ...], flipped.

    With p a permutation, o' = o[p] and W'[:, j] = W[:, p(j)] give every state its own logits and
    values back, so that the gradient is the same table with its columns permuted:

        g'[:, j] = g[:, p(j)].

    True where an observation is read by the networks alone and they are tables of one-hot states.
    """
    case = _tabular(trial)
    order = torch.arange(case.logits.shape[0] - 1, -1, -1, device=case.logits.device)
    renamed = replace(case, **{name: table[order] for name, table in case.network_tables.items()})
    rollout = trial.batch.rollout
    assert rollout.states is not None
    assert rollout.next_states is not None
    # The opposite order is its own inverse: state s is now called order[s].
    rollout = replace(
        rollout, obs=rollout.obs[..., order], next_obs=rollout.next_obs[..., order],
        states=order[rollout.states], next_states=order[rollout.next_states],
    )  # fmt: skip
    other = _with_tables(trial.batch, renamed, rollout)
    found = by_state(trial.respond(other), case)[:, order.cpu()].reshape(-1)
    yield _same(trial, "states-relabelled", found, "states in the opposite order")


def state_duplicated(trial: Trial) -> Measured:
    """One state s becomes two, told apart by the action that led there: same rows, same successors.

    Both copies have the logits and the values of s, so that every number in the batch is what it
    was, and a probability that fed one row of the table now feeds two:

        g'[:, s'] + g'[:, s''] = g[:, s],   all other columns as before.

    Which copy is entered depends on the past alone: the two are states of a legitimate world, so
    the relation holds in expectation as well as on a batch. True where observations are read by
    the networks alone, and these are tables of one-hot states.
    """
    case = _tabular(trial)
    chosen = _most_even_split(trial.batch.rollout)
    if chosen is None:
        raise NotTried("no state is reached by two actions")
    state, copies = chosen
    twice = replace(
        case,
        **{
            name: torch.cat([table, table[state : state + 1]])
            for name, table in case.network_tables.items()
        },
    )
    other = _with_tables(trial.batch, twice, _split(trial.batch.rollout, state, copies))
    columns = trial.respond(other).reshape(-1, case.logits.shape[0] + 1)
    merged = columns[:, :-1].clone()
    merged[:, state] += columns[:, -1]
    yield _same(trial, "state-duplicated", merged.reshape(-1), f"state {state} twice")


def by_state(vector: Tensor, case: Case) -> Tensor:
    """A gradient of rlcheck's own networks as a table: the policy's rows, then V's, then Q's."""
    return vector.reshape(-1, case.logits.shape[0])


def _tabular(trial: Trial) -> Case:
    if not isinstance(trial.case, Case):
        raise NotTried("continuous states have no names")
    if trial.case.own is not None:
        raise NotTried("its networks are its own: an observation means to them what it does")
    return trial.case


def _with_tables(batch: Batch, tables: Case, rollout: Rollout) -> Batch:
    """The batch with the networks of other tables, and a rollout that fits them."""
    return replace(
        batch, rollout=rollout, networks=tables.networks, policy_old=tables.policy_old,
        target_q_fn=tables.target_q_fn,
    )  # fmt: skip


def _same(trial: Trial, name: str, found: Tensor, note: str) -> Measurement:
    # Every number that enters is the one that entered before: both sides round alike.
    return trial.relate(name, found, trial.answer, 2 * trial.slack, note=note)


def _most_even_split(rollout: Rollout) -> tuple[int, Tensor] | None:
    """(s, slots [T, N] in which s was entered by a certain action): as even as there is."""
    assert rollout.states is not None
    entered = torch.zeros_like(rollout.mask)
    entered[1:] = rollout.mask[1:] & ~rollout.dones[:-1]
    before = torch.cat([rollout.actions[:1], rollout.actions[:-1]])
    best, most = None, 0
    for state in rollout.states[entered].unique().tolist():
        here = (rollout.states == state) & rollout.mask
        for action in before[here & entered].unique().tolist():
            copies = here & entered & (before == action)
            fewer = min(int(copies.sum()), int((here & ~copies).sum()))
            if fewer > most:
                best, most = (state, copies), fewer
    return best


def _split(rollout: Rollout, state: int, copies: Tensor) -> Rollout:
    """The rollout in which the marked slots are in the new, last state."""
    led_there = torch.zeros_like(copies)
    led_there[:-1] = copies[1:]
    moved = {}
    for name, marks in (("obs", copies), ("next_obs", led_there)):
        wider = torch.nn.functional.pad(getattr(rollout, name), (0, 1))
        wider[..., -1] = marks.to(wider.dtype)
        wider[..., state] -= marks.to(wider.dtype)
        moved[name] = wider
    new = rollout.obs.shape[-1]
    for name, marks in (("states", copies), ("next_states", led_there)):
        moved[name] = torch.where(marks, new, getattr(rollout, name))
    return replace(rollout, **moved).with_clean_padding()

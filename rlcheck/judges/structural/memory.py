"""A memory: nothing crosses the beginning of an episode, and inside one everything does."""

from dataclasses import replace

import torch
from torch import Tensor

from rlcheck.judges.recurrent_case import RecurrentCase
from rlcheck.judges.structural.trial import Measured, NotTried, Trial
from rlcheck.subjects.own_recurrent import RecurrentAgent
from rlcheck.subjects.unrolled import RecurrentBatch, UnrolledNetworks


def beginnings_forget(trial: Trial) -> Measured:
    """Another state where row 0 begins an episode, and other observations before a later one.

        h_t = step(o_t, 0) where start_t = 1:

    of h_{t-1} and of o_0 ... o_{t-1} nothing is left. What is compared is the whole answer for the
    carried state, and for observations the part of it that credit after the beginning makes.
    """
    batch, networks = _of(trial)
    begins = networks.starts[0]
    if bool(begins.any()):
        moved = networks.initial_state + begins[:, None].to(networks.initial_state)
        found = trial.caller(_with_state(batch, moved)).vector
        note = "another state where row 0 begins an episode"
        yield trial.measure("beginnings-forget", found, trial.plain.vector, note=note)
    later = networks.starts[1:].nonzero()
    if not len(later):
        return
    row, column = int(later[0, 0]) + 1, int(later[0, 1])
    credit = torch.zeros_like(batch.advantages)
    credit[row:, column] = batch.advantages[row:, column]
    obs = batch.rollout.obs.clone()
    obs[:row, column] = 0.5 * obs[:row, column] + 0.125
    other = replace(batch, rollout=replace(batch.rollout, obs=obs))
    found, due = _credited(trial, other, credit), _credited(trial, batch, credit)
    note = f"other observations in the rows before the beginning in row {row}"
    # Four answers, two of them with other networks' outputs in the rows without credit.
    yield trial.relate("beginnings-forget", found, due, 8 * trial.slack, note=note)


def state_is_carried(trial: Trial) -> Measured:
    """Another state in the columns that go on with an episode: the answer must be another."""
    batch, networks = _of(trial)
    goes_on = ~networks.starts[0]
    if not bool(goes_on.any()):
        return
    moved = networks.initial_state + 0.5 * goes_on[:, None].to(networks.initial_state)
    change = float((trial.caller(_with_state(batch, moved)).vector - trial.plain.vector).norm())
    yield trial.decided(
        "state-is-carried", change <= 2 * trial.slack, "the carried state plays no part"
    )


def credit_reaches_back(trial: Trial) -> Measured:
    """Credit in one step alone, and the weights of an observation that was seen only before it.

    In rlcheck's own network a one-hot observation has a column of weights to itself: the gradient
    there comes through the state, or not at all. At the policy that sampled no ratio is clipped.
    """
    if not trial.case.on_policy:
        return
    batch, networks = _of(trial)
    agent = networks.recurrent.agent
    if not isinstance(agent, RecurrentAgent):
        raise NotTried("weights that belong to one observation are had in rlcheck's own network")
    states = batch.rollout.states
    assert states is not None
    inside = ~networks.starts[1:] & (states[1:] != states[:-1])
    if not bool(inside.any()):
        return
    row, column = (int(i) for i in inside.nonzero()[0])
    credit = torch.zeros_like(batch.advantages)
    credit[row + 1, column] = 1.0
    seen = int(states[row, column])
    here = torch.cat([
        _columns_of(parameter, seen if name == "gru.weight_ih_l0" else None)
        for name, parameter in networks.parameters.items()
    ])  # fmt: skip
    reached = float((_credited(trial, batch, credit) * here).norm())
    yield trial.decided(
        "credit-reaches-back", reached <= 4 * trial.slack,
        f"credit in row {row + 1} does not reach what was seen in row {row}",
    )  # fmt: skip


def _columns_of(parameter: Tensor, column: int | None) -> Tensor:
    marks = torch.zeros(parameter.shape, dtype=torch.float64)
    if column is not None:
        marks[:, column] = 1.0
    return marks.reshape(-1)


def _of(trial: Trial) -> tuple[RecurrentBatch, UnrolledNetworks]:
    batch = trial.batch
    if not isinstance(trial.case, RecurrentCase):
        raise NotTried("its policies have no memory")
    assert isinstance(batch, RecurrentBatch)
    assert isinstance(batch.networks, UnrolledNetworks)
    return batch, batch.networks


def _with_state(batch: RecurrentBatch, state: Tensor) -> RecurrentBatch:
    assert isinstance(batch.networks, UnrolledNetworks)
    return replace(batch, networks=replace(batch.networks, initial_state=state))


def _credited(trial: Trial, batch: RecurrentBatch, credit: Tensor) -> Tensor:
    """The part of the answer that this credit is responsible for."""
    with_it = trial.caller(replace(batch, advantages=credit)).vector
    return with_it - trial.caller(replace(batch, advantages=torch.zeros_like(credit))).vector

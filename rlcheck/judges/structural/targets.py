"""Targets of one step: numbers, through which nothing is differentiated."""

from dataclasses import replace

import torch

from rlcheck.judges.case import Case
from rlcheck.judges.structural.states import by_state
from rlcheck.judges.structural.trial import Measured, NotTried, Trial
from rlcheck.subjects.batch import Batch
from rlcheck.worlds import Rollout


def target_held_fixed(trial: Trial) -> Measured:
    """The first row alone, as a batch of its own: only the states that it is in have a gradient.

    Of (y_t - Q(s_t, a_t))^2 with y_t a number, the gradient lies in the columns of the s_t. Through
    y_t = r_t + gamma max_a Q(s_{t+1}, a) it would reach those of the s_{t+1} as well. True of any
    batch of transitions in which some successor is not among the states.
    """
    case = trial.case
    if not isinstance(case, Case) or case.own is not None:
        raise NotTried("weights that belong to a state are had in rlcheck's own tables")
    first = _first_row(trial.batch)
    states, successors = first.rollout.states, first.rollout.next_states
    assert states is not None
    assert successors is not None
    elsewhere = torch.ones(case.world.n_states, dtype=torch.float64)
    elsewhere[states.unique().cpu()] = 0.0
    if not bool((elsewhere[successors[~first.rollout.terminated].cpu()] > 0).any()):
        return
    answer = trial.respond(first)
    found = (by_state(answer, case) * elsewhere).reshape(-1)
    yield trial.relate(
        "target-held-fixed", found, torch.zeros_like(found), trial.rounding(first, answer),
        note="where only successors are",
    )  # fmt: skip


def _first_row(batch: Batch) -> Batch:
    fields = {
        name: value[:1] if name != "probability" else value
        for name, value in vars(batch.rollout).items()
        if value is not None
    }
    arrays = {name: getattr(batch, name)[:1] for name in Batch.STORED}
    return replace(batch, rollout=Rollout(**fields), **arrays)

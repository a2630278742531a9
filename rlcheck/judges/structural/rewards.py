"""Rewards in other units, and rewards that are all higher by the same amount."""

import copy
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from rlcheck.judges.case import Case
from rlcheck.judges.structural.trial import Measured, NotTried, Trial
from rlcheck.subjects.batch import Batch
from rlcheck.subjects.networks import OwnNetworks
from rlcheck.subjects.own import has_action_values, has_critic

# Equally far apart; and no value that changed by a share of the clip range comes to lie on its end.
_FACTORS = (3.0, 5.0, 7.0)
_CREDIT = ("values", "next_values", "values_old", "advantages", "returns")


def rewards_scaled(trial: Trial) -> Measured:
    """Everything in units of reward times c: rewards, values and value function, credit.

    Arrays and expectations of the score are homogeneous,

        f(3 r, 3 V) = 3 f(r, V):

    returns and advantages are sums of rewards and values with constant weights, and J is linear
    in the rewards. A loss may add what has no such unit (entropy, a KL penalty), so that it is

        g(c) = c P + E   for c > 0, hence   g(7) - g(5) = g(5) - g(3).

    A clipped ratio is no exception: min(x A, y A) scales with A > 0 and with A < 0. The squared
    error's gradient 2 (V - R) grad V scales where V is linear in its weights and these scale too.

    True of any batch under a formula; of the expectation otherwise. Not of a value function
    that somebody brings: its outputs cannot be scaled through its weights.
    """
    _refuse_own_values(trial, "its value function is its own, and cannot be scaled")
    if trial.claim.gives == "loss" and trial.plain.clipped:
        raise NotTried("its gradient was shortened on the way")
    batches = [scaled(trial.batch, factor) for factor in _FACTORS]
    if trial.claim.gives == "array" or trial.claim.decides == "exact":
        found, due = trial.respond(batches[0]), _FACTORS[0] * trial.answer
        rounding = trial.rounding(batches[0], due) + _FACTORS[0] * trial.slack
        yield trial.relate("rewards-scaled", found, due, rounding, note="three times the rewards")
        return
    low, middle, high = (trial.respond(batch) for batch in batches)
    # Four answers, the middle one twice; the largest batch rounds most.
    rounding = 4 * trial.rounding(batches[-1], high)
    note = "three, five and seven times the rewards"
    yield trial.relate("rewards-scaled", high - middle, middle - low, rounding, note=note)


def rewards_shifted(trial: Trial) -> Measured:
    """One more for every step, in episodes that all have T steps:

        r'_t = r_t + 1,   V'_t = V_t + a_t,   a_t = 1 + gamma a_{t+1},  a_T = 0.

    J' = J + a_0 whatever the policy, so that grad J' = grad J. The one-step errors, and with them
    every advantage, stay as they are: 1 + gamma a_{t+1} - a_t = 0. A return grows by a_t.

    True where all episodes have one length: elsewhere living longer pays, and the gradient says
    so. In expectation for a claim about one: on a batch the score times a_t is noise of mean zero.
    """
    if trial.case.form not in ("fixed", "delayed") or not isinstance(trial.case, Case):
        raise NotTried("episodes of one length are tried on tabular worlds")
    _refuse_own_values(trial, "its value function is its own, and cannot be shifted")
    annuity = _annuity(trial.batch.rollout.T, trial.batch.settings["gamma"])
    shifted = _shifted(trial.batch, trial.case, annuity)
    found, due = trial.respond(shifted), trial.answer
    if trial.claim.gives == "array" and "advantages" not in {s.id for s in trial.claim.stages}:
        due = due + annuity[trial.batch.rollout.steps[trial.batch.rollout.mask].cpu()]
    rounding = trial.rounding(shifted, found) + trial.rounding(trial.batch, due)
    yield trial.relate("rewards-shifted", found, due, rounding, note="one more for every step")


def scaled(batch: Batch, factor: float) -> Batch:
    """The batch with everything that is in units of reward times a factor."""
    networks = batch.networks
    if isinstance(networks, OwnNetworks):
        networks = replace(
            networks,
            value_fn=_times(networks.value_fn, factor),
            q_fn=_times(networks.q_fn, factor),
        )
    return replace(
        batch,
        target_q_fn=_times(batch.target_q_fn, factor),
        rollout=replace(batch.rollout, rewards=batch.rollout.rewards * factor),
        networks=networks,
        **{name: getattr(batch, name) * factor for name in _CREDIT},
    )


def _times(module: Any, factor: float) -> Any:
    """A copy of a linear module with its weights, and so its outputs, times a factor."""
    found = copy.deepcopy(module)
    with torch.no_grad():
        for parameter in found.parameters() if found is not None else ():
            parameter.mul_(factor)
    return found


def _refuse_own_values(trial: Trial, reason: str) -> None:
    networks = trial.batch.networks
    uses = "value_fn" in trial.claim.trains or "rewards" in trial.asks
    values = has_critic(networks) or has_action_values(networks)
    if not isinstance(networks, OwnNetworks) and uses and values:
        raise NotTried(reason)


def _annuity(length: int, gamma: float) -> Tensor:
    """a_0 .. a_T."""
    found = torch.zeros(length + 1, dtype=torch.float64)
    for t in range(length - 1, -1, -1):
        found[t] = 1 + gamma * found[t + 1]
    return found


def _shifted(batch: Batch, case: Case, annuity: Tensor) -> Batch:
    rollout = batch.rollout
    assert rollout.states is not None
    annuity = annuity.to(rollout.rewards.device)
    mask = rollout.mask.to(torch.float64)
    now, later = annuity[rollout.steps] * mask, annuity[rollout.steps + 1] * mask
    networks = batch.networks
    if isinstance(networks, OwnNetworks):
        case = _worth_more(case, rollout.states, now)
        networks = case.networks
    return replace(
        batch,
        target_q_fn=case.target_q_fn,
        rollout=replace(rollout, rewards=rollout.rewards + mask),
        networks=networks,
        values=batch.values + now,
        values_old=batch.values_old + now,
        next_values=batch.next_values + later,
        returns=batch.returns + now,
    )


def _worth_more(case: Case, states: Tensor, now: Tensor) -> Case:
    """The case with every state of the batch, and every action in it, worth a_t more."""
    moved = {}
    for name in ("values", "q_values", "target_q_values"):
        if name in case.network_tables:
            table = case.network_tables[name].clone()
            # Time is part of the state: each state of the batch has its own a_t. Written by index,
            # a state that occurs often is written often, with one number.
            table[states] += now if table.ndim == 1 else now[..., None]
            moved[name] = table
    return replace(case, **moved)

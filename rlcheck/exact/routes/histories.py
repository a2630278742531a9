"""A recurrent update's promise as a plain sum over every segment: slow, and nothing clever in it.

Every segment is listed with its actions, every history is unrolled again from its first
observation, and values are a recursion on lists of states. What comes out is the *loss* itself,
with all that is promised to be held fixed as numbers; its slopes are left to finite differences.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from rlcheck.exact.enumeration import enumerate_segments
from rlcheck.exact.memory import Carried, RememberingPolicy, Stepper

Past = tuple[int, ...]
"""The states of an episode so far, the present one last."""


@dataclass(frozen=True, kw_only=True)
class Slot:
    """One step, after one past.

    Attributes:
        share: the probability of all segments with this step, over T.
        past: what has been seen of its episode within the segment.
        carried: the state before that.
        action: what is done.
        log_old: log pi_old of it.
        advantage: Q - V of the behaviour policy.
        value: V of the behaviour policy.
    """

    share: float
    past: Past
    carried: Tensor
    action: int
    log_old: float
    advantage: float
    value: float


class _Behaviour:
    """The behaviour policy on lists of states."""

    def __init__(self, policy: RememberingPolicy) -> None:
        self.policy = policy
        self.known: dict[tuple[Past, int, int], list[float]] = {}
        self.acts: dict[tuple[Past, int, int], list[float]] = {}

    def log_old(self, past: Past, carried: Tensor, steps: int) -> list[float]:
        key = (past, id(carried), steps)
        if key not in self.acts:
            observations = self.policy.world.observations
            logits, _ = _unrolled(self.policy.step, observations, past, carried)
            here = torch.tensor([past[-1]])
            self.acts[key] = self.policy.behaviour(logits[None], here, steps)[0].tolist()
        return self.acts[key]

    def action_values(self, past: Past, carried: Tensor, steps: int) -> list[float]:
        key = (past, id(carried), steps)
        if key not in self.known:
            self.known[key] = [
                self._one(past, carried, steps, action)
                for action in range(self.policy.world.n_actions)
            ]
        return self.known[key]

    def _one(self, past: Past, carried: Tensor, steps: int, action: int) -> float:
        world, total = self.policy.world, 0.0
        for there in range(world.n_states):
            chance = float(world.transitions[past[-1], action, there])
            over = bool(world.terminal[there]) or steps + 1 == world.horizon
            later = 0.0 if over else self.value((*past, there), carried, steps + 1)
            reward = float(world.rewards[past[-1], action, there])
            total += chance * (reward + world.gamma * later)
        return total

    def value(self, past: Past, carried: Tensor, steps: int) -> float:
        q = self.action_values(past, carried, steps)
        old = self.log_old(past, carried, steps)
        return sum(math.exp(p) * x for p, x in zip(old, q, strict=True))


def slots(policy: RememberingPolicy, carried: Sequence[Carried], length: int) -> list[Slot]:
    """Every step of every segment; steps of one past and action are told once."""
    world, behaviour = policy.world, _Behaviour(policy)
    evenly = torch.full((world.n_states, world.n_actions), 1 / world.n_actions).double()
    paths = enumerate_segments(world, evenly, length)
    assert paths.probability is not None
    assert paths.states is not None
    columns = (paths.states.T.tolist(), paths.actions.T.tolist(), paths.steps.T.tolist())
    empty = torch.zeros_like(carried[0].state)
    shares: dict[tuple[Past, int, int], float] = {}
    told: dict[tuple[Past, int, int], tuple[Tensor, int]] = {}
    for one in carried:
        chances = (one.share * world.n_actions**length * paths.probability).tolist()
        for chance, states, actions, steps in zip(chances, *columns, strict=True):
            state, past, keys = one.state, (), []
            for t, (here, action, k) in enumerate(zip(states, actions, steps, strict=True)):
                if k == 0 and (t > 0 or one.begins):
                    state = empty
                past = (*(past if k else ()), here)
                chance *= math.exp(behaviour.log_old(past, state, k)[action])
                keys.append((past, id(state), action))
                told[keys[-1]] = (state, k)
            for key in keys:
                shares[key] = shares.get(key, 0.0) + chance / length
    return [_slot(behaviour, key, share, *told[key]) for key, share in shares.items()]


def _slot(
    behaviour: _Behaviour, key: tuple[Past, int, int], share: float, carried: Tensor, steps: int
) -> Slot:
    past, _, action = key
    value = behaviour.value(past, carried, steps)
    return Slot(
        share=share,
        past=past,
        carried=carried,
        action=action,
        log_old=behaviour.log_old(past, carried, steps)[action],
        advantage=behaviour.action_values(past, carried, steps)[action] - value,
        value=value,
    )


def ppo_by_histories(
    world_observations: Float[Tensor, "S O"],
    step: Stepper,
    listed: Sequence[Slot],
    settings: Mapping[str, float],
) -> float:
    """The expected loss at the parameters that `step` has now, the slots held fixed."""
    eps, total = settings["clip_eps"], 0.0
    seen: dict[tuple[Past, int], tuple[Tensor, float]] = {}
    for slot in listed:
        key = (slot.past, id(slot.carried))
        if key not in seen:
            seen[key] = _unrolled(step, world_observations, slot.past, slot.carried)
        logits, value = seen[key]
        log_pi = logits.detach().log_softmax(-1)
        ratio = float((log_pi[slot.action] - slot.log_old).exp())
        gain = min(ratio * slot.advantage, min(max(ratio, 1 - eps), 1 + eps) * slot.advantage)
        entropy = -float((log_pi.exp() * log_pi).sum())
        error = (value - slot.value) ** 2
        total += slot.share * (-gain + settings["vf_coef"] * error - settings["ent_coef"] * entropy)
    return total


def _unrolled(
    step: Stepper, observations: Tensor, past: Past, carried: Tensor
) -> tuple[Float[Tensor, " A"], float]:
    """(logits, V) after all of a past, from its first observation on."""
    state = carried[None]
    logits = values = torch.zeros(1)
    for here in past:
        logits, values, state = step(observations[here][None], state)
    return logits[0], float(values.detach()[0])

"""A case for policies with a memory: a small world, a segment that goes on, a behaviour policy.

Episodes end after two steps, or before, so that one begins within every segment. Half of the
rollouts go on with an episode, with a state that was carried into the segment; the other half
begin one, and what was carried is what an earlier episode left, which is to be emptied. The
networks are the implementation's own, or a small one of rlcheck's.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from rlcheck import exact
from rlcheck.claims import Form
from rlcheck.claims.memory_truth import MemoryTruth
from rlcheck.exact.memory import Carried, RememberingPolicy, on_policy
from rlcheck.judges.memory_tilt import MemoryTilt, favoured_action
from rlcheck.subjects.own import device_of
from rlcheck.subjects.recurrent import RecurrentNetworks
from rlcheck.subjects.unrolled import RecurrentBatch, UnrolledNetworks
from rlcheck.worlds import Rollout, TabularMDP
from rlcheck.worlds.rollout import cut_short


@dataclass(frozen=True, kw_only=True, eq=False)
class RecurrentCase:
    """A tabular problem to try an implementation with a memory on.

    Attributes:
        world: the problem; its states are what is observed.
        form: how batches are drawn.
        length: T of a segment.
        own: the networks under training.
        carried: how a segment may begin.
        tilt: of the behaviour policy; None on policy.
        settings: gamma and the rest.
        n_rollouts: how many rollouts a sampled batch holds.
        seed: of the sampled batch and of the advantages that go with it.
        recipe: what makes the same case again.
    """

    world: TabularMDP
    form: Form
    length: int
    own: RecurrentNetworks
    carried: tuple[Carried, ...]
    tilt: MemoryTilt | None
    settings: Mapping[str, float]
    n_rollouts: int = 6
    seed: int = 0
    recipe: Any = None

    @property
    def on_policy(self) -> bool:
        return self.tilt is None

    @property
    def networks(self) -> RecurrentNetworks:
        return self.own

    @property
    def policy(self) -> RememberingPolicy:
        """The networks and the behaviour policy, as `rlcheck.exact` takes them."""

        def step(obs: Tensor, state: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            found = self.own.step(obs.to(self.own.dtype), state.to(self.own.dtype))
            return found.logits, found.values, found.state

        return RememberingPolicy(world=self.world, step=step, behaviour=self.tilt or on_policy)

    @property
    def truth(self) -> MemoryTruth:
        return MemoryTruth(
            policy=self.policy, carried=self.carried, settings=self.settings, length=self.length
        )

    def to(self, device: torch.device | str) -> "RecurrentCase":
        """The same case on another device; networks that are there already stay themselves."""
        if self.world.device == torch.device(device):
            return self
        own = self.own
        if device_of(own.parameters) != torch.device(device):
            own = own.to(device)
        carried = tuple(replace(one, state=one.state.to(device)) for one in self.carried)
        return replace(self, world=self.world.to(device), carried=carried, own=own)

    def with_settings(self, **settings: float) -> "RecurrentCase":
        return replace(self, settings={**self.settings, **settings})

    @cached_property
    def sampled(self) -> RecurrentBatch:
        """A few of the listed rollouts, with credit that is plain numbers of both signs.

        Off policy those with the wanted ratios are taken oftener than the behaviour policy would.
        """
        listed, generator = self.listed, torch.Generator().manual_seed(self.seed)
        rollout, probability = listed.rollout, listed.rollout.probability
        assert probability is not None
        if self.tilt is not None:
            assert rollout.states is not None
            wanted = favoured_action(rollout.states, rollout.steps, self.world.n_actions)
            probability = probability * 4.0 ** (rollout.actions == wanted).sum(0)
        each = len(probability) // len(self.carried)
        parts = probability.cpu().reshape(len(self.carried), each)
        chosen = [
            int(torch.multinomial(parts[n % len(parts)], 1, generator=generator))
            + each * (n % len(parts))
            for n in range(self.n_rollouts)
        ]
        found = listed.select(torch.tensor(chosen, device=probability.device))
        shape = found.rollout.rewards.shape
        signs = torch.randint(0, 2, shape, generator=generator) * 2 - 1
        sizes = torch.randint(1, 9, shape, generator=generator) / 4
        targets = torch.randint(-8, 9, shape, generator=generator) / 4
        whole = replace(
            found,
            rollout=replace(found.rollout, probability=None),
            advantages=(signs * sizes).to(probability),
            returns=targets.to(probability),
        )
        return _cut_short(whole) if self.form == "carried-ragged" else whole

    @cached_property
    def listed(self) -> RecurrentBatch:
        """Every rollout, with the exact advantages and unbiased value targets."""
        world = self.world
        evenly = torch.full(
            (world.n_states, world.n_actions), 1 / world.n_actions, dtype=torch.float64,
            device=world.device,
        )  # fmt: skip
        paths = exact.enumerate_segments(world, evenly, self.length)
        columns = torch.arange(paths.N, device=world.device).repeat(len(self.carried))
        rollout = paths.select(columns)
        networks = self._unrolled(rollout, paths.N)
        known = self._known(rollout, networks)
        assert rollout.probability is not None
        shares = torch.tensor([one.share for one in self.carried], dtype=torch.float64)
        chance = (known["logp_old"] + math.log(world.n_actions)).sum(0).exp()
        probability = rollout.probability * chance * shares.repeat_interleave(paths.N).to(chance)
        return RecurrentBatch(
            rollout=replace(rollout, probability=probability),
            networks=networks,
            policy_old=nn.Identity(),  # asked for by nobody: `policy_old` is no word of the claim
            settings=self.settings,
            values_old=known["values"] + 1 / 16 + 1 / 64,
            **known,
        )

    def _unrolled(self, rollout: Rollout, each: int) -> UnrolledNetworks:
        starts = rollout.steps == 0
        starts[0] = torch.tensor([one.begins for one in self.carried]).repeat_interleave(each)
        states = torch.stack([one.state for one in self.carried]).repeat_interleave(each, 0)
        return UnrolledNetworks(recurrent=self.own, initial_state=states, starts=starts)

    @torch.no_grad()
    def _known(self, rollout: Rollout, networks: UnrolledNetworks) -> dict[str, Any]:
        """What the behaviour policy is worth and does at every step, from what it remembers."""
        assert rollout.states is not None
        assert rollout.next_states is not None
        policy, state, rows = self.policy, networks.initial_state, []
        for t in range(rollout.T):
            state = torch.where(networks.starts[t][:, None], torch.zeros_like(state), state)
            here, there = rollout.states[t], rollout.next_states[t]
            logits, _, after = policy.step(self.world.observations[here], state)
            known = torch.zeros(4, rollout.N, dtype=torch.float64, device=state.device)
            taken = rollout.actions[t][:, None]
            for steps in rollout.steps[t].unique().tolist():
                at = rollout.steps[t] == steps
                old = policy.behaviour(logits[at], here[at], steps).to(torch.float64)
                q = policy.action_values(state[at], here[at], steps)
                known[0, at] = old.gather(-1, taken[at]).squeeze(-1)
                known[1, at] = (old.exp() * q).sum(-1)
                known[2, at] = q.gather(-1, taken[at]).squeeze(-1)
                known[3, at] = policy.values(after[at], there[at], steps + 1)
            rows.append(known)
            state = after
        logp, values, action_values, following = torch.stack(rows, 1)
        live = (~rollout.terminated).to(torch.float64)
        return {
            "logp_old": logp, "values": values, "next_values": following,
            "advantages": action_values - values,
            "returns": rollout.rewards + self.world.gamma * live * following,
        }  # fmt: skip

    def described(self) -> dict[str, Any]:
        """The world as plain values, for reports."""
        world = self.world
        carried = [
            f"{'begins an episode' if one.begins else 'goes on'}, carrying {_short(one.state)}"
            for one in self.carried
        ]
        return {
            "name": world.name, "form": self.form, "gamma": world.gamma, "horizon": world.horizon,
            "segment length": self.length, "initial": world.initial.tolist(),
            "terminal states": world.terminal.nonzero().flatten().tolist(),
            "settings": dict(self.settings), "a segment": "; or ".join(carried),
            "pi_old": "pi itself" if self.tilt is None else self.tilt.described(),
            "transitions": world.transitions.tolist(), "rewards": world.rewards.tolist(),
        }  # fmt: skip


def _cut_short(batch: RecurrentBatch) -> RecurrentBatch:
    """Rollouts of unequal length; what lies in padded slots is zero, and begins no episode."""
    networks, rollout = batch.networks, cut_short(batch.rollout)
    assert isinstance(networks, UnrolledNetworks)
    mask = rollout.mask
    stored = {name: getattr(batch, name) * mask for name in batch.STORED}
    return replace(
        batch, rollout=rollout, networks=replace(networks, starts=networks.starts & mask), **stored
    )


def _short(state: Tensor) -> str:
    numbers = ", ".join(f"{x:.3g}" for x in state[:4].tolist())
    return f"({numbers}{', ...' if len(state) > 4 else ''})"

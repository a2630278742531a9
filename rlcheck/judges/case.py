"""A case: one world, two policies, a critic, settings. Everything a verdict repeats is in here."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from rlcheck import exact
from rlcheck.claims import Form
from rlcheck.subjects.batch import Batch
from rlcheck.subjects.networks import Networks, OwnNetworks, SoftmaxPolicy, ValueFunction
from rlcheck.subjects.own import BroughtNetworks, TablePolicy, has_critic
from rlcheck.worlds import Rollout, TabularMDP, sample_episodes, sample_segments

_NETWORKS = ("logits", "logits_old", "values", "q_values", "target_q_values")


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """A tabular problem to try an implementation on.

    Policies are softmax and values linear in the one-hot observation, so that a table is all
    there is to a network. Where the implementation brings its networks, the tables say what
    they give at the world's observations.

    Attributes:
        world: the problem; its states are what is observed.
        form: how batches are drawn.
        length: T of a segment, None for whole episodes.
        logits: the policy under training, [S, A].
        logits_old: the behaviour policy, [S, A].
        values: V of the value function under training, [S].
        critic: the values that estimators are given, [S].
        values_old: the value predictions stored with the rollout, [S].
        q_values: Q of the network under training, where the claim is about action values, [S, A].
        target_q_values: Q of the target network, [S, A].
        settings: gamma and the rest.
        n_rollouts: how many rollouts a sampled batch holds.
        seed: of the sampled batch and of the advantages that go with it.
        base: the world before time was made part of its state, for reports.
        own: the implementation's own networks, where it brings them.
        recipe: what makes the same case again (`rlcheck.judges.recipe.Recipe`).
    """

    world: TabularMDP
    form: Form
    length: int | None
    logits: Float[Tensor, "S A"]
    logits_old: Float[Tensor, "S A"]
    values: Float[Tensor, " S"]
    critic: Float[Tensor, " S"]
    values_old: Float[Tensor, " S"]
    settings: Mapping[str, float] = field(default_factory=dict)
    n_rollouts: int = 6
    seed: int = 0
    recipe: Any = None
    base: TabularMDP | None = None
    own: BroughtNetworks | None = None
    q_values: Float[Tensor, "S A"] | None = None
    target_q_values: Float[Tensor, "S A"] | None = None

    @property
    def segments(self) -> bool:
        return self.form == "segments"

    @property
    def on_policy(self) -> bool:
        return torch.equal(self.logits, self.logits_old)

    @property
    def pi_old(self) -> Float[Tensor, "S A"]:
        return self.logits_old.softmax(-1)

    @cached_property
    def networks(self) -> Networks:
        """What is under training: a policy, a value function, and perhaps action values."""
        if self.own is not None:
            return self.own
        q_values = self.q_values
        return OwnNetworks(
            policy=SoftmaxPolicy(_linear(self.logits)),
            value_fn=_value_function(self.values),
            q_fn=None if q_values is None else _linear(q_values),
        )

    @cached_property
    def policy_old(self) -> nn.Module:
        if self.own is not None:
            return TablePolicy(self.world.observations, self.logits_old)
        return SoftmaxPolicy(_linear(self.logits_old)).requires_grad_(False)

    @cached_property
    def target_q_fn(self) -> nn.Module | None:
        """The target network: the implementation's own, or the table's."""
        if self.own is not None:
            return getattr(self.own, "target_q_fn", None)
        table = self.target_q_values
        return None if table is None else _linear(table).requires_grad_(False)

    @property
    def network_tables(self) -> dict[str, Tensor]:
        """What the networks are made of: a row for each state."""
        found = {name: getattr(self, name) for name in _NETWORKS}
        return {name: table for name, table in found.items() if table is not None}

    def to(self, device: torch.device | str) -> "Case":
        """The same case on another device."""
        if self.world.device == torch.device(device):
            return self
        every = {**self.network_tables, "critic": self.critic, "values_old": self.values_old}
        tensors: dict[str, Any] = {name: table.to(device) for name, table in every.items()}
        return replace(self, world=self.world.to(device), **tensors)

    def with_settings(self, **settings: float) -> "Case":
        return replace(self, settings={**self.settings, **settings})

    @cached_property
    def sampled(self) -> Batch:
        """A few rollouts, with advantages and targets that are plain numbers of both signs."""
        generator = torch.Generator(device=self.world.device).manual_seed(self.seed)
        if self.segments:
            assert self.length is not None
            rollout = sample_segments(
                self.world, self.pi_old, self.n_rollouts, self.length, generator
            )
        else:
            rollout = sample_episodes(self.world, self.pi_old, self.n_rollouts, generator)
        shape = rollout.rewards.shape
        signs = torch.randint(0, 2, shape, generator=generator, device=self.world.device) * 2 - 1
        sizes = torch.randint(1, 9, shape, generator=generator, device=self.world.device) / 4
        targets = torch.randint(-8, 9, shape, generator=generator, device=self.world.device) / 4
        return self.batch(rollout, (signs * sizes).to(torch.float64), targets.to(torch.float64))

    @cached_property
    def listed(self) -> Batch:
        """Every rollout, with the exact advantages and unbiased value targets."""
        enumerate_all = exact.enumerate_segments if self.segments else exact.enumerate_episodes
        rollout = enumerate_all(self.world, self.pi_old, self.length)  # type: ignore[arg-type]
        assert rollout.states is not None
        assert rollout.next_states is not None
        truth = exact.state_values(self.world, self.pi_old)
        live = (~rollout.terminated).to(torch.float64)
        onward = truth[rollout.next_states] * live
        targets = rollout.rewards + self.world.gamma * onward
        advantages = exact.advantages(self.world, self.pi_old)[rollout.states, rollout.actions]
        return self.batch(rollout, advantages, targets)

    def batch(self, rollout: Rollout, advantages: Tensor, returns: Tensor) -> Batch:
        """The batch of a rollout; what lies in padded slots is zero."""
        assert rollout.states is not None
        assert rollout.next_states is not None
        mask = rollout.mask.to(torch.float64)
        logp_old = self.logits_old.log_softmax(-1)[rollout.states, rollout.actions]
        return Batch(
            rollout=rollout,
            networks=self.networks,
            policy_old=self.policy_old,
            target_q_fn=self.target_q_fn,
            logp_old=logp_old * mask,
            values=self.critic[rollout.states] * mask,
            next_values=self.critic[rollout.next_states] * mask,
            values_old=self.values_old[rollout.states] * mask,
            advantages=advantages * mask,
            returns=returns * mask,
            settings=self.settings,
        )


def tables(case: Case, networks: Networks) -> tuple[Tensor, Tensor]:
    """pi(a|s) and V(s) of networks, with their graphs."""
    modules = networks.modules()
    pi = exact.policy_table(modules["policy"], case.world)
    if not has_critic(networks):
        return pi, case.values
    return pi, networks.value(case.world.observations).to(torch.float64)


def action_value_tables(case: Case, networks: Networks) -> tuple[Tensor, Tensor | None]:
    """Q(s, a) of networks with its graph, and that of the target network where there is one."""
    obs = case.world.observations
    q_values = networks.modules()["q_fn"](obs).to(torch.float64)
    if case.target_q_fn is None:
        return q_values, None
    with torch.no_grad():
        return q_values, case.target_q_fn(obs).to(torch.float64)


def _linear(table: Tensor) -> nn.Linear:
    """Of a one-hot state, its row."""
    n_states, n_actions = table.shape
    linear = nn.Linear(n_states, n_actions, bias=False, dtype=torch.float64, device=table.device)
    with torch.no_grad():
        linear.weight.copy_(table.T)
    return linear


def _value_function(values: Tensor) -> nn.Module:
    function = ValueFunction(len(values)).to(values.device)
    with torch.no_grad():
        function.weight.copy_(values)
    return function

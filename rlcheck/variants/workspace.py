"""What a stage computes from: a batch with float masks and the field's own symbols."""

from functools import cached_property

import torch
from jaxtyping import Float
from torch import Tensor

from rlcheck.subjects.batch import Batch
from rlcheck.subjects.unrolled import UnrolledNetworks


class Workspace:
    """A batch as the stages read it. Everything is [T, N]; flags and masks are 0.0 and 1.0."""

    def __init__(self, batch: Batch, asks: frozenset[str] = frozenset()) -> None:
        self.batch = batch
        self.asks = asks
        rollout = batch.rollout
        self.rewards: Float[Tensor, "T N"] = rollout.rewards
        self.terminated = rollout.terminated.to(torch.float64)
        self.truncated = rollout.truncated.to(torch.float64)
        self.dones = (rollout.terminated | rollout.truncated).to(torch.float64)
        self.mask = rollout.mask.to(torch.float64)
        self.steps = rollout.steps.to(torch.float64)
        self.values = batch.values
        self.next_values = batch.next_values
        self.values_old = batch.values_old
        self.returns = batch.returns
        self.advantages = batch.advantages
        self.logp_old = batch.logp_old
        self.T, self.N = rollout.mask.shape
        # Set by the stage that credits every step with the whole return (see `reinforce`).
        self.full_return = False

    def __getattr__(self, name: str) -> float:
        settings = self.__dict__["batch"].settings
        if name in settings:
            return settings[name]
        raise AttributeError(name)

    @cached_property
    def logp(self) -> Float[Tensor, "T N"]:
        """log pi(a | s), with its graph."""
        return self.batch.array("logp")

    @cached_property
    def entropy(self) -> Float[Tensor, "T N"]:
        """H(pi(. | s)), with its graph."""
        return self.batch.array("entropy")

    @cached_property
    def values_new(self) -> Float[Tensor, "T N"]:
        """V(s) of the critic under training, with its graph."""
        return self.batch.array("values_new")

    @cached_property
    def q_values(self) -> Float[Tensor, "T N A"]:
        """Q(s_t, .) of the network under training, with its graph."""
        return self.batch.array("q_values")

    @cached_property
    def next_q_values(self) -> Float[Tensor, "T N A"]:
        """Q(s_{t+1}, .) of the network under training, with its graph."""
        return self.batch.array("next_q_values")

    @cached_property
    def next_target_q_values(self) -> Float[Tensor, "T N A"]:
        """Q(s_{t+1}, .) of the target network."""
        return self.batch.array("next_target_q_values")

    def taken(self, q_values: Float[Tensor, "T N A"]) -> Float[Tensor, "T N"]:
        """Of the actions that were taken."""
        return q_values.gather(-1, self.batch.rollout.actions[..., None]).squeeze(-1)

    @cached_property
    def distributions(self) -> tuple[torch.distributions.Distribution, ...]:
        """(pi_old, pi) at the observations; pi with its graph."""
        with torch.no_grad():
            old = self.batch.policy_old(self.batch.rollout.obs)
        return old, self.law

    @cached_property
    def law(self) -> torch.distributions.Distribution:
        """pi at the observations, with its graph; of whole histories where pi has a memory."""
        networks, obs = self.batch.networks, self.batch.rollout.obs
        if isinstance(networks, UnrolledNetworks):
            return networks.distribution(obs)
        return networks.modules()["policy"](obs)

    def mean(self, values: Float[Tensor, "T N"]) -> Float[Tensor, ""]:
        """The mean over valid steps."""
        return (values * self.mask).sum() / self.mask.sum()

    @property
    def last_row(self) -> Float[Tensor, "T N"]:
        """One in the last valid slot of each rollout."""
        after = torch.cat([self.mask[1:], torch.zeros_like(self.mask[:1])])
        return self.mask * (1 - after)

    def backwards(
        self, start: Float[Tensor, "T N"], carry: Float[Tensor, "T N"]
    ) -> Float[Tensor, "T N"]:
        """x_t = start_t + carry_t x_{t+1}, with x_T = 0: the recursion behind every return."""
        running = torch.zeros_like(start[0])
        rows = []
        for t in range(self.T - 1, -1, -1):
            running = start[t] + carry[t] * running
            rows.append(running)
        return torch.stack(rows[::-1])

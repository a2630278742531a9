"""One batch in rlcheck's own form: time-major, every array of the vocabulary computable."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from rlcheck.subjects.networks import Networks
from rlcheck.worlds import Rollout


@dataclass(frozen=True, kw_only=True, eq=False)
class Batch:
    """A rollout, the networks, what a training loop would have stored with it, and settings.

    Everything but the networks arrives without a graph. There are action values, and a target
    network, where the claim is about them.
    """

    STORED: ClassVar = ("logp_old", "values", "next_values", "values_old", "advantages", "returns")
    """The arrays [T, N] that are no part of the rollout."""

    rollout: Rollout
    networks: Networks
    policy_old: nn.Module
    logp_old: Float[Tensor, "T N"]
    values: Float[Tensor, "T N"]
    next_values: Float[Tensor, "T N"]
    values_old: Float[Tensor, "T N"]
    advantages: Float[Tensor, "T N"]
    returns: Float[Tensor, "T N"]
    settings: Mapping[str, float]
    target_q_fn: nn.Module | None = None

    def select(self, columns: Int[Tensor, "K"]) -> "Batch":
        """The batch of some of its rollouts, in the order given; repeats are allowed."""
        chosen: dict[str, Any] = {name: getattr(self, name)[:, columns] for name in self.STORED}
        return replace(self, rollout=self.rollout.select(columns), **chosen)

    def with_networks(self, networks: Networks) -> "Batch":
        """The same batch in front of other networks."""
        return replace(self, networks=networks)

    @property
    def valid_steps(self) -> Float[Tensor, "N"]:
        """How many real transitions each rollout holds."""
        return self.rollout.mask.sum(0).to(torch.float64)

    def array(self, word: str) -> Tensor:
        """An array of the vocabulary, in its canonical form, from its name."""
        if word in _FROM_ROLLOUT:
            return getattr(self.rollout, word)
        if word in _DERIVED:
            return _DERIVED[word](self)
        return getattr(self, word)


def _dones(batch: Batch) -> Tensor:
    return batch.rollout.terminated | batch.rollout.truncated


def _dones_before(batch: Batch) -> Tensor:
    # obs[0] follows no transition of this batch: its flag is down, as in CleanRL's first rollout.
    dones = _dones(batch)
    return torch.cat([torch.zeros_like(dones[:1]), dones[:-1]])


def _episode_starts(batch: Batch) -> Tensor:
    starts = _dones_before(batch).clone()
    starts[0] = batch.rollout.steps[0] == 0
    return starts


def _last_flag(batch: Batch) -> Tensor:
    return _dones(batch)[-1]


def _discount_t(batch: Batch) -> Tensor:
    return batch.settings["gamma"] * (~batch.rollout.terminated).to(torch.float64)


@torch.no_grad()
def _next_target_q_values(batch: Batch) -> Tensor:
    # Where there is no target network, the network under training is its own.
    network = batch.target_q_fn or batch.networks.modules()["q_fn"]
    return network(batch.rollout.next_obs)


_FROM_ROLLOUT = frozenset(
    {"obs", "actions", "rewards", "next_obs", "terminated", "truncated", "mask", "steps"}
)
_DERIVED = {
    "dones": _dones,
    "dones_before": _dones_before,
    "episode_starts": _episode_starts,
    "next_done": _last_flag,
    "last_dones": _last_flag,
    "discount_t": _discount_t,
    "last_values": lambda batch: batch.next_values[-1],
    "logp": lambda batch: batch.networks.logp(batch.rollout.obs, batch.rollout.actions),
    "entropy": lambda batch: batch.networks.entropy(batch.rollout.obs),
    "values_new": lambda batch: batch.networks.value(batch.rollout.obs),
    "q_values": lambda batch: batch.networks.modules()["q_fn"](batch.rollout.obs),
    "next_q_values": lambda batch: batch.networks.modules()["q_fn"](batch.rollout.next_obs),
    "next_target_q_values": _next_target_q_values,
}

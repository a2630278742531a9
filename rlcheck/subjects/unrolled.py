"""Networks with a memory on the rows of one batch, and that batch.

    h_t = step(o_t, (1 - start_t) h_{t-1}),   h_{-1} = what was carried into the batch.

Here, and nowhere in an agent, is said what a recurrent policy gives on a batch: from step to step,
with a state that is emptied before the step that begins.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.distributions import Categorical

from rlcheck.subjects.batch import Batch
from rlcheck.subjects.own import ActionSpec
from rlcheck.subjects.recurrent import RecurrentNetworks

Carry = Callable[[Tensor], Tensor]


def as_it_is(state: Tensor) -> Tensor:
    """What becomes of a state from one step to the next: nothing."""
    return state


@dataclass(frozen=True, kw_only=True, eq=False)
class UnrolledNetworks:
    """Networks with a memory, where a batch begins.

    Attributes:
        recurrent: the networks.
        initial_state: what was carried into the batch, without a graph, [N, K].
        starts: where an observation begins an episode, [T, N].
        carry: what becomes of a state between two steps.
    """

    recurrent: RecurrentNetworks
    initial_state: Float[Tensor, "N K"]
    starts: Bool[Tensor, "T N"]
    carry: Carry = as_it_is

    @property
    def parameters(self) -> dict[str, nn.Parameter]:
        return self.recurrent.parameters

    @property
    def action(self) -> ActionSpec:
        return self.recurrent.action

    @property
    def dtype(self) -> torch.dtype:
        return self.recurrent.dtype

    def modules(self) -> dict[str, Any]:
        return self.recurrent.modules()

    def unroll(self, obs: Float[Tensor, "T N O"]) -> tuple[Float[Tensor, "T N A"], Tensor]:
        """(log pi(. | history), V(history)) of every row, [T, N, A] and [T, N]."""
        state, rows = self.initial_state, []
        for here, begins in zip(obs, self.starts, strict=True):
            emptied = torch.where(begins[:, None], torch.zeros_like(state), state)
            step = self.recurrent.step(here, emptied)
            rows.append(step)
            state = self.carry(step.state)
        return torch.stack([s.logits for s in rows]), torch.stack([s.values for s in rows])

    def distribution(self, obs: Tensor) -> Categorical:
        return Categorical(logits=self.unroll(obs)[0], validate_args=False)

    def logp(self, obs: Tensor, actions: Tensor) -> Tensor:
        return self.distribution(obs).log_prob(actions)

    def entropy(self, obs: Tensor) -> Tensor:
        return self.distribution(obs).entropy()

    def value(self, obs: Tensor) -> Tensor:
        return self.unroll(obs)[1]

    def select(self, columns: Int[Tensor, "K"]) -> "UnrolledNetworks":
        """At some of the columns, in the order given."""
        return replace(
            self, initial_state=self.initial_state[columns], starts=self.starts[:, columns]
        )

    def tapped(self, wrap: Callable[[nn.Module], nn.Module], tape: Any) -> "UnrolledNetworks":
        return replace(self, recurrent=self.recurrent.tapped(wrap, tape))

    def to(self, *where: Any) -> "UnrolledNetworks":
        """A copy on another device or in another precision."""
        state = self.initial_state.to(*where)
        return replace(
            self, recurrent=self.recurrent.to(*where), initial_state=state,
            starts=self.starts.to(state.device),
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class RecurrentBatch(Batch):
    """A batch of networks with a memory; its `networks` are `UnrolledNetworks`."""

    def select(self, columns: Int[Tensor, "K"]) -> "RecurrentBatch":
        found = super().select(columns)
        assert isinstance(self.networks, UnrolledNetworks)
        assert isinstance(found, RecurrentBatch)
        return replace(found, networks=self.networks.select(columns))

    def state(self) -> Any:
        """The carried state in the form of the agent; copies, so that none can be lost."""
        assert isinstance(self.networks, UnrolledNetworks)
        return self.networks.recurrent.form.theirs(self.networks.initial_state.clone())

    def array(self, word: str) -> Tensor:
        # A flag of the row before obs[0] is known here: the state was carried along with it.
        if word in ("episode_starts", "dones_before"):
            assert isinstance(self.networks, UnrolledNetworks)
            return self.networks.starts
        return super().array(word)

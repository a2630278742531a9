"""A batch of a policy that remembers, written by hand: a tanh network, unrolled in a loop."""

from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributions import Categorical

from tests.power.handmade import N_ACTIONS, N_STATES, HandBatch

WIDTH = 3


class Rememberer(nn.Module):
    """h' = tanh(W o + U h), logits = A h', V = c h', in CleanRL's recurrent form."""

    def __init__(self, generator: torch.Generator) -> None:
        super().__init__()
        shapes = {"seen": (N_STATES, WIDTH), "kept": (WIDTH, WIDTH)}
        shapes |= {"actor": (WIDTH, N_ACTIONS), "critic": (WIDTH, 1)}
        for name, shape in shapes.items():
            weight = torch.randn(shape, generator=generator, dtype=torch.float64)
            setattr(self, name, nn.Parameter(weight))

    def states(self, obs: Tensor, state: Tensor, starts: Tensor) -> tuple[Tensor, Tensor]:
        h, rows = state[0], []
        count = len(h)
        flags = starts.reshape(-1, count)
        for here, begins in zip(obs.reshape(-1, count, N_STATES), flags, strict=True):
            h = torch.where((begins != 0).unsqueeze(-1), torch.zeros_like(h), h)
            h = torch.tanh(here @ self.seen + h @ self.kept)
            rows.append(h)
        return torch.cat(rows), h.unsqueeze(0)

    def get_value(self, obs: Tensor, state: Tensor, starts: Tensor) -> Tensor:
        return self.states(obs, state, starts)[0] @ self.critic

    def get_action_and_value(
        self, obs: Tensor, state: Tensor, starts: Tensor, action: Tensor
    ) -> tuple[Tensor, ...]:
        h, after = self.states(obs, state, starts)
        law = Categorical(logits=h @ self.actor)
        return action, law.log_prob(action), law.entropy(), h @ self.critic, after


@dataclass
class MemoryBatch(HandBatch):
    """As `HandBatch`, with an agent that remembers and a state that was carried into it."""

    agent: Any = None
    state: Tensor = field(default_factory=lambda: torch.zeros(0))

    def parameters(self) -> list[nn.Parameter]:
        return list(self.agent.parameters())

    def word(self, name: str) -> Any:
        starts = self.arrays["starts"]
        later = {
            "agent": self.agent, "policy": self._policy, "value_fn": self._value,
            "initial_state": self.state.clone(), "episode_starts": starts, "dones_before": starts,
        }  # fmt: skip
        return later[name] if name in later else super().word(name)

    def _policy(self, obs: Tensor, state: Tensor, starts: Tensor) -> tuple[Categorical, Tensor]:
        h, after = self.agent.states(obs, state, starts)
        return Categorical(logits=(h @ self.agent.actor).reshape(*obs.shape[:-1], -1)), after

    def _value(self, obs: Tensor, state: Tensor, starts: Tensor) -> Tensor:
        return self.agent.get_value(obs, state, starts).reshape(obs.shape[:-1])

    def unrolled(self) -> HandBatch:
        """The batch of a policy without a memory that says the same at every slot."""
        law, _ = self._policy(self.arrays["obs"], self.state, self.arrays["starts"])
        values = self._value(self.arrays["obs"], self.state, self.arrays["starts"])
        policy: Any = lambda obs: law  # noqa: E731 - as short as what it stands for
        critic: Any = lambda obs: values  # noqa: E731 - likewise
        return HandBatch(self.arrays, policy, policy, critic, self.settings, self.q, self.target_q)


def with_memory(batch: HandBatch, seed: int, moved: float) -> MemoryBatch:
    """The same steps with a policy that remembers; column 0 goes on, column 1 begins."""
    g = torch.Generator().manual_seed(1000 + seed)
    agent, other = Rememberer(g), Rememberer(g)
    arrays = dict(batch.arrays)
    ended = arrays["terminated"] | arrays["truncated"]
    first = torch.rand(ended.shape[1], generator=g) < 0.5
    first[:2] = torch.tensor([False, True])
    arrays["starts"] = torch.cat([first.unsqueeze(0), ended[:-1]])
    state = torch.randn((1, ended.shape[1], WIDTH), generator=g, dtype=torch.float64).tanh()
    found = MemoryBatch(
        arrays, batch.policy, batch.policy_old, batch.critic, batch.settings, batch.q,
        batch.target_q, agent=agent, state=state,
    )  # fmt: skip
    old = Rememberer(g)
    with torch.no_grad():
        for mine, now, far in zip(
            old.parameters(), agent.parameters(), other.parameters(), strict=True
        ):
            mine.copy_(now + moved * (far - now))
        law = replace(found, agent=old)._policy(arrays["obs"], state, arrays["starts"])[0]
        arrays["logp_old"] = law.log_prob(arrays["actions"])
    return found

"""The small network with a memory that rlcheck hands over where the subject brings none."""

import torch
from torch import Tensor, nn
from torch.distributions import Categorical

from rlcheck.subjects.agent_networks import named_parameters
from rlcheck.subjects.own import ActionSpec
from rlcheck.subjects.recurrent import RecurrentNetworks
from rlcheck.subjects.remembered import state_form

_WIDTH = 3


class RecurrentAgent(nn.Module):
    """One GRU under both heads, in CleanRL's recurrent form."""

    def __init__(self, obs_dim: int, n_actions: int) -> None:
        super().__init__()
        self.gru = nn.GRU(obs_dim, _WIDTH, dtype=torch.float64)
        self.actor = nn.Linear(_WIDTH, n_actions, dtype=torch.float64)
        self.critic = nn.Linear(_WIDTH, 1, dtype=torch.float64)

    def get_value(self, obs: Tensor, state: Tensor, starts: Tensor) -> Tensor:
        return self.critic(self._remembered(obs, state, starts)[0])

    def get_action_and_value(
        self, obs: Tensor, state: Tensor, starts: Tensor, action: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        found, after = self._remembered(obs, state, starts)
        law = Categorical(logits=self.actor(found), validate_args=False)
        taken = law.sample() if action is None else action
        return taken, law.log_prob(taken), law.entropy(), self.critic(found), after

    def _remembered(self, obs: Tensor, state: Tensor, starts: Tensor) -> tuple[Tensor, Tensor]:
        columns = state.shape[1]
        rows = obs.reshape(-1, columns, obs.shape[-1])
        found = []
        for here, begins in zip(rows, starts.reshape(-1, columns), strict=True):
            kept = (1.0 - begins)[None, :, None].to(state.dtype) * state
            seen, state = self.gru(here[None], kept)
            found.append(seen[0])
        return torch.cat(found), state


def own_recurrent(obs_dim: int, n_actions: int, seed: int) -> RecurrentNetworks:
    """The network of a seed: weights in [-1, 1], so that a state matters and is not saturated."""
    agent = RecurrentAgent(obs_dim, n_actions)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in agent.parameters():
            numbers = torch.rand(parameter.shape, generator=generator, dtype=torch.float64)
            parameter.copy_(2 * numbers - 1)
    return RecurrentNetworks(
        agent=agent, named=named_parameters(agent), obs_dim=obs_dim,
        action=ActionSpec(kind="discrete", size=n_actions), form=state_form(agent, "agent"),
    )  # fmt: skip

"""Actors and critics with a memory: a GRU between the observations and both heads.

    x_t = tanh(W o_t + b)
    h_t = GRU(x_t, (1 - start_t) h_{t-1})
    pi(. | h_t), V(h_t)

start_t is one where o_t is the first observation of an episode: the state is emptied *before* the
step that begins, and what an earlier episode left in it neither enters nor is reached by a
gradient. The heads are the networks of `networks`, which see h_t in place of an observation.
"""

from itertools import pairwise

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from rlcheck.algorithms.environments import Actions
from rlcheck.algorithms.networks import Evaluation, make_networks

HiddenState = Float[Tensor, "1 N H"]
"""What is remembered, a row of H numbers for each copy."""


def _emptied(state: HiddenState, begins: Bool[Tensor, " N"]) -> HiddenState:
    # By selection, not by a product: an infinite state times zero would be no number.
    return torch.where(begins[None, :, None], torch.zeros_like(state), state)


class Memory(nn.Module):
    """What has been seen of an episode so far, as H numbers."""

    def __init__(self, obs_size: int, width: int) -> None:
        super().__init__()
        self.encoder = nn.Linear(obs_size, width)
        self.gru = nn.GRU(width, width)
        nn.init.orthogonal_(self.encoder.weight, 2**0.5)
        nn.init.zeros_(self.encoder.bias)
        for parameter in self.gru.parameters():
            # A gate is a matrix of its own: each of the three is orthogonal.
            for gate in parameter.data.chunk(3):
                nn.init.zeros_(gate) if gate.ndim == 1 else nn.init.orthogonal_(gate)

    def forward(
        self, obs: Float[Tensor, "T N O"], state: HiddenState, starts: Bool[Tensor, "T N"]
    ) -> tuple[Float[Tensor, "T N H"], HiddenState]:
        """h_t of every step of a segment, and the last of them.

        The GRU runs over whole stretches of time. A stretch ends where an episode begins in some
        column, for the state is emptied there: rows are looped over, columns never.

        Args:
            obs: a segment's observations.
            state: h before the first of them.
            starts: where an observation begins an episode.
        """
        seen = torch.tanh(self.encoder(obs))
        if len(obs) == 1:  # a step of a rollout: nothing to look for, which a GPU would wait for
            return self.gru(seen, _emptied(state, starts[0]))
        heads = starts.any(1).nonzero().flatten().tolist()
        bounds = sorted({0, *heads, len(obs)})
        found = []
        for first, end in pairwise(bounds):
            stretch, state = self.gru(seen[first:end], _emptied(state, starts[first]))
            found.append(stretch)
        return torch.cat(found), state

    def after(
        self, obs: Float[Tensor, "T N O"], states: Float[Tensor, "T N H"]
    ) -> Float[Tensor, "T N H"]:
        """h one observation after each state, in one step for all of them."""
        seen = torch.tanh(self.encoder(obs)).flatten(0, 1)
        return self.gru(seen[None], states.flatten(0, 1)[None])[0].reshape_as(states)


class RecurrentActorCritic(nn.Module):
    """A policy and a value function of what has been seen since the episode began."""

    def __init__(self, obs_size: int, actions: Actions, width: int = 64) -> None:
        super().__init__()
        self.memory = Memory(obs_size, width)
        # Their weights come from the generator that is in force where this is made.
        self.heads = make_networks(width, actions, int(torch.randint(2**31, ())), width)
        self.width = width

    def initial_state(self, count: int) -> HiddenState:
        """What nothing has been written into, for so many columns."""
        like = self.memory.encoder.weight
        return torch.zeros(1, count, self.width, dtype=like.dtype, device=like.device)

    def noise(self, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        """What is random about actions (see `networks`)."""
        return self.heads.noise(shape, generator)

    def act(
        self,
        obs: Float[Tensor, "N O"],
        state: HiddenState,
        starts: Bool[Tensor, " N"],
        noise: Tensor,
    ) -> tuple[Tensor, HiddenState]:
        """The actions that noise picks, and the state after these observations."""
        found, after = self.memory(obs[None], state, starts[None])
        return self.heads.act(found[0], noise), after

    def evaluate(
        self, obs: Float[Tensor, "T N O"], actions: Tensor, state: HiddenState,
        starts: Bool[Tensor, "T N"],
    ) -> Evaluation:  # fmt: skip
        """log pi, entropy and V of a whole segment, with their graphs."""
        return self.heads.evaluate(self.memory(obs, state, starts)[0], actions)

    def get_value(self, obs: Tensor, state: HiddenState, starts: Tensor) -> Tensor:
        """V of observations one after another, [T N, 1]; see `get_action_and_value`."""
        return self.heads.get_value(self._remembered(obs, state, starts)[0])

    def get_action_and_value(
        self, obs: Tensor, state: HiddenState, starts: Tensor, action: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, HiddenState]:
        """CleanRL's recurrent interface: action, log pi, entropy, V [..., 1], and the state.

        Args:
            obs: [T N, O], step after step; T follows from the state's N.
            state: before the first step.
            starts: where an observation begins an episode, [T N]; any numbers, zero where not.
            action: those that were taken, [T N, ...]; drawn where there are none.
        """
        found, after = self._remembered(obs, state, starts)
        return (*self.heads.get_action_and_value(found, action), after)

    def _remembered(
        self, obs: Tensor, state: HiddenState, starts: Tensor
    ) -> tuple[Tensor, HiddenState]:
        columns = state.shape[1]
        rows = obs.reshape(-1, columns, obs.shape[-1])
        found, after = self.memory(rows, state, starts.reshape(-1, columns) != 0)
        return found.flatten(0, 1), after


def make_recurrent_networks(
    obs_size: int, actions: Actions, seed: int, width: int = 64
) -> RecurrentActorCritic:
    """Networks with a memory for these sizes, drawn from a seed alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return RecurrentActorCritic(obs_size, actions, width)

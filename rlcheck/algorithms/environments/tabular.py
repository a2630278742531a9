"""Copies of a `TabularMDP`, stepped on any device; nothing waits for the device."""

import torch
from jaxtyping import Float
from torch import Tensor

from rlcheck.algorithms.environments._keeping import kept_like, seed_generator, set_generator
from rlcheck.algorithms.environments.protocol import Actions, Transition, positive_count
from rlcheck.algorithms.saving import State
from rlcheck.worlds.drawing import distribution_function, inverse
from rlcheck.worlds.tabular import TabularMDP


class TabularEnvironments:
    """N copies of one finite world, which begin anew in the very step of an end.

    `horizon` terminates and `time_limit` truncates, as `TabularMDP` defines them. Observations and
    rewards are float32, as those of Gymnasium are; every draw inverts a distribution function at a
    uniform of 53 bits, so that what has probability zero never happens.
    """

    def __init__(self, world: TabularMDP, count: int, device: torch.device | str = "cpu") -> None:
        """Lays the world's tables on the device.

        Args:
            world: what is played.
            count: N.
            device: where everything lies.

        Raises:
            InvalidArgument: there would be no copy.
        """
        self.count = positive_count(count)
        self.world = world.to(device)
        self.device = self.world.device
        self.obs_size = world.obs_dim
        self.actions = Actions(kind="discrete", size=world.n_actions)
        self._first = distribution_function(self.world.initial)
        self._successors = distribution_function(self.world.transitions)
        self._rewards = self.world.rewards.float()
        self._observations = self.world.observations.float()
        self._real = torch.ones(count, dtype=torch.bool, device=self.device)
        self._generator = torch.Generator(self.device)
        self.reset(0)

    def reset(self, seed: int) -> Float[Tensor, "N O"]:
        """Begins every copy anew."""
        seed_generator(self._generator, seed)
        self._states = inverse(self._first, self._uniforms(1)[0])
        self._steps = torch.zeros(self.count, dtype=torch.int64, device=self.device)
        return self._observations[self._states]

    def step(self, actions: Tensor) -> Transition:
        """Acts once in every copy, [N] of indices."""
        # As many draws in every step, whether or not one is used: who asks would have to wait.
        moving, beginning = self._uniforms(2)
        before, taken, world = self._states, actions.to(self.device), self.world
        following = inverse(self._successors[before, taken], moving[:, None]).squeeze(1)
        steps = self._steps + 1
        terminated = world.terminal[following]
        if world.horizon is not None:
            terminated = terminated | (steps == world.horizon)
        truncated = torch.zeros_like(terminated)
        if world.time_limit is not None:
            truncated = (steps == world.time_limit) & ~terminated
        ended = terminated | truncated
        self._states = torch.where(ended, inverse(self._first, beginning), following)
        self._steps = torch.where(ended, 0, steps)
        return Transition(
            obs=self._observations[self._states],
            next_obs=self._observations[following],
            rewards=self._rewards[before, taken, following],
            terminated=terminated,
            truncated=truncated,
            real=self._real,
        )

    def state(self) -> State:
        """States, steps since each episode began, and the generator's state."""
        return {
            "states": self._states,
            "steps": self._steps,
            "generator": self._generator.get_state(),
        }

    def restore(self, state: State) -> None:
        """Takes back what `state` gave.

        Raises:
            InvalidArgument: it is not the state of such environments.
        """
        states = kept_like(state, "states", self._states)
        steps = kept_like(state, "steps", self._steps)
        set_generator(self._generator, state)
        self._states, self._steps = states, steps

    def _uniforms(self, rows: int) -> Float[Tensor, "rows N"]:
        return torch.rand(
            rows, self.count, dtype=torch.float64, device=self.device, generator=self._generator
        )

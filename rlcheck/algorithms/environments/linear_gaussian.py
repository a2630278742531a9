"""Copies of a `LinearGaussianMDP`, stepped on any device; nothing waits for the device."""

import torch
from jaxtyping import Float
from torch import Tensor

from rlcheck.algorithms.environments._keeping import kept_like, seed_generator, set_generator
from rlcheck.algorithms.environments.protocol import Actions, Transition, positive_count
from rlcheck.algorithms.saving import State, number
from rlcheck.worlds.drawing import distribution_function, inverse
from rlcheck.worlds.linear_gaussian import LinearGaussianMDP


class LinearGaussianEnvironments:
    """N copies of one continuous world, which begin anew in the very step of an end.

    All episodes of such a world are equally long, so that all copies end together, and the number
    of steps so far is one number, known without asking the device. States are kept in float64;
    observations and rewards are float32, as those of Gymnasium are. Actions have no bounds.
    """

    def __init__(
        self, world: LinearGaussianMDP, count: int, device: torch.device | str = "cpu"
    ) -> None:
        """Lays the world's matrices on the device.

        Args:
            world: what is played.
            count: N.
            device: where everything lies.

        Raises:
            InvalidArgument: there would be no copy.
        """
        self.count = positive_count(count)
        self.world = world.to(device)
        self.device = self.world.dynamics.device
        self.obs_size = world.obs_dim
        self.actions = Actions(kind="continuous", size=world.action_dim)
        self._first = distribution_function(self.world.initial_weights)
        self._real = torch.ones(count, dtype=torch.bool, device=self.device)
        self._generator = torch.Generator(self.device)
        self.reset(0)

    def reset(self, seed: int) -> Float[Tensor, "N O"]:
        """Begins every copy anew."""
        seed_generator(self._generator, seed)
        self._states, self._steps = self._drawn_starts(), 0
        return self._states.float()

    def step(self, actions: Tensor) -> Transition:
        """Acts once in every copy, [N, D]."""
        before, world = self._states, self.world
        taken = actions.to(self.device, torch.float64)
        following = world.successor(before, taken, self._normal(world.noise.shape[1]))
        self._steps += 1
        terminated = self._steps == world.horizon
        truncated = self._steps == world.time_limit and not terminated
        self._states = following
        if terminated or truncated:
            self._states, self._steps = self._drawn_starts(), 0
        return Transition(
            obs=self._states.float(),
            next_obs=following.float(),
            rewards=world.reward(before, taken).float(),
            terminated=torch.full_like(self._real, terminated),
            truncated=torch.full_like(self._real, truncated),
            real=self._real,
        )

    def state(self) -> State:
        """States, steps since the episodes began, and the generator's state."""
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
        states, steps = kept_like(state, "states", self._states), int(number(state, "steps"))
        set_generator(self._generator, state)
        self._states, self._steps = states, steps

    def _drawn_starts(self) -> Float[Tensor, "N S"]:
        uniforms = torch.rand(
            self.count, dtype=torch.float64, device=self.device, generator=self._generator
        )
        points = self.world.initial_points[inverse(self._first, uniforms)]
        noise = self.world.initial_noise
        return points + self._normal(noise.shape[1]) @ noise.T

    def _normal(self, size: int) -> Float[Tensor, "N K"]:
        return torch.randn(
            self.count, size, dtype=torch.float64, device=self.device, generator=self._generator
        )

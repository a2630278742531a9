"""One transition at a time, each of them possible in the world: what rollouts are drawn from.

The flags follow the worlds' own definition: terminated at a terminal state or at the horizon,
truncated at the time limit where the transition did not terminate.
"""

from dataclasses import dataclass
from typing import Protocol

import torch
from jaxtyping import Float
from torch import Tensor

from rlcheck.strategies._numbers import Draw, choose, draw_numbers
from rlcheck.worlds.linear_gaussian import LinearGaussianMDP
from rlcheck.worlds.tabular import TabularMDP

Slot = dict[str, Tensor]
"""The fields of a `Rollout` at one (t, n)."""


class Game(Protocol):
    """A world that is played by drawing."""

    def reset(self, draw: Draw) -> Tensor:
        """A state in which an episode may begin."""
        ...

    def move(self, draw: Draw, state: Tensor, step: int) -> tuple[Slot, Tensor]:
        """A transition that may follow, and the state that it leads to."""
        ...


@dataclass(frozen=True, kw_only=True)
class TabularGame:
    """Actions of positive probability, and successors of positive probability.

    Attributes:
        world: the problem.
        support: which actions the policy may take, bool [S, A].
    """

    world: TabularMDP
    support: Tensor

    def reset(self, draw: Draw) -> Tensor:
        return _one_of(draw, self.world.initial > 0)

    def move(self, draw: Draw, state: Tensor, step: int) -> tuple[Slot, Tensor]:
        action = _one_of(draw, self.support[state])
        after = _one_of(draw, self.world.transitions[state, action] > 0)
        ended = bool(self.world.terminal[after]) or step + 1 == self.world.horizon
        slot = {
            "obs": self.world.observations[state],
            "actions": action,
            "rewards": self.world.rewards[state, action, after],
            "next_obs": self.world.observations[after],
            "states": state,
            "next_states": after,
            **_flags(ended, step, self.world.time_limit),
        }
        return slot, after


@dataclass(frozen=True, kw_only=True)
class GaussianGame:
    """Readable actions and disturbances: under a Gaussian policy every action is possible.

    Attributes:
        world: the problem.
    """

    world: LinearGaussianMDP

    def reset(self, draw: Draw) -> Tensor:
        point = self.world.initial_points[_one_of(draw, self.world.initial_weights > 0)]
        spread = self.world.initial_noise
        return point + spread @ _readable(draw, spread.shape[1])

    def move(self, draw: Draw, state: Tensor, step: int) -> tuple[Slot, Tensor]:
        action = _readable(draw, self.world.action_dim)
        disturbance = _readable(draw, self.world.noise.shape[1])
        after = self.world.successor(state, action, disturbance)
        slot = {
            "obs": state,
            "actions": action,
            "rewards": self.world.reward(state, action),
            "next_obs": after,
            **_flags(step + 1 == self.world.horizon, step, self.world.time_limit),
        }
        return slot, after


def _flags(ended: bool, step: int, time_limit: int | None) -> Slot:
    return {
        "terminated": torch.tensor(ended),
        "truncated": torch.tensor(step + 1 == time_limit and not ended),
        "steps": torch.tensor(step),
    }


def _one_of(draw: Draw, possible: Tensor) -> Tensor:
    return torch.tensor(choose(draw, possible.nonzero().flatten().tolist()))


def _readable(draw: Draw, count: int) -> Float[Tensor, "K"]:
    return torch.tensor(draw_numbers(draw, count, 2.0), dtype=torch.float64)

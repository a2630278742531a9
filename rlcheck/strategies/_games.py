"""One transition at a time, each of them possible in the world: what rollouts are drawn from.

The flags follow the worlds' own definition: terminated at a terminal state or at the horizon,
truncated at the time limit where the transition did not terminate.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, runtime_checkable

import torch
from torch import Tensor

from rlcheck.strategies._numbers import Draw, choose, draw_numbers
from rlcheck.worlds.linear_gaussian import LinearGaussianMDP
from rlcheck.worlds.tabular import TabularMDP

_LARGEST = 2.0
"""Of an action or a disturbance of a continuous world."""


class Move(NamedTuple):
    """A transition: states and actions are integers, or vectors in a continuous world."""

    state: Any
    action: Any
    after: Any
    step: int
    terminated: bool
    truncated: bool


@runtime_checkable
class Game(Protocol):
    """A world that is played by drawing."""

    def reset(self, draw: Draw) -> Any:
        """A state in which an episode may begin."""
        ...

    def move(self, draw: Draw, state: Any, step: int) -> Move:
        """A transition that may follow."""
        ...

    def fields(self, states: Tensor, actions: Tensor, after: Tensor) -> dict[str, Tensor]:
        """The fields of a `Rollout` that these decide, each [T, N, ...]."""
        ...


@dataclass(frozen=True, kw_only=True)
class TabularGame:
    """Actions of positive probability, and successors of positive probability.

    Attributes:
        world: the problem.
        starts: the states that an episode may begin in.
        actions: those that the policy may take, for each state.
        successors: the states that may follow, for each state and action.
        terminal: whether a state ends the episode.
    """

    world: TabularMDP
    starts: list[int]
    actions: list[list[int]]
    successors: list[list[list[int]]]
    terminal: list[bool]

    @classmethod
    def of(cls, world: TabularMDP, support: Tensor) -> "TabularGame":
        """The game of a policy that may take the actions of `support`, bool [S, A]."""
        return cls(
            world=world,
            starts=_places(world.initial > 0),
            actions=[_places(row) for row in support],
            successors=[[_places(row > 0) for row in rows] for rows in world.transitions],
            terminal=world.terminal.tolist(),
        )

    def reset(self, draw: Draw) -> int:
        return choose(draw, self.starts)

    def move(self, draw: Draw, state: int, step: int) -> Move:
        action = choose(draw, self.actions[state])
        after = choose(draw, self.successors[state][action])
        ended = self.terminal[after] or step + 1 == self.world.horizon
        cut = step + 1 == self.world.time_limit and not ended
        return Move(state, action, after, step, ended, cut)

    def fields(self, states: Tensor, actions: Tensor, after: Tensor) -> dict[str, Tensor]:
        return {
            "obs": self.world.observations[states],
            "actions": actions,
            "rewards": self.world.rewards[states, actions, after],
            "next_obs": self.world.observations[after],
            "states": states,
            "next_states": after,
        }


@dataclass(frozen=True, kw_only=True)
class GaussianGame:
    """Readable actions and disturbances: under a Gaussian policy every action is possible.

    Attributes:
        world: the problem.
    """

    world: LinearGaussianMDP

    def reset(self, draw: Draw) -> Tensor:
        point = self.world.initial_points[choose(draw, _places(self.world.initial_weights > 0))]
        spread = self.world.initial_noise
        return point + spread @ _vector(draw, spread.shape[1])

    def move(self, draw: Draw, state: Tensor, step: int) -> Move:
        action = _vector(draw, self.world.action_dim)
        disturbance = _vector(draw, self.world.noise.shape[1])
        after = self.world.successor(state, action, disturbance)
        ended = step + 1 == self.world.horizon
        cut = step + 1 == self.world.time_limit and not ended
        return Move(state, action, after, step, ended, cut)

    def fields(self, states: Tensor, actions: Tensor, after: Tensor) -> dict[str, Tensor]:
        return {
            "obs": states,
            "actions": actions,
            "rewards": self.world.reward(states, actions),
            "next_obs": after,
        }


def _places(possible: Tensor) -> list[int]:
    return possible.nonzero().flatten().tolist()


def _vector(draw: Draw, count: int) -> Tensor:
    return torch.tensor(draw_numbers(draw, count, _LARGEST), dtype=torch.float64)

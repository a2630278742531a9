"""A concrete instance: world, policies and numbers that the symbols of a result stand for."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from rlcheck.errors import InvalidArgument
from rlcheck.strategies import SoftmaxPolicy
from rlcheck.worlds import TabularMDP


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """Everything that a bridge reads its numbers from; both sides read the same.

    Args:
        world: with a horizon, without terminal states and time limit, rewards r(s, a).
        policy: π_θ, a softmax of logits that are linear in the observation.
        old: π_θ_old, of the same kind.
        numbers: arbitrary readable ones, which tables, sequences and finite laws are cut from.

    Raises:
        InvalidArgument: the world is of another kind.
    """

    world: TabularMDP
    policy: SoftmaxPolicy
    old: SoftmaxPolicy
    numbers: Float[Tensor, "K"]

    def __post_init__(self) -> None:
        world = self.world
        spread = world.rewards - world.rewards[..., :1]
        if world.horizon is None or world.time_limit is not None or bool(world.terminal.any()):
            problem = "needs a horizon, no terminal state and no time limit"
        elif bool((spread != 0).any()):
            problem = "has rewards that depend on the next state"
        else:
            return
        raise InvalidArgument.of("world", world, problem, "stripped(world, horizon)")

    @property
    def states(self) -> int:
        return self.world.n_states

    @property
    def actions(self) -> int:
        return self.world.n_actions

    @property
    def steps(self) -> int:
        """T."""
        assert self.world.horizon is not None
        return self.world.horizon

    @property
    def undiscounted(self) -> TabularMDP:
        """The world of results that have no discount."""
        return replace(self.world, gamma=1.0)

    @property
    def forever(self) -> TabularMDP:
        """The world without its horizon; gamma = 1, where nothing converges, becomes 3/4."""
        gamma = self.world.gamma if self.world.gamma < 1 else 0.75
        return replace(self.world, horizon=None, gamma=gamma)

    def at_old(self) -> "Case":
        """θ = θ_old."""
        return replace(self, policy=self.old)

    def arbitrary(self, *shape: int, of: str) -> Tensor:
        """A table of that shape; `of` names it, and another name gives other numbers."""
        count = torch.Size(shape).numel()
        offset = sum(ord(letter) for letter in of)
        place = (offset + torch.arange(count) * (1 + offset % 3)) % len(self.numbers)
        return self.numbers[place].reshape(shape)

    def within(self, low: float, high: float, *, of: str) -> float:
        """A number between the two, a sixteenth of their distance from either at least."""
        share = 1 / (1 + math.exp(-float(self.arbitrary(of=of))))
        return low + (1 / 16 + 7 / 8 * share) * (high - low)

    def law(self, name: str) -> Float[Tensor, "K"]:
        """A probability law on |S| + 1 outcomes, none of them impossible."""
        weights = 0.25 + self.arbitrary(self.states + 1, of=name).abs()
        return weights / weights.sum()


def with_horizon(case: Case, horizon: int) -> Case:
    """The same case with another T."""
    return replace(case, world=replace(case.world, horizon=horizon))


def stripped(world: TabularMDP, horizon: int) -> TabularMDP:
    """The world as results know it: T steps, states that absorb instead of ending, rewards r(s, a).

    r(s, a) is the reward's mean over the next state. What ended an episode goes on without pay.
    """
    rewards = (world.transitions * world.rewards).sum(-1)
    return TabularMDP(
        transitions=world.transitions,
        rewards=rewards,
        initial=world.initial,
        gamma=world.gamma,
        horizon=horizon,
        observations=world.observations,
        name=world.name,
    )


def smoothed(world: TabularMDP) -> TabularMDP:
    """The same world with every transition and every start possible: a quarter goes everywhere."""
    even = 1 / world.n_states
    return replace(
        world,
        transitions=0.75 * world.transitions + 0.25 * even,
        initial=0.75 * world.initial + 0.25 * even,
    )


def with_full_support(case: Case) -> Case:
    """The case in a smoothed world, for results that divide by the law of a state."""
    return replace(case, world=smoothed(case.world))


Tables = Mapping[str, Tensor]
"""Name of an arbitrary function -> its values, indexed by its arguments."""

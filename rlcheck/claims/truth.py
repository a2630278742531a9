"""What a claim's target is computed from: the exact quantities of one case."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from jaxtyping import Float
from torch import Tensor

from rlcheck import exact
from rlcheck.exact import targets
from rlcheck.worlds import TabularMDP


@dataclass(frozen=True, kw_only=True, eq=False)
class Truth:
    """A world, two policies as tables, a critic, and how batches are drawn and reduced.

    Attributes:
        world: the problem.
        pi: pi(a|s) under training, with its graph.
        pi_old: the behaviour policy.
        values: V(s) of the value function under training, with its graph.
        critic: the values that estimators are given, [S].
        settings: gamma and the rest.
        length: T of the batch, None for whole episodes.
        segments: whether episodes are reset inside the batch.
        batch_size: rollouts in one batch, where lengths differ.
        q_values: Q(s, a) of the network under training, with its graph, where there is one.
        target_q_values: Q(s, a) of the target network.
    """

    world: TabularMDP
    pi: Float[Tensor, "S A"]
    pi_old: Float[Tensor, "S A"]
    values: Float[Tensor, " S"]
    critic: Float[Tensor, " S"]
    settings: Mapping[str, float]
    length: int | None
    segments: bool
    batch_size: int = 1
    q_values: Float[Tensor, "S A"] | None = None
    target_q_values: Float[Tensor, "S A"] | None = None

    @cached_property
    def visits(self) -> Float[Tensor, "S A S"]:
        """How often a valid step of the batch is (s, a, s'), in the mean."""
        return targets.mean_visits(
            self.world, self.pi_old, self.length, self.segments, self.batch_size
        )

    @cached_property
    def discounted_visits(self) -> Float[Tensor, "S A S"]:
        """The same summed over a rollout, each step with gamma^t."""
        return targets.discounted_visits(self.world, self.pi_old, self.length, self.segments)

    @cached_property
    def advantages(self) -> Float[Tensor, "S A"]:
        """A of the behaviour policy; stationary, as the worlds of these claims are."""
        return exact.advantages(self.world, self.pi_old)

    @cached_property
    def state_values(self) -> Float[Tensor, " S"]:
        """V of the behaviour policy."""
        return exact.state_values(self.world, self.pi_old)

    @property
    def is_stationary(self) -> bool:
        """Whether the world has no horizon, so that V does not depend on the time."""
        return self.world.horizon is None

    def objective(self) -> Float[Tensor, ""]:
        """J of the current policy, with its graph."""
        return exact.objective(self.world, self.pi)

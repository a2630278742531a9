"""What every case with continuous actions has: a linear Gaussian world, and batches from it.

Where the policies and the values come from is left to two kinds: `GaussianCase` has rlcheck's own
affine networks, `NetworkCase` those that the implementation brings.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self

import torch
from torch import Tensor, nn

from rlcheck.claims import Form
from rlcheck.claims.continuous_truth import ContinuousTruth
from rlcheck.judges.case import Case
from rlcheck.judges.recurrent_case import RecurrentCase
from rlcheck.subjects.batch import Batch
from rlcheck.subjects.networks import Networks
from rlcheck.worlds.linear_gaussian import LinearGaussianMDP
from rlcheck.worlds.rollout import Rollout, cut_short

POLYNOMIAL_ORDER = 3
"""Nodes that integrate a score times a quadratic return exactly."""
SMOOTH_ORDER = 14
"""Nodes for a ratio, which is smooth and no polynomial; doubled they must agree."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ContinuousCase(ABC):
    """A linear Gaussian problem to try an implementation on.

    Attributes:
        world: the problem.
        form: how batches are drawn.
        length: T of a segment, None for whole episodes.
        settings: gamma and the rest.
        n_rollouts: how many rollouts a sampled batch holds.
        seed: of the sampled batch and of the advantages that go with it.
        recipe: what makes the same case again.
    """

    world: LinearGaussianMDP
    form: Form
    length: int | None
    settings: Mapping[str, float] = field(default_factory=dict)
    n_rollouts: int = 6
    seed: int = 0
    recipe: Any = None

    @property
    @abstractmethod
    def on_policy(self) -> bool:
        """Whether the policy under training is the one that samples."""

    @cached_property
    @abstractmethod
    def networks(self) -> Networks:
        """The policy and the value function under training."""

    @cached_property
    @abstractmethod
    def policy_old(self) -> nn.Module:
        """The behaviour policy, of what the networks see."""

    @cached_property
    @abstractmethod
    def truth(self) -> ContinuousTruth:
        """What the claim's target is computed from."""

    @abstractmethod
    def described_policies(self) -> dict[str, str]:
        """pi_old and pi in words, for reports."""

    @abstractmethod
    def to(self, device: torch.device | str) -> Self:
        """The same case on another device."""

    @abstractmethod
    def sampled_rollout(self, generator: torch.Generator) -> Rollout:
        """A few rollouts of the behaviour policy."""

    @abstractmethod
    def on_nodes(self, order: int) -> Batch:
        """Rollouts on so many nodes a random number, with their weights as probabilities.

        They go with the exact advantages and with unbiased value targets.
        """

    @abstractmethod
    def batch(self, rollout: Rollout, advantages: Tensor, returns: Tensor) -> Batch:
        """The batch of a rollout; what lies in padded slots is zero."""

    @property
    def segments(self) -> bool:
        return self.form == "segments"

    @property
    def base(self) -> LinearGaussianMDP:
        return self.world

    @property
    def device(self) -> torch.device:
        return self.world.drift.device

    @property
    def has_kinks(self) -> bool:
        """Whether nodes must be cut where a clip begins."""
        return not self.on_policy and "clip_eps" in self.settings

    @property
    def order(self) -> int:
        """Nodes a random number."""
        return POLYNOMIAL_ORDER if self.on_policy else SMOOTH_ORDER

    @property
    def finer_order(self) -> int:
        """More nodes, to see how far the first answer was off."""
        return POLYNOMIAL_ORDER + 1 if self.on_policy else SMOOTH_ORDER + 6

    def with_settings(self, **settings: float) -> Self:
        return replace(self, settings={**self.settings, **settings})

    @cached_property
    def sampled(self) -> Batch:
        """A few rollouts, with advantages and targets that are plain numbers of both signs."""
        generator = torch.Generator(device=self.device).manual_seed(self.seed)
        rollout = self.sampled_rollout(generator)
        if self.form == "ragged":
            rollout = cut_short(rollout)
        shape, here = rollout.rewards.shape, self.device
        signs = torch.randint(0, 2, shape, generator=generator, device=here) * 2 - 1
        sizes = torch.randint(1, 9, shape, generator=generator, device=here) / 4
        targets = torch.randint(-8, 9, shape, generator=generator, device=here) / 4
        return self.batch(rollout, (signs * sizes).to(torch.float64), targets.to(torch.float64))

    @cached_property
    def listed(self) -> Batch:
        """Every rollout on nodes, with the exact advantages and unbiased value targets."""
        return self.on_nodes(self.order)


AnyCase = Case | ContinuousCase | RecurrentCase
"""All have one interface; only reports and exact expectation look inside."""

"""A case with continuous actions: the interface of `Case`, on a linear Gaussian world."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from rlcheck.claims import Form
from rlcheck.claims.continuous_truth import ContinuousTruth
from rlcheck.exact import linear_gaussian as exact
from rlcheck.exact.linear_gaussian.quadratic import Quadratic
from rlcheck.judges.case import Case
from rlcheck.judges.chooser import Chooser
from rlcheck.judges.gaussian_worlds import (
    Affine,
    QuadraticValue,
    as_weights,
    gaussian_policies,
    gaussian_world,
    numbers,
)
from rlcheck.subjects.batch import Batch
from rlcheck.subjects.networks import OwnNetworks
from rlcheck.worlds.linear_gaussian import LinearGaussianMDP
from rlcheck.worlds.linear_gaussian_sampler import sample_episodes, sample_segments
from rlcheck.worlds.rollout import Rollout

POLYNOMIAL_ORDER = 3
"""Nodes that integrate a score times a quadratic return exactly."""
_SMOOTH_ORDER = 14


@dataclass(frozen=True, kw_only=True, eq=False)
class GaussianCase:
    """A linear Gaussian problem to try an implementation on.

    Attributes:
        world: the problem; the state, with a clock where the horizon is finite, is observed.
        form: how batches are drawn.
        length: T of a segment, None for whole episodes.
        policy_numbers: the policy under training.
        old_numbers: the behaviour policy.
        values: V of the value function under training, weights of quadratic features [K, F].
        critic: the values that estimators are given, [K, F].
        values_old: the value predictions stored with the rollout, [K, F].
        settings: gamma and the rest.
        n_rollouts: how many rollouts a sampled batch holds.
        seed: of the sampled batch and of the advantages that go with it.
        recipe: what makes the same case again.
    """

    world: LinearGaussianMDP
    form: Form
    length: int | None
    policy_numbers: Affine
    old_numbers: Affine
    values: Float[Tensor, "K F"]
    critic: Float[Tensor, "K F"]
    values_old: Float[Tensor, "K F"]
    settings: Mapping[str, float] = field(default_factory=dict)
    n_rollouts: int = 6
    seed: int = 0
    recipe: Any = None

    @property
    def segments(self) -> bool:
        return self.form == "segments"

    @property
    def base(self) -> LinearGaussianMDP:
        return self.world

    @property
    def on_policy(self) -> bool:
        return self.policy_numbers.same(self.old_numbers)

    @property
    def has_kinks(self) -> bool:
        """Whether nodes must be cut where a clip begins."""
        return not self.on_policy and "clip_eps" in self.settings

    @cached_property
    def networks(self) -> OwnNetworks:
        """The policy and the value function under training."""
        return OwnNetworks(
            policy=self.policy_numbers.module(), value_fn=QuadraticValue(self.values)
        )

    @cached_property
    def policy_old(self) -> nn.Module:
        return self.old_numbers.module().requires_grad_(False)

    @cached_property
    def truth(self) -> ContinuousTruth:
        """What the claim's target is computed from."""
        return ContinuousTruth(
            world=self.world,
            policy=self.networks.policy,
            policy_old=self.policy_old,
            value_fn=self.networks.value_fn,
            settings=self.settings,
            length=self.length,
            on_policy=self.on_policy,
        )

    def to(self, device: torch.device | str) -> "GaussianCase":
        """The same case on another device."""
        if self.values.device == torch.device(device):
            return self
        names = ("world", "policy_numbers", "old_numbers", "values", "critic", "values_old")
        moved: dict[str, Any] = {name: getattr(self, name).to(device) for name in names}
        return replace(self, **moved)

    def with_settings(self, **settings: float) -> "GaussianCase":
        return replace(self, settings={**self.settings, **settings})

    @cached_property
    def sampled(self) -> Batch:
        """A few rollouts, with advantages and targets that are plain numbers of both signs."""
        device = self.values.device
        generator = torch.Generator(device=device).manual_seed(self.seed)
        if self.length is not None:
            rollout = sample_segments(
                self.world, self.policy_old, self.n_rollouts, self.length, generator
            )
        else:
            rollout = sample_episodes(self.world, self.policy_old, self.n_rollouts, generator)
        if self.form == "ragged":
            rollout = cut_short(rollout)
        shape = rollout.rewards.shape
        signs = torch.randint(0, 2, shape, generator=generator, device=device) * 2 - 1
        sizes = torch.randint(1, 9, shape, generator=generator, device=device) / 4
        targets = torch.randint(-8, 9, shape, generator=generator, device=device) / 4
        return self.batch(rollout, (signs * sizes).to(torch.float64), targets.to(torch.float64))

    @property
    def order(self) -> int:
        """Nodes a random number."""
        return POLYNOMIAL_ORDER if self.on_policy else _SMOOTH_ORDER

    @property
    def finer_order(self) -> int:
        """More nodes, to see how far the first answer was off."""
        return POLYNOMIAL_ORDER + 1 if self.on_policy else _SMOOTH_ORDER + 6

    @cached_property
    def listed(self) -> Batch:
        """Every rollout on nodes, with the exact advantages and unbiased value targets."""
        return self.on_nodes(self.order)

    def on_nodes(self, order: int) -> Batch:
        """Rollouts on so many nodes a random number, with their weights as probabilities."""
        if self.has_kinks:
            rollout = exact.split_rollouts(
                self.world, self.networks.policy, self.policy_old, self.settings["clip_eps"], order
            )
        else:
            rollout = exact.quadrature_rollouts(self.world, self.policy_old, order, self.length)
        live = (~rollout.terminated).to(torch.float64)
        truth = QuadraticValue(exact_weights(self.world, self.policy_old, None))
        with torch.no_grad():
            targets = rollout.rewards + self.world.gamma * live * truth(rollout.next_obs)
            advantages = _of_steps(
                exact.advantages(self.world, self.policy_old),
                torch.cat([rollout.obs, rollout.actions], dim=-1), rollout.steps,
            )  # fmt: skip
        return self.batch(rollout, advantages, targets)

    def batch(self, rollout: Rollout, advantages: Tensor, returns: Tensor) -> Batch:
        """The batch of a rollout; what lies in padded slots is zero."""
        mask = rollout.mask.to(torch.float64)
        critic, stored = QuadraticValue(self.critic), QuadraticValue(self.values_old)
        with torch.no_grad():
            return Batch(
                rollout=rollout,
                networks=self.networks,
                policy_old=self.policy_old,
                logp_old=self.policy_old(rollout.obs).log_prob(rollout.actions) * mask,
                values=critic(rollout.obs) * mask,
                next_values=critic(rollout.next_obs) * mask,
                values_old=stored(rollout.obs) * mask,
                advantages=advantages * mask,
                returns=returns * mask,
                settings=self.settings,
            )


AnyCase = Case | GaussianCase
"""Both have one interface; only reports and exact expectation look inside."""


def cut_short(rollout: Rollout) -> Rollout:
    """Episodes of unequal length: ends where we please, for formulas that only read the flags."""
    mask, terminated = rollout.mask.clone(), rollout.terminated.clone()
    for column in range(rollout.N):
        length = 1 + column % rollout.T
        mask[length:, column] = False
        terminated[length - 1, column] = True
    return replace(rollout, mask=mask, terminated=terminated).with_clean_padding()


def exact_weights(
    world: LinearGaussianMDP, policy: nn.Module, after_the_end: Tensor | None
) -> Float[Tensor, "K F"]:
    """The true V as weights of quadratic features; what follows the end is zero or as given."""
    with torch.no_grad():
        found = as_weights(exact.state_values(world, policy).matrix)
    if world.horizon is None:
        return found[None]
    last = torch.zeros_like(found[:1]) if after_the_end is None else after_the_end[None]
    return torch.cat([found, last])


def _of_steps(known: Quadratic, joint: Tensor, steps: Tensor) -> Tensor:
    full = torch.cat([torch.ones_like(joint[..., :1]), joint], dim=-1)
    matrix = known.matrix if known.matrix.ndim == 2 else known.matrix[steps]
    return torch.einsum("...i,...ij,...j->...", full, matrix.expand(*steps.shape, -1, -1), full)


def make_gaussian_case(recipe: Any, chooser: Chooser) -> GaussianCase:
    """The case of a recipe for continuous actions."""
    settings = dict(recipe.settings)
    # Segments that may be truncated are so in every other case, and end by themselves else.
    truncates = recipe.limit and recipe.seed % 2 == 0
    noisy = not (recipe.listed and recipe.off_policy)
    world = gaussian_world(
        recipe.form, recipe.size, settings.get("gamma", 0.75), chooser, truncates, noisy
    )
    near = recipe.off_policy and recipe.form == "delayed"
    old, new = gaussian_policies(world, chooser, near, recipe.listed)
    rows = 1 if world.horizon is None else world.horizon + 1
    width = 1 + world.obs_dim + world.obs_dim * (world.obs_dim + 1) // 2
    critic = numbers(chooser, rows, width) / 4
    if recipe.exact_critic:
        # V after the end is never to be used: whoever uses it shall be seen.
        critic = exact_weights(world, old.module(), critic[-1])
    offset = numbers(chooser, rows, width) / 8
    values = critic if recipe.shared_critic else critic + offset
    return GaussianCase(
        world=world,
        form=recipe.form,
        length=recipe.size.horizon if recipe.form == "segments" else None,
        policy_numbers=new if recipe.off_policy else old,
        old_numbers=old,
        values=values,
        critic=critic,
        values_old=values + numbers(chooser, rows, width) / 16,
        settings=settings,
        n_rollouts=recipe.n_rollouts,
        seed=recipe.seed,
        recipe=replace(recipe, choices=tuple(chooser.taken)),
    )

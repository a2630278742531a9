"""A case with continuous actions and rlcheck's own networks: affine policies, quadratic values."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import torch
from jaxtyping import Float
from torch import Tensor, nn

from rlcheck.claims.affine_truth import AffineTruth
from rlcheck.exact import linear_gaussian as exact
from rlcheck.exact.linear_gaussian.quadratic import Quadratic
from rlcheck.judges.chooser import Chooser
from rlcheck.judges.continuous_case import ContinuousCase
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


@dataclass(frozen=True, kw_only=True, eq=False)
class GaussianCase(ContinuousCase):
    """The state, with a clock where the horizon is finite, is what is observed.

    Attributes:
        policy_numbers: the policy under training.
        old_numbers: the behaviour policy.
        values: V of the value function under training, weights of quadratic features [K, F].
        critic: the values that estimators are given, [K, F].
        values_old: the value predictions stored with the rollout, [K, F].
    """

    policy_numbers: Affine
    old_numbers: Affine
    values: Float[Tensor, "K F"]
    critic: Float[Tensor, "K F"]
    values_old: Float[Tensor, "K F"]

    @property
    def on_policy(self) -> bool:
        return self.policy_numbers.same(self.old_numbers)

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
    def truth(self) -> AffineTruth:
        """What the claim's target is computed from."""
        return AffineTruth(
            world=self.world,
            policy=self.networks.policy,
            policy_old=self.policy_old,
            value_fn=self.networks.value_fn,
            settings=self.settings,
            length=self.length,
            on_policy=self.on_policy,
        )

    def described_policies(self) -> dict[str, str]:
        return {"pi_old": _in_words(self.old_numbers), "pi": _in_words(self.policy_numbers)}

    def to(self, device: torch.device | str) -> Self:
        if self.device == torch.device(device):
            return self
        names = ("world", "policy_numbers", "old_numbers", "values", "critic", "values_old")
        moved: dict[str, Any] = {name: getattr(self, name).to(device) for name in names}
        return replace(self, **moved)

    def sampled_rollout(self, generator: torch.Generator) -> Rollout:
        world, n = self.world, self.n_rollouts
        if self.length is None:
            return sample_episodes(world, self.policy_old, n, generator)
        return sample_segments(world, self.policy_old, n, self.length, generator)

    def on_nodes(self, order: int) -> Batch:
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


def _in_words(numbers: Affine) -> str:
    return (
        f"N(K s + k, diag exp(2 log_std)), K = {numbers.gain.tolist()}, "
        f"k = {numbers.offset.tolist()}, log_std = {numbers.log_std.tolist()}"
    )


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

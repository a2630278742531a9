"""The targets on continuous actions for affine policies, in closed form for every kind of batch.

All of them are exact but the clipped surrogate, which carries its error.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Float
from torch import Tensor, nn

from rlcheck.claims.continuous_truth import Potential
from rlcheck.exact import linear_gaussian as exact
from rlcheck.exact.linear_gaussian.gradient import rows_of
from rlcheck.exact.linear_gaussian.quadrature import gauss_hermite, state_nodes
from rlcheck.subjects.networks import quadratic_features
from rlcheck.worlds.linear_gaussian import LinearGaussianMDP
from rlcheck.worlds.linear_gaussian_sampler import mean_and_std

# A squared quadratic is of degree four in the state: three nodes a dimension are exact.
_NODES = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class AffineTruth:
    """A linear Gaussian world, two affine policies, a value function, and how batches are drawn.

    Attributes:
        world: the problem.
        policy: pi under training, with its graph.
        policy_old: the behaviour policy.
        value_fn: V under training, with its graph.
        settings: gamma and the rest.
        length: T of a segment, None for whole episodes.
        on_policy: whether the two policies are one.
    """

    world: LinearGaussianMDP
    policy: nn.Module
    policy_old: nn.Module
    value_fn: nn.Module
    settings: Mapping[str, float]
    length: int | None
    on_policy: bool

    @cached_property
    def law(self) -> exact.StateLaw:
        """The states of every row under the behaviour policy, resets included."""
        with torch.no_grad():
            return exact.state_law(self.world, self.policy_old, self.length)

    @cached_property
    def weights(self) -> Float[Tensor, " T"]:
        """The mean over steps: one share a row."""
        return torch.full_like(self.law.steps, 1, dtype=torch.float64) / len(self.law.steps)

    def objective(self) -> Potential:
        return Potential(value=-exact.objective(self.world, self.policy))

    def discounted_credit(self) -> Potential:
        return Potential(value=-exact.surrogate(self.world, self.policy, None, self.length))

    def surrogate(self) -> Potential:
        world, old = self.world, self.policy_old
        return Potential(value=-exact.surrogate(world, self.policy, old, self.length, self.weights))

    def clipped_surrogate(self) -> Potential:
        if self.on_policy:
            return self.surrogate()
        found = exact.clip_surrogate_target(
            self.world, self.policy, self.policy_old, self.settings["clip_eps"],
            self.length, self.weights,
        )  # fmt: skip
        parameters = dict(self.policy.named_parameters())
        pieces = [(g.detach() * parameters[name]).sum() for name, g in found.gradient.items()]
        return Potential(value=-torch.stack(pieces).sum(), error=found.error)

    def penalty(self) -> Potential:
        mean = exact.mean_kl_divergence(
            self.world, self.policy_old, self.policy, self.law, self.weights
        )
        return Potential(value=self.settings["kl_coef"] * mean)

    def entropy(self) -> Potential:
        mean = exact.mean_entropy(self.policy, self.law, self.weights, order=1)
        return Potential(value=-self.settings["ent_coef"] * mean)

    def squared_error(self) -> Potential:
        states, masses, rows = state_nodes(self.law, _NODES)
        with torch.no_grad():
            known = rows_of(exact.state_values(self.world, self.policy_old), self.law).matrix
            joint = torch.cat([torch.ones_like(states[:, :1]), states], dim=-1)
            right = torch.einsum("mi,mij,mj->m", joint, known[rows], joint)
        share = self.weights[rows] * masses
        return Potential(
            value=self.settings["vf_coef"] * (share @ (self.value_fn(states) - right) ** 2)
        )

    def advantage_moments(self) -> Float[Tensor, "T F"]:
        return self._moments(exact.advantages(self.world, self.policy_old))

    def action_value_moments(self) -> Float[Tensor, "T F"]:
        return self._moments(exact.action_values(self.world, self.policy_old))

    @torch.no_grad()
    def _moments(self, known: exact.Quadratic) -> Float[Tensor, "T F"]:
        states, masses, rows = state_nodes(self.law, _NODES)
        matrix = rows_of(known, self.law).matrix
        mean, std = mean_and_std(self.policy_old(states))
        nodes, weights = (x.to(mean) for x in gauss_hermite(_NODES))
        count = mean.shape[-1]
        grid = torch.cartesian_prod(*[nodes] * count).reshape(-1, count)
        shares = torch.cartesian_prod(*[weights] * count).reshape(-1, count).prod(-1)
        total: Tensor | float = 0.0
        for point, share in zip(grid, shares, strict=True):
            joint = torch.cat([states, mean + std * point], dim=-1)
            full = torch.cat([torch.ones_like(states[:, :1]), joint], dim=-1)
            value = torch.einsum("mi,mij,mj->m", full, matrix[rows], full)
            total = total + (share * masses * value)[:, None] * quadratic_features(joint)
        assert isinstance(total, Tensor)
        out = total.new_zeros(len(self.law.steps), total.shape[1])
        return out.index_add(0, rows, total)

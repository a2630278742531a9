"""What a claim's target is computed from on continuous actions, and the targets themselves.

As in `rlcheck.exact.targets` a target is a potential: a scalar whose gradient is what is due and
whose value means nothing. All of them are closed forms but two, which carry their error: the
clipped surrogate, and whatever the caller adds to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Float
from torch import Tensor, nn

from rlcheck.exact import linear_gaussian as exact
from rlcheck.exact.linear_gaussian.gradient import rows_of
from rlcheck.exact.linear_gaussian.quadrature import gauss_hermite, state_nodes
from rlcheck.subjects.networks import quadratic_features
from rlcheck.worlds.linear_gaussian import LinearGaussianMDP
from rlcheck.worlds.linear_gaussian_sampler import mean_and_std

# A squared quadratic is of degree four in the state: three nodes a dimension are exact.
_NODES = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class Potential:
    """A scalar whose gradient is the target, and how far that gradient may be off."""

    value: Float[Tensor, ""]
    error: float = 0.0

    def __add__(self, other: "Potential") -> "Potential":
        return Potential(value=self.value + other.value, error=self.error + other.error)


@dataclass(frozen=True, kw_only=True, eq=False)
class ContinuousTruth:
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


def objective(truth: ContinuousTruth) -> Potential:
    """-J(theta)."""
    return Potential(value=-exact.objective(truth.world, truth.policy))


def discounted_credit(truth: ContinuousTruth) -> Potential:
    """-sum_t gamma^t E[nabla log pi A]."""
    return Potential(value=-exact.surrogate(truth.world, truth.policy, None, truth.length))


def surrogate(truth: ContinuousTruth) -> Potential:
    """-mean_t E_old[ratio A], the ratio integrated out."""
    return Potential(
        value=-exact.surrogate(
            truth.world, truth.policy, truth.policy_old, truth.length, truth.weights
        )
    )


def clipped_surrogate(truth: ContinuousTruth) -> Potential:
    """-mean_t E_old[min(ratio A, clip(ratio) A)]; at ratio one nothing is clipped."""
    if truth.on_policy:
        return surrogate(truth)
    found = exact.clip_surrogate_target(
        truth.world, truth.policy, truth.policy_old, truth.settings["clip_eps"],
        truth.length, truth.weights,
    )  # fmt: skip
    parameters = dict(truth.policy.named_parameters())
    pieces = [(g.detach() * parameters[name]).sum() for name, g in found.gradient.items()]
    return Potential(value=-torch.stack(pieces).sum(), error=found.error)


def penalty(truth: ContinuousTruth) -> Potential:
    """kl_coef * mean_t E KL(pi_old || pi)."""
    mean = exact.mean_kl_divergence(
        truth.world, truth.policy_old, truth.policy, truth.law, truth.weights
    )
    return Potential(value=truth.settings["kl_coef"] * mean)


def entropy(truth: ContinuousTruth) -> Potential:
    """-ent_coef * mean_t E H(pi), states held fixed."""
    mean = exact.mean_entropy(truth.policy, truth.law, truth.weights, order=1)
    return Potential(value=-truth.settings["ent_coef"] * mean)


def squared_error(truth: ContinuousTruth) -> Potential:
    """vf_coef * mean_t E (V(s) - V_pi(s))^2: unbiased targets have V_pi as their mean."""
    states, masses, rows = state_nodes(truth.law, _NODES)
    with torch.no_grad():
        known = rows_of(exact.state_values(truth.world, truth.policy_old), truth.law).matrix
        joint = torch.cat([torch.ones_like(states[:, :1]), states], dim=-1)
        right = torch.einsum("mi,mij,mj->m", joint, known[rows], joint)
    share = truth.weights[rows] * masses
    return Potential(
        value=truth.settings["vf_coef"] * (share @ (truth.value_fn(states) - right) ** 2)
    )


def advantage_moments(truth: ContinuousTruth) -> Float[Tensor, "T F"]:
    """E[A(s_t, a_t) f(s_t, a_t)] for every monomial f of degree two at most."""
    return _moments(truth, exact.advantages(truth.world, truth.policy_old))


def action_value_moments(truth: ContinuousTruth) -> Float[Tensor, "T F"]:
    """E[Q(s_t, a_t) f(s_t, a_t)] for every monomial f of degree two at most."""
    return _moments(truth, exact.action_values(truth.world, truth.policy_old))


@torch.no_grad()
def _moments(truth: ContinuousTruth, known: exact.Quadratic) -> Float[Tensor, "T F"]:
    states, masses, rows = state_nodes(truth.law, _NODES)
    matrix = rows_of(known, truth.law).matrix
    mean, std = mean_and_std(truth.policy_old(states))
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
    out = total.new_zeros(len(truth.law.steps), total.shape[1])
    return out.index_add(0, rows, total)

"""Targets in closed form: the gradient of J, and of the surrogate without a clip.

    nabla J = d/d theta sum_t gamma^t E r_t                                  (forward moments)
    L(theta) = sum_t w_t E_{s_t ~ old} E_{a ~ pi_theta(.|s_t)} A_old(s_t, a)

L is the importance-weighted surrogate E_old[ratio A] with the ratio integrated out: for two linear
policies a polynomial moment, exact also away from ratio one. At theta = theta_old its gradient is
sum_t w_t E[nabla log pi(a_t|s_t) A(s_t, a_t)], which with w_t = gamma^t over a whole episode of the
unlimited problem is nabla J.

Source: Sutton, McAllester, Singh and Mansour, NeurIPS 12 (2000), theorem 1; Schulman et al., Trust
Region Policy Optimization, arXiv:1502.05477, eq. (3), whose discounted state law is ours at
w_t = gamma^t, unnormalised.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from rlcheck.errors import InvalidArgument
from rlcheck.exact.linear_gaussian.affine import affine_policy
from rlcheck.exact.linear_gaussian.estimate import (
    Grade,
    GradientEstimate,
    flatten,
    parameter_gradient,
    refine,
)
from rlcheck.exact.linear_gaussian.moments import StateLaw, objective, state_law
from rlcheck.exact.linear_gaussian.quadratic import (
    Quadratic,
    after_step,
    reward_quadratic,
    under_policy,
)
from rlcheck.exact.linear_gaussian.quadrature import state_nodes
from rlcheck.exact.linear_gaussian.values import action_values, advantages
from rlcheck.worlds.linear_gaussian import LinearGaussianMDP
from rlcheck.worlds.linear_gaussian_sampler import mean_and_std


def objective_gradient(world: LinearGaussianMDP, policy: nn.Module) -> dict[str, Tensor]:
    """The gradient of J of the unlimited problem by parameter name, for an affine policy."""
    return parameter_gradient(objective(world, policy), policy)


def surrogate(
    world: LinearGaussianMDP,
    policy: nn.Module,
    policy_old: nn.Module | None = None,
    length: int | None = None,
    weights: Float[Tensor, " T"] | None = None,
    advantage: Quadratic | None = None,
) -> Float[Tensor, ""]:
    """L(theta) above, with the graph to `policy` alone.

    Args:
        world: the problem.
        policy: pi_theta, affine.
        policy_old: whose states and advantages count; `policy` itself by default.
        length: rows of a segment, resets included; None for a whole episode.
        weights: w_t for each row; gamma^t with t the time since the episode began by default.
        advantage: A(s, a), one quadratic or one for each step; the exact one of `policy_old` in
            the untruncated problem by default.
    """
    behaviour = policy if policy_old is None else policy_old
    with torch.no_grad():
        law = state_law(world, behaviour, length)
        known = advantages(world, behaviour) if advantage is None else advantage
        per_row = rows_of(known, law)
        moments = law.second_moments()
        scale = row_weights(world, law, weights)
    expected = under_policy(per_row, affine_policy(policy, world)).matrix
    return torch.einsum("t,tij,tij->", scale, expected, moments)


def surrogate_gradient(
    world: LinearGaussianMDP,
    policy: nn.Module,
    policy_old: nn.Module | None = None,
    length: int | None = None,
    weights: Float[Tensor, " T"] | None = None,
    advantage: Quadratic | None = None,
) -> dict[str, Tensor]:
    """The gradient of `surrogate` by parameter name; grade `exact`."""
    value = surrogate(world, policy, policy_old, length, weights, advantage)
    return parameter_gradient(value, policy)


def surrogate_target(
    world: LinearGaussianMDP,
    policy: nn.Module,
    policy_old: nn.Module,
    length: int | None = None,
    weights: Float[Tensor, " T"] | None = None,
    tolerance: float = 1e-10,
) -> GradientEstimate:
    """The gradient of L(theta) for any Gaussian `policy`, a network too, with its error.

    At each state E_{a ~ pi} Q_old is closed: Q at the mean, plus tr(Q_aa diag(std)^2). Q in the
    place of A changes no gradient. The states are listed where their law is finite (grade `exact`,
    the error is the disagreement with nodes over the actions), else on Gauss-Hermite nodes, doubled
    (grade `numerical`). `policy_old` is affine unless the horizon is one. For two affine policies
    `surrogate_gradient` is exact throughout.
    """
    with torch.no_grad():
        law = state_law(world, policy_old, length)
        known = rows_of(action_values(world, policy_old), law).matrix
        scale = row_weights(world, law, weights)

    def at(order: int, by_nodes: bool = False) -> dict[str, Tensor]:
        states, masses, rows = state_nodes(law, order)
        average = _average_by_nodes if by_nodes else _average
        values = average(known[rows], states, *mean_and_std(policy(states)))
        return parameter_gradient((scale[rows] * masses) @ values, policy)

    if bool(law.covariances.any()):
        return refine(at, 4, 64, tolerance)
    gradient = at(1)
    error = float((flatten(gradient) - flatten(at(1, by_nodes=True))).norm())
    return GradientEstimate(gradient=gradient, error=error, order=0, grade=Grade.EXACT)


def _average(matrix: Tensor, states: Tensor, mean: Tensor, std: Tensor) -> Float[Tensor, " M"]:
    """E_a (1, s, a)' M (1, s, a) for a ~ N(mean, diag(std)^2), row by row."""
    joint = torch.cat([torch.ones_like(states[:, :1]), states, mean], dim=-1)
    size = states.shape[1] + 1
    curvature = matrix[:, size:, size:].diagonal(dim1=-2, dim2=-1)
    return torch.einsum("mi,mij,mj->m", joint, matrix, joint) + (curvature * std**2).sum(-1)


def _average_by_nodes(
    matrix: Tensor, states: Tensor, mean: Tensor, std: Tensor
) -> Float[Tensor, " M"]:
    """The same on the two-point rule, +-1 in each dimension, exact for a quadratic."""
    signs = torch.cartesian_prod(*[mean.new_tensor([-1.0, 1.0])] * mean.shape[1])
    total = torch.zeros_like(mean[:, 0])
    for sign in signs.reshape(-1, mean.shape[1]):
        action = mean + std * sign
        joint = torch.cat([torch.ones_like(states[:, :1]), states, action], dim=-1)
        total = total + ((matrix @ joint[:, :, None])[:, :, 0] * joint).sum(-1)
    return total / len(signs)


def critic_advantages(world: LinearGaussianMDP, critic: Quadratic) -> Quadratic:
    """A = r + gamma E critic(s') - critic(s) for a critic that need not be V, for each step.

    In the last step of a finite horizon nothing follows.
    """
    rewards = reward_quadratic(world).matrix
    inner = Quadratic(matrix=rewards + world.gamma * after_step(world, critic).matrix) - critic
    if world.horizon is None:
        return inner
    last = Quadratic(matrix=rewards) - critic
    return Quadratic(matrix=torch.stack([inner.matrix] * (world.horizon - 1) + [last.matrix]))


def rows_of(known: Quadratic, law: StateLaw) -> Quadratic:
    """The quadratic of each row's step; a stationary one serves every row."""
    if known.matrix.ndim == 2:
        return Quadratic(matrix=known.matrix.expand(len(law.steps), -1, -1))
    if int(law.steps.max()) >= len(known):
        raise InvalidArgument.of(
            "advantage", len(known), "has too few steps", f"{int(law.steps.max()) + 1} or more"
        )
    return Quadratic(matrix=known.matrix[law.steps])


def row_weights(
    world: LinearGaussianMDP, law: StateLaw, weights: Tensor | None
) -> Float[Tensor, " T"]:
    """The given weights, or gamma^t."""
    if weights is None:
        return torch.full_like(law.weights[:1], world.gamma) ** law.steps
    if weights.shape != law.steps.shape:
        raise InvalidArgument.of(
            "weights", tuple(weights.shape), "is not one a row", f"shape ({len(law.steps)},)"
        )
    return weights.to(law.weights)

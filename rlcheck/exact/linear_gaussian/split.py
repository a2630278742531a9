"""Rollouts on nodes that respect the kinks of a clipped surrogate.

Gauss-Hermite nodes do not see where min and clip change their branch and are off by whole per cents
at any affordable order. Here each action integral is cut at ratio = 1 - eps, ratio = 1 + eps (and
the dual clip) and where A changes its sign, and every piece gets its own Gauss-Legendre rule.
For worlds of horizon one; every policy is welcome, a network too. Further action dimensions are
taken by Gauss-Hermite nodes, exactly so where ratio and advantage do not depend on them.
"""

from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor, nn

from rlcheck.errors import InvalidArgument
from rlcheck.exact.linear_gaussian.kinks import (
    ClipRange,
    Coefficients,
    GaussianPair,
    normal_density,
    panel_nodes,
    split_cuts,
)
from rlcheck.exact.linear_gaussian.moments import state_law
from rlcheck.exact.linear_gaussian.quadratic import Quadratic, reward_quadratic
from rlcheck.exact.linear_gaussian.quadrature import gauss_hermite, state_nodes, trapezoid
from rlcheck.worlds.linear_gaussian import LinearGaussianMDP
from rlcheck.worlds.linear_gaussian_sampler import Disturbances, mean_and_std, unroll
from rlcheck.worlds.rollout import Rollout


def split_rollouts(
    world: LinearGaussianMDP,
    policy: nn.Module,
    policy_old: nn.Module,
    clip_eps: float,
    order: int = 16,
    dual_clip: float | None = None,
    state_order: int = 64,
    split: bool = True,
    dimension: int | None = None,
) -> Rollout:
    """One-step rollouts [1, N] drawn by `policy_old`, with probabilities that sum to one.

    E_old f = sum_n probability[n] f[n], to rounding for the clipped surrogate of these two policies
    at these levels where the initial law is finite; `state_order` equidistant nodes a dimension
    where it is not (then `numerical`: the integral over actions has weak kinks as a function of the
    state). The advantage whose sign change is split is the exact one.

    Args:
        world: horizon one; one action dimension, unless `dimension` names one.
        policy: pi_theta, whose ratio to `policy_old` is clipped.
        policy_old: pi_old.
        clip_eps: the clip range is [1 - clip_eps, 1 + clip_eps].
        order: Gauss-Legendre nodes a piece; pieces are two deviations wide at most.
        dual_clip: a further level of the ratio, as in dual-clip PPO.
        state_order: nodes a dimension of a Gaussian start.
        split: False leaves the kinks inside the pieces, to show what that costs.
        dimension: the one action dimension that ratio and advantage depend on, of several. The
            others get three nodes each: a score is of degree two in them.

    Raises:
        InvalidArgument: for another horizon, or more action dimensions and none of them named.
    """
    if world.horizon != 1 or (world.action_dim != 1 and dimension is None):
        raise InvalidArgument.of(
            "world",
            f"horizon {world.horizon}, action_dim {world.action_dim}",
            "is not a one-step world with one action dimension",
            "horizon=1 and control [S, 1]; else clip_surrogate_target",
        )
    along = dimension or 0
    with torch.no_grad():
        states, masses, _ = state_nodes(state_law(world, policy_old, 1), state_order, trapezoid)
        pair = gaussian_pair(policy, policy_old, states, along)
        advantage = advantage_in_action(reward_quadratic(world), states, pair, along)
        clip = ClipRange(clip_eps=clip_eps, dual_clip=dual_clip) if split else None
        cuts = split_cuts(pair, advantage, clip, torch.zeros_like(masses))
        nodes, weights = panel_nodes(cuts, order)
        density = normal_density(nodes)
        probability = (masses[:, None] * weights * density).reshape(-1)
        kept = probability > 0
        starts = states.repeat_interleave(nodes.shape[1], 0)[kept]
        actions, shares = _beside(nodes.reshape(-1)[kept], along, world.action_dim)
        starts = starts.repeat_interleave(len(shares), 0)
        drawn = Disturbances(
            starts=starts[None],
            actions=actions[None],
            # The episode ends here: the successor is seen by nobody, its mean will do.
            noise=starts.new_zeros(1, len(starts), world.noise.shape[1]),
        )
        probability = (probability[kept, None] * shares).reshape(-1)
        return replace(unroll(world, policy_old, drawn), probability=probability)


def _beside(
    nodes: Float[Tensor, " M"], along: int, dimensions: int
) -> tuple[Float[Tensor, "MK D"], Float[Tensor, " K"]]:
    """Nodes of one action dimension, each beside the whole grid of the others, and its weights."""
    points, masses = (x.to(nodes) for x in gauss_hermite(3))
    count = dimensions - 1
    grid = nodes.new_zeros(1, 0)
    shares = nodes.new_ones(1)
    if count:
        grid = torch.cartesian_prod(*[points] * count).reshape(-1, count)
        shares = torch.cartesian_prod(*[masses] * count).reshape(-1, count).prod(-1)
    each = nodes.repeat_interleave(len(grid))[:, None]
    others = grid.repeat(len(nodes), 1)
    return torch.cat([others[:, :along], each, others[:, along:]], dim=1), shares


def gaussian_pair(
    policy: nn.Module, policy_old: nn.Module, states: Float[Tensor, "M S"], dimension: int = 0
) -> GaussianPair:
    """Both policies at each state, in one action dimension; the new one keeps its graph."""
    mean, std = mean_and_std(policy(states))
    with torch.no_grad():
        old_mean, old_std = mean_and_std(policy_old(states))
    return GaussianPair(
        old_mean=old_mean[:, dimension],
        old_std=old_std[:, dimension],
        mean=mean[:, dimension],
        std=std[:, dimension],
    )


def advantage_in_action(
    action_value: Quadratic,
    states: Float[Tensor, "M S"],
    pair: GaussianPair,
    dimension: int = 0,
) -> Coefficients:
    """A(s, m0 + s0 z) = Q - E_old Q as coefficients of z^2, z and 1, for one action dimension.

    Of several, Q must depend on that one alone. With Q = a z^2 + b z + const, E_old Q = a + const:
    A = a z^2 + b z - a.
    """
    matrix, size = action_value.matrix, states.shape[1] + 1
    joint = torch.cat([torch.ones_like(states[:, :1]), states], dim=-1)
    place = size + dimension
    curvature = matrix[..., place, place].expand(len(states))
    slope = 2 * (joint * matrix[..., :size, place]).sum(-1)
    square = curvature * pair.old_std**2
    linear = (2 * curvature * pair.old_mean + slope) * pair.old_std
    return square, linear, -square

"""The gradient of the clipped surrogate, E_old[min(ratio A, clip(ratio) A)], by two routes.

    L(theta) = sum_t w_t E_{s_t ~ old} E_{a ~ old}[min(ratio A, clip(ratio) A)]

For each state the integral over one action dimension is cut at its kinks and taken in closed form.
A second action dimension is an outer integral over Gauss-Legendre pieces, itself cut where the
inner kinks appear and vanish. The states are listed where their law is finite, else on equidistant
nodes that are doubled until they agree: as a function of the state the integral over actions has
weak kinks of its own.

The grade is `exact` for a finite state law and one action dimension, where the error printed is the
disagreement of the closed form with an independent Gauss-Legendre integration of the same pieces;
else `numerical`, with the last difference of the doubling.

Source: Schulman et al., Proximal Policy Optimization Algorithms, arXiv:1707.06347, eq. (7); the
dual clip is Ye et al., arXiv:1912.09729, eq. (4). State weights w_t: ours, as in `gradient`.
"""

from collections.abc import Callable
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor, nn

from rlcheck.errors import InvalidArgument
from rlcheck.exact.linear_gaussian.estimate import (
    Grade,
    GradientEstimate,
    flatten,
    parameter_gradient,
    refine,
)
from rlcheck.exact.linear_gaussian.gradient import row_weights, rows_of
from rlcheck.exact.linear_gaussian.kinks import (
    ClipRange,
    Coefficients,
    GaussianPair,
    clipped_integral,
    evaluate,
    normal_density,
    panel_nodes,
    split_cuts,
)
from rlcheck.exact.linear_gaussian.moments import StateLaw, state_law
from rlcheck.exact.linear_gaussian.plane import PlanePair, plane_integral
from rlcheck.exact.linear_gaussian.quadratic import Quadratic
from rlcheck.exact.linear_gaussian.quadrature import (
    covariance_factor,
    state_nodes,
    trapezoid,
)
from rlcheck.exact.linear_gaussian.split import advantage_in_action, gaussian_pair
from rlcheck.exact.linear_gaussian.values import action_values
from rlcheck.worlds.linear_gaussian import LinearGaussianMDP
from rlcheck.worlds.linear_gaussian_sampler import mean_and_std

_LEGENDRE = 20
_MOST_NODES = 200_000
# Outer nodes that a second action dimension costs a state, in about as many.
_PLANE_COST = 1000


def clip_surrogate_target(
    world: LinearGaussianMDP,
    policy: nn.Module,
    policy_old: nn.Module,
    clip_eps: float,
    length: int | None = None,
    weights: Float[Tensor, " T"] | None = None,
    dual_clip: float | None = None,
    tolerance: float = 1e-9,
) -> GradientEstimate:
    """The gradient of L(theta) through the parameters of `policy`, with its error.

    Args:
        world: one or two action dimensions.
        policy: pi_theta, any Gaussian policy.
        policy_old: pi_old, whose states and exact advantages count; affine unless horizon is one.
        clip_eps: the clip range is [1 - clip_eps, 1 + clip_eps].
        length: rows of a segment, resets included; None for a whole episode.
        weights: w_t for each row; gamma^t with t the time since the episode began by default.
        dual_clip: bounds c A from below where A < 0; off by default.
        tolerance: relative, for the doubling of nodes, which gives up after a few seconds' worth of
            them: look at `error` and `converged`.

    Raises:
        InvalidArgument: for more than two action dimensions.
    """
    if world.action_dim > 2:
        raise InvalidArgument.of(
            "world", world.action_dim, "has too many action dimensions", "one or two"
        )
    clip = checked_clip(clip_eps, dual_clip)
    with torch.no_grad():
        law = state_law(world, policy_old, length)
        known = rows_of(action_values(world, policy_old), law)
        scale = row_weights(world, law, weights)

    def at(state_order: int, legendre: int | None = None) -> dict[str, Tensor]:
        states, masses, rows = state_nodes(law, state_order, trapezoid)
        per_state = Quadratic(matrix=known.matrix[rows])
        if world.action_dim == 1:
            integral = _over_line(policy, policy_old, states, per_state, clip, legendre)
        else:
            integral = _over_plane(policy, policy_old, states, per_state, clip, legendre or 12)
        return parameter_gradient((scale[rows] * masses) @ integral, policy)

    return _over_states(at, law, world.action_dim, tolerance)


def _over_states(
    at: Callable[..., dict[str, Tensor]], law: StateLaw, action_dim: int, tolerance: float
) -> GradientEstimate:
    """Doubling of the states' nodes, and of the actions' where there are two dimensions.

    The disagreement with Gauss-Legendre over the actions is added to the error.
    """
    rank = max(covariance_factor(covariance).shape[1] for covariance in law.covariances)
    first = 1 if rank == 0 else 32
    if action_dim == 2:
        found = refine(lambda order: at(first, order), 8, 128 if rank == 0 else 32, tolerance)
        disagreement = found.error
    else:
        exact, pieces = at(first), at(first, _LEGENDRE)
        disagreement = float((flatten(exact) - flatten(pieces)).norm())
        found = GradientEstimate(gradient=exact, error=disagreement, order=0, grade=Grade.EXACT)
    if rank == 0:
        return found
    budget = _MOST_NODES // (len(law.means) * law.means.shape[1])
    if action_dim == 2:
        budget //= _PLANE_COST
    most = max(first, int(budget ** (1 / rank)))
    legendre = found.order if action_dim == 2 else None
    over_states = refine(lambda order: at(order, legendre), first, most, tolerance)
    return replace(over_states, error=over_states.error + disagreement)


def checked_clip(clip_eps: float, dual_clip: float | None) -> ClipRange:
    """The clip range, or `InvalidArgument`."""
    if not 0 < clip_eps < float("inf"):
        raise InvalidArgument.of("clip_eps", clip_eps, "is no clip range", "a number above zero")
    if dual_clip is not None and not 1 < dual_clip < float("inf"):
        raise InvalidArgument.of("dual_clip", dual_clip, "is no bound", "a number above one")
    return ClipRange(clip_eps=clip_eps, dual_clip=dual_clip)


def _over_line(
    policy: nn.Module,
    policy_old: nn.Module,
    states: Tensor,
    action_value: Quadratic,
    clip: ClipRange,
    legendre: int | None,
) -> Float[Tensor, " M"]:
    pair = gaussian_pair(policy, policy_old, states)
    advantage = advantage_in_action(action_value, states, pair)
    none = torch.zeros_like(pair.old_mean)
    if legendre is None:
        return clipped_integral(pair, advantage, clip, none)
    return legendre_integral(pair, advantage, clip, legendre)


def legendre_integral(
    pair: GaussianPair,
    advantage: Coefficients,
    clip: ClipRange,
    order: int,
    split: bool = True,
) -> Float[Tensor, " M"]:
    """E_old[surrogate(ratio, A)] by Gauss-Legendre pieces: the route beside the closed form.

    Args:
        pair: the two Gaussians at each state.
        advantage: A as a quadratic of the standardised action.
        clip: the levels.
        order: nodes a piece.
        split: False does not cut at the kinks, to show what that costs.
    """
    none = torch.zeros_like(pair.old_mean)
    cuts = split_cuts(pair, advantage, clip if split else None, none)
    nodes, weights = panel_nodes(cuts, order)
    density = normal_density(nodes)
    values = clip.surrogate(pair.log_ratio_at(nodes).exp(), evaluate(advantage, nodes))
    return (weights * density * values).sum(-1)


def _over_plane(
    policy: nn.Module,
    policy_old: nn.Module,
    states: Tensor,
    action_value: Quadratic,
    clip: ClipRange,
    order: int,
) -> Float[Tensor, " M"]:
    pairs = PlanePair(
        outer=gaussian_pair(policy, policy_old, states, 0),
        inner=gaussian_pair(policy, policy_old, states, 1),
    )
    matrix, size = action_value.matrix, states.shape[1] + 1
    joint = torch.cat([torch.ones_like(states[:, :1]), states], dim=-1)
    with torch.no_grad():
        mean, std = mean_and_std(policy_old(states))
        curvature = matrix[:, size:, size:]
        slope = 2 * torch.einsum("mi,mid->md", joint, matrix[:, :size, size:])
        linear = (2 * torch.einsum("mde,me->md", curvature, mean) + slope) * std
        square = curvature * std[:, :, None] * std[:, None, :]
    return plane_integral(pairs, square, linear, clip, order)

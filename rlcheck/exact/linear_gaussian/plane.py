"""The clipped integral over two action dimensions: an outer one of closed-form inner ones.

With z = (x, y) standardised by the old policy, A = z' S z + l' z - tr S, and the ratio a product
rho_x(x) rho_y(y). For fixed x the inner integral over y is that of `kinks`, with log rho_x as its
scale. As a function of x it is analytic except where inner kinks appear or vanish: where A's
discriminant in y is zero, and where rho_x(x) rho_y(y) only touches a level. Both are roots of
quadratics in x. Where the curve A = 0 crosses a level only the third derivative jumps; these are
roots of a quartic. The outer pieces are cut at all of them. Where a kink appears, the clipped piece
opens like a square root, and so does the gradient: the nodes are spaced for that.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from rlcheck.exact.linear_gaussian.crossings import crossing_points
from rlcheck.exact.linear_gaussian.kinks import (
    ClipRange,
    GaussianPair,
    clamp_cuts,
    clipped_integral,
    normal_density,
    panel_nodes,
    real_roots,
    split_cuts,
)


@dataclass(frozen=True, kw_only=True, eq=False)
class PlanePair:
    """Two action dimensions, each with its old and new Gaussian."""

    outer: GaussianPair
    inner: GaussianPair


def plane_integral(
    pairs: PlanePair,
    square: Float[Tensor, "M 2 2"],
    linear: Float[Tensor, "M 2"],
    clip: ClipRange,
    order: int,
) -> Float[Tensor, " M"]:
    """E_old[surrogate(ratio, A)] for each row, with the graph of the new policy.

    Args:
        pairs: the Gaussians.
        square: S in standardised actions.
        linear: l likewise.
        clip: the levels.
        order: Gauss-Legendre nodes an outer piece.
    """
    nodes, weights = panel_nodes(_outer_cuts(pairs, square, linear, clip), order, rooted=True)
    count = nodes.shape[1]
    density = normal_density(nodes)
    log_scale = pairs.outer.log_ratio_at(nodes).reshape(-1)
    x = nodes.reshape(-1)

    def repeated(values: Tensor) -> Tensor:
        return values.repeat_interleave(count, 0)

    inner = GaussianPair(
        old_mean=repeated(pairs.inner.old_mean),
        old_std=repeated(pairs.inner.old_std),
        mean=repeated(pairs.inner.mean),
        std=repeated(pairs.inner.std),
    )
    constant = -(square[:, 0, 0] + square[:, 1, 1])
    advantage = (
        repeated(square[:, 1, 1]),
        repeated(linear[:, 1]) + 2 * repeated(square[:, 0, 1]) * x,
        (repeated(square[:, 0, 0]) * x + repeated(linear[:, 0])) * x + repeated(constant),
    )
    values = clipped_integral(inner, advantage, clip, log_scale).reshape(-1, count)
    return (weights * density * values).sum(-1)


@torch.no_grad()
def _outer_cuts(
    pairs: PlanePair, square: Tensor, linear: Tensor, clip: ClipRange
) -> Float[Tensor, "M B"]:
    none = torch.zeros_like(linear[:, 0])
    grid = split_cuts(pairs.outer, (none, none, none), None, none)
    trace = -(square[:, 0, 0] + square[:, 1, 1])
    # A as a quadratic in y, and its discriminant there as one in x.
    in_y = (
        square[:, 1, 1, None],
        torch.stack([linear[:, 1], 2 * square[:, 0, 1]], -1),
        torch.stack([trace, linear[:, 0], square[:, 0, 0]], -1),
    )
    (a,), (b, b_x), (c, c_x, c_xx) = (piece.unbind(-1) for piece in in_y)
    cuts = [grid]
    cuts.append(real_roots(b_x**2 - 4 * a * c_xx, 2 * b * b_x - 4 * a * c_x, b**2 - 4 * a * c))
    second, first, at_zero = pairs.inner.log_ratio()
    extremum = at_zero - first**2 / (4 * second)
    square_x, linear_x, constant_x = pairs.outer.log_ratio()
    for level in clip.levels:
        target = constant_x - math.log(level)
        cuts.append(real_roots(square_x, linear_x, target + extremum))
        level_in_y = (
            second[:, None],
            torch.stack([first, none], -1),
            torch.stack([target + at_zero, linear_x, square_x], -1),
        )
        cuts.append(crossing_points(in_y, level_in_y))
    return clamp_cuts(torch.cat(cuts, dim=-1), grid[:, 0], grid[:, -1])

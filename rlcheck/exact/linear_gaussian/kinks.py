"""Where a clipped surrogate has kinks, and integrals that are cut there.

For one action dimension and a fixed state, log ratio and A are quadratics of the action, so the
level sets ratio = c and A = 0 are roots of quadratics. Between two neighbouring roots the integrand
min(ratio A, clip(ratio) A) times the old density is either A times the new density or a constant
times A times the old one: analytic, with a closed form by truncated Gaussian moments.

Actions are measured from the old mean in units of the old deviation, z = (a - m0) / s0.

Source: own derivation; the truncated moments are those of N. L. Johnson, S. Kotz and N.
Balakrishnan, Continuous Univariate Distributions, vol. 1, section 13.10.1, not divided by the mass.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

# exp(-38^2 / 2) is below the smallest normal float64: nothing is left outside.
_FAR = 38.0


@dataclass(frozen=True, kw_only=True, eq=False)
class ClipRange:
    """ratio is clipped to [1 - eps, 1 + eps]; dual_clip c bounds c A from below where A < 0."""

    clip_eps: float
    dual_clip: float | None = None

    @property
    def levels(self) -> tuple[float, ...]:
        """The ratios at which the surrogate changes its branch."""
        levels = (1 - self.clip_eps, 1 + self.clip_eps)
        levels += () if self.dual_clip is None else (self.dual_clip,)
        return tuple(level for level in levels if level > 0)

    def surrogate(self, ratio: Tensor, advantage: Tensor) -> Tensor:
        """min(r A, clip(r) A), and max(that, c A) where A < 0 under dual clip."""
        clipped = ratio.clamp(1 - self.clip_eps, 1 + self.clip_eps)
        value = torch.minimum(ratio * advantage, clipped * advantage)
        if self.dual_clip is None:
            return value
        return torch.where(advantage < 0, torch.maximum(value, self.dual_clip * advantage), value)


@dataclass(frozen=True, kw_only=True, eq=False)
class GaussianPair:
    """Old and new Gaussian over one action dimension, one pair a row; the new one has a graph.

    Attributes:
        old_mean: m0. old_std: s0.
        mean: m. std: s.
    """

    old_mean: Float[Tensor, " M"]
    old_std: Float[Tensor, " M"]
    mean: Float[Tensor, " M"]
    std: Float[Tensor, " M"]

    def in_units(self) -> tuple[Tensor, Tensor]:
        """Mean d and deviation k of the new one in units of the old."""
        return (self.mean - self.old_mean) / self.old_std, self.std / self.old_std

    def log_ratio(self) -> tuple[Tensor, Tensor, Tensor]:
        """Coefficients of z^2, z and 1 in log(new density / old density)."""
        shift, scale = self.in_units()
        inverse = 1 / scale**2
        # (1 - 1/k^2) as a product: no cancellation of squares for k near one.
        return (
            (1 - 1 / scale) * (1 + 1 / scale) / 2,
            shift * inverse,
            -(shift**2) * inverse / 2 - scale.log(),
        )

    def log_ratio_at(self, z: Float[Tensor, "M *K"]) -> Float[Tensor, "M *K"]:
        """The log ratio at standardised actions."""
        return evaluate(self.log_ratio(), z)


Coefficients = tuple[Tensor, Tensor, Tensor]


def evaluate(coefficients: Coefficients, z: Tensor) -> Tensor:
    """The quadratic a z^2 + b z + c, row by row."""
    square, linear, constant = (piece.reshape(-1, *[1] * (z.ndim - 1)) for piece in coefficients)
    return (square * z + linear) * z + constant


def real_roots(square: Tensor, linear: Tensor, constant: Tensor) -> Float[Tensor, "M 2"]:
    """The real roots of a z^2 + b z + c; infinite or NaN where there are none.

    By q = -(b + sign(b) sqrt(b^2 - 4 a c)) / 2, roots q / a and c / q: neither cancels, and one
    stays finite as a goes to zero.
    """
    root = (linear**2 - 4 * square * constant).sqrt()
    q = -(linear + torch.where(linear < 0, -root, root)) / 2
    return torch.stack([q / square, constant / q], dim=-1)


@torch.no_grad()
def breakpoints(
    pair: GaussianPair, advantage: Coefficients, clip: ClipRange, log_scale: Tensor
) -> Float[Tensor, "M B"]:
    """Sorted ends of the pieces, the range of both Gaussians included.

    Args:
        pair: the two Gaussians.
        advantage: A as a quadratic of z.
        clip: the levels.
        log_scale: log of a factor of the ratio that other action dimensions contribute, [M].
    """
    shift, scale = pair.in_units()
    low = torch.minimum(torch.full_like(shift, -_FAR), shift - _FAR * scale)
    high = torch.maximum(torch.full_like(shift, _FAR), shift + _FAR * scale)
    square, linear, constant = pair.log_ratio()
    cuts = [low[:, None], high[:, None], real_roots(*advantage)]
    for level in clip.levels:
        cuts.append(real_roots(square, linear, constant + log_scale - math.log(level)))
    return clamp_cuts(torch.cat(cuts, dim=-1), low, high)


def clamp_cuts(cuts: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """Sorted cuts inside [low, high]; one that is missing becomes an empty piece."""
    cuts = torch.where(torch.isnan(cuts), low[:, None], cuts)
    return cuts.clamp(low[:, None], high[:, None]).sort(dim=-1).values


def clipped_integral(
    pair: GaussianPair, advantage: Coefficients, clip: ClipRange, log_scale: Tensor
) -> Float[Tensor, " M"]:
    """E_old[surrogate(exp(log_scale) ratio, A)] in closed form, with the graph of the new policy.

    The cuts move with the parameters too, but the integrand is continuous there, so their motion
    contributes nothing and they carry no graph.
    """
    cuts = breakpoints(pair, advantage, clip, log_scale)
    lower, upper = cuts[:, :-1], cuts[:, 1:]
    with torch.no_grad():
        inside = (lower + upper) / 2
        ratio = (pair.log_ratio_at(inside) + log_scale[:, None]).exp()
        value = evaluate(advantage, inside)
        clipped = clip.surrogate(ratio, value)
        free = clipped == ratio * value
        factor = torch.where(free, torch.zeros_like(value), clipped / value)
    shift, scale = pair.in_units()
    zero, one = torch.zeros_like(shift), torch.ones_like(shift)
    new = truncated_moment(advantage, shift, scale, lower, upper) * log_scale.exp()[:, None]
    old = truncated_moment(advantage, zero, one, lower, upper) * factor
    return torch.where(free, new, old).sum(-1)


def truncated_moment(
    coefficients: Coefficients, mean: Tensor, std: Tensor, lower: Tensor, upper: Tensor
) -> Float[Tensor, "M B"]:
    """The integral over [lower, upper] of (a z^2 + b z + c) N(z; mean, std^2) dz, row by row."""
    square, linear, constant = (piece[:, None] for piece in coefficients)
    mean, std = mean[:, None], std[:, None]
    low, high = (lower - mean) / std, (upper - mean) / std
    # In the upper tail the difference of two numbers near one is taken below zero instead.
    mirrored = low + high > 0
    left, right = torch.where(mirrored, -high, low), torch.where(mirrored, -low, high)
    mass = torch.special.ndtr(right) - torch.special.ndtr(left)
    first = normal_density(low) - normal_density(high)
    second = mass + low * normal_density(low) - high * normal_density(high)
    at_mean = (square * mean + linear) * mean + constant
    slope = (2 * square * mean + linear) * std
    return at_mean * mass + slope * first + square * std**2 * second


def panel_nodes(
    cuts: Float[Tensor, "M B"], order: int, rooted: bool = False
) -> tuple[Tensor, Tensor]:
    """Gauss-Legendre nodes and weights on each piece, [M, (B - 1) order] both.

    Args:
        cuts: sorted ends of the pieces.
        order: nodes a piece.
        rooted: for integrands that start like a square root at the ends. With
            x = lower + width (3 t^2 - 2 t^3) they are analytic in t.
    """
    abscissae, masses = np.polynomial.legendre.leggauss(order)
    t = torch.from_numpy((1 + abscissae) / 2).to(cuts)
    weights = torch.from_numpy(masses / 2).to(cuts)
    if rooted:
        t, weights = t**2 * (3 - 2 * t), weights * 6 * t * (1 - t)
    lower, width = cuts[:, :-1, None], cuts[:, 1:, None] - cuts[:, :-1, None]
    return (lower + width * t).flatten(1), (width * weights).flatten(1)


def normal_density(x: Tensor) -> Tensor:
    """The density of N(0, 1)."""
    return (-(x**2) / 2).exp() / math.sqrt(2 * math.pi)


@torch.no_grad()
def split_cuts(
    pair: GaussianPair,
    advantage: Coefficients,
    clip: ClipRange | None,
    log_scale: Tensor,
    reach: float = 10.0,
) -> Float[Tensor, "M B"]:
    """Cuts for Gauss-Legendre: those of the kinks, and a grid two smaller deviations wide.

    Without a clip, the grid alone: what goes wrong without splitting.
    """
    shift, scale = pair.in_units()
    low = torch.minimum(torch.full_like(shift, -reach), shift - reach * scale)
    high = torch.maximum(torch.full_like(shift, reach), shift + reach * scale)
    width = 2 * scale.clamp(max=1)
    count = int(((high - low) / width).max().ceil())
    fractions = torch.linspace(0, 1, count + 1, dtype=low.dtype, device=low.device)
    grid = low[:, None] + (high - low)[:, None] * fractions
    if clip is None:
        return grid
    kinks = breakpoints(pair, advantage, clip, log_scale)[:, 1:-1]
    return clamp_cuts(torch.cat([grid, kinks], dim=-1), low, high)

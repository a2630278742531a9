"""Solving F x = g with nothing but products F v."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from rlcheck.errors import InvalidArgument

Product = Callable[[Tensor], Tensor]
"""v -> F v for a symmetric, positive semi-definite F."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Solution:
    """What conjugate gradients found.

    Attributes:
        x: the solution, [P].
        residual: |F x - g| / |g| by the recursion; zero where g is.
        iterations: how many moved x.
        converged: whether the residual met the tolerance, and not the cap.
    """

    x: Float[Tensor, " P"]
    residual: Float[Tensor, ""]
    iterations: Int[Tensor, ""]
    converged: Bool[Tensor, ""]


def conjugate_gradients(
    product: Product,
    g: Tensor,
    *,
    iterations: int = 10,
    tolerance: float = 1e-10,
) -> Solution:
    """The solution of F x = g, from x = 0.

    Formula, with r_0 = p_0 = g: alpha = r^T r / p^T F p, x += alpha p, r -= alpha F p,
    p = r + (r'^T r' / r^T r) p, until |r| <= tolerance |g| or the cap. In exact arithmetic the
    error falls in the norm of F at every iteration, and P iterations are enough.

    A singular F (that of every tabular softmax) is served where g lies in its range: every x is
    then in the range as well, and the limit is F^+ g. Where F turns out to have no curvature along
    p, x stays as it is.

    The loop asks no tensor for its value: on a GPU nothing waits. After convergence the remaining
    products are computed and thrown away.

    Args:
        product: v -> F v.
        g: the right side, float, [P].
        iterations: the cap, one at least.
        tolerance: of the residual, relative to |g|.

    Returns:
        The solution, and whether it is one.

    Raises:
        InvalidArgument: where g is no vector of floats, or a setting is out of range.

    Source: Hestenes and Stiefel (1952); Schulman et al. (2015), appendix C.
    """
    if g.ndim != 1 or not g.is_floating_point():
        raise InvalidArgument.of("g", g, "it is no vector of floats", "a float tensor [P]")
    if iterations < 1:
        raise InvalidArgument.of("iterations", iterations, "nothing would be done", "1 or more")
    if not 0.0 <= tolerance < 1.0:
        raise InvalidArgument.of("tolerance", tolerance, "it is out of range", "0 <= tolerance < 1")
    x, r, p = torch.zeros_like(g), g.clone(), g.clone()
    square = first = g @ g
    small = tolerance**2 * first
    moved = torch.zeros((), dtype=torch.int64, device=g.device)
    for _ in range(iterations):
        image = product(p)
        curvature = p @ image
        goes_on = (square > small) & (curvature > 0)
        alpha = torch.where(goes_on, square / curvature, 0.0)
        x, r = x + alpha * p, r - alpha * image
        later = r @ r
        p = torch.where(goes_on, r + later / square * p, p)
        square = torch.where(goes_on, later, square)
        moved = moved + goes_on
    residual = torch.where(first > 0, (square / first).sqrt(), 0.0)
    return Solution(x=x, residual=residual, iterations=moved, converged=square <= small)

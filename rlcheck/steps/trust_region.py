"""TRPO's step: as far along F^-1 g as a quadratic divergence of delta allows."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from rlcheck.errors import InvalidArgument
from rlcheck.steps.conjugate_gradients import Product, Solution, conjugate_gradients


@dataclass(frozen=True, kw_only=True, eq=False)
class TrustRegionStep:
    """A step of the parameters, flat.

    Attributes:
        step: what is added to the parameters, [P]; zero where g is.
        solution: of F x = g.
        length: sqrt(2 delta / x^T F x), by which x is multiplied.
    """

    step: Float[Tensor, " P"]
    solution: Solution
    length: Float[Tensor, ""]


def trust_region_step(
    g: Tensor,
    product: Product,
    max_divergence: float,
    *,
    iterations: int = 10,
    tolerance: float = 1e-10,
) -> TrustRegionStep:
    """The largest step along F^-1 g whose quadratic divergence is delta.

    Formula: F x = g by conjugate gradients, then sqrt(2 delta / x^T F x) x, the maximiser of
    g^T d subject to d^T F d / 2 <= delta. One F serves both: damping that is in the product is in
    the length as well, which is then a little shorter than the divergence alone would allow.

    Args:
        g: the gradient of the surrogate that is to grow, [P].
        product: v -> F v, damping included.
        max_divergence: delta in nats, positive.
        iterations: the cap of conjugate gradients.
        tolerance: of their residual.

    Returns:
        The step, the solution it was made of, and its length.

    Raises:
        InvalidArgument: where delta is not positive; as `conjugate_gradients`.

    Source: Schulman et al. (2015), appendix C; the Lagrangian of max g^T d, d^T F d <= 2 delta.
    """
    if not 0.0 < max_divergence < float("inf"):
        raise InvalidArgument.of("max_divergence", max_divergence, "not positive", "say 0.01")
    solution = conjugate_gradients(product, g, iterations=iterations, tolerance=tolerance)
    # Not x^T g: the two differ by what the iterations have left of the residual.
    quadratic = solution.x @ product(solution.x)
    length = torch.where(quadratic > 0, (2 * max_divergence / quadratic).sqrt(), 0.0)
    return TrustRegionStep(step=length * solution.x, solution=solution, length=length)

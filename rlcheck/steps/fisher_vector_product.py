"""F v without F: the second derivative of a divergence along a vector."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.utils import parameters_to_vector

from rlcheck.errors import InvalidArgument
from rlcheck.steps.conjugate_gradients import Product


def fisher_vector_product(
    divergence: Tensor, parameters: Sequence[Tensor], *, damping: float = 0.0
) -> Product:
    """v -> H v + damping v, H being the Hessian of a divergence by the parameters.

    Formula: nabla (v^T nabla D), with D = mean KL(pi_old || pi). At pi = pi_old the gradient of D
    vanishes and H is the Fisher matrix E[score score^T], actions summed out.

    Args:
        divergence: D, a scalar with its graph, taken at the parameters as they are.
        parameters: those by which it is derived; v holds them flat, in this order.
        damping: c >= 0 of (H + c I) v.

    Returns:
        The product. It keeps D's graph alive.

    Raises:
        InvalidArgument: where D is no scalar with a graph, or the damping is negative.

    Source: Pearlmutter (1994); Schulman et al. (2015), appendix C.1.
    """
    if divergence.numel() != 1 or not divergence.requires_grad:
        raise InvalidArgument.of(
            "divergence", divergence, "it is no scalar with a graph", "mean KL(pi_old || pi)"
        )
    if not damping >= 0.0:
        raise InvalidArgument.of("damping", damping, "it is negative", "say 0.1")
    kept = list(parameters)
    slopes = torch.autograd.grad(
        divergence.reshape(()), kept, create_graph=True, allow_unused=True, materialize_grads=True
    )
    slope = parameters_to_vector(slopes)

    def product(v: Tensor) -> Tensor:
        if not slope.requires_grad:
            return damping * v  # the divergence is linear in the parameters
        found = torch.autograd.grad(
            slope @ v, kept, retain_graph=True, allow_unused=True, materialize_grads=True
        )
        return parameters_to_vector(found) + damping * v

    return product

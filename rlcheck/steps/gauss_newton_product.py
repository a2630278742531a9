"""F v without F: by the Jacobian of what a policy is described by, there and back."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn.utils import parameters_to_vector

from rlcheck.errors import InvalidArgument
from rlcheck.steps.conjugate_gradients import Product


def gauss_newton_product(
    described: Tensor,
    metric: Callable[[Tensor], Tensor],
    parameters: Sequence[Tensor],
    *,
    damping: float = 0.0,
) -> Product:
    """v -> J^T M J v + damping v, J being the Jacobian of a description by the parameters.

    With M the Fisher metric of the description, over the number of states, it is the Fisher matrix
    that `fisher_vector_product` takes from a divergence. It needs about two thirds of the products
    of matrices: the second derivative of the description, whose part in that Hessian is zero at
    pi = pi_old, is not taken.

    Formula: J v is the derivative by u of v^T (J^T u), which is linear in u.

    Args:
        described: what pi is made of at each state (log-probabilities; means and deviations), with
            its graph.
        metric: t -> M t, linear and symmetric, of the shape of `described`; without a graph.
        parameters: those by which it is derived; v holds them flat, in this order.
        damping: c >= 0 of (F + c I) v.

    Returns:
        The product. It keeps the graph of `described` alive.

    Raises:
        InvalidArgument: where the description has no graph, or the damping is negative.

    Source: Schraudolph (2002), for the product; Townsend (2017), for J v by two backward passes.
    """
    if not described.requires_grad:
        raise InvalidArgument.of(
            "described", described, "it has no graph", "what the policy gives, not detached"
        )
    if not damping >= 0.0:
        raise InvalidArgument.of("damping", damping, "it is negative", "say 0.1")
    kept = list(parameters)
    u = torch.zeros_like(described, requires_grad=True)
    pulled = torch.autograd.grad(
        described, kept, u, create_graph=True, allow_unused=True, materialize_grads=True
    )
    # J^T u is u itself, or has a graph that leads to it, where the parameter takes part at all.
    linear = [i for i, slope in enumerate(pulled) if slope is u or slope.grad_fn is not None]
    sizes = [parameter.numel() for parameter in kept]

    def product(v: Tensor) -> Tensor:
        if not linear:
            return damping * v  # no parameter takes part
        pieces = [piece.view_as(p) for piece, p in zip(v.split(sizes), kept, strict=True)]
        (along,) = torch.autograd.grad(
            [pulled[i] for i in linear], u, [pieces[i] for i in linear],
            retain_graph=True, allow_unused=True, materialize_grads=True,
        )  # fmt: skip
        back = torch.autograd.grad(
            described, kept, metric(along),
            retain_graph=True, allow_unused=True, materialize_grads=True,
        )  # fmt: skip
        return parameters_to_vector(back) + damping * v

    return product

"""A number with its error and its grade, and the doubling of nodes that finds the error."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import torch
from jaxtyping import Float
from torch import Tensor, nn


class Grade(StrEnum):
    """How a number was come by."""

    EXACT = "exact"
    """To rounding: closed form, or quadrature of a polynomial by enough nodes."""
    NUMERICAL = "numerical"
    """Nodes doubled until two answers agreed; the last difference is the error."""


@dataclass(frozen=True, kw_only=True, eq=False)
class GradientEstimate:
    """A gradient through the parameters of a module.

    Attributes:
        gradient: one tensor for each parameter that asks for a gradient.
        error: bound or estimate of the error of the whole vector, in Euclidean norm.
        order: nodes a dimension of the last answer; 0 where none were used.
        grade: exact or numerical.
        converged: False where the nodes ran out before the tolerance was met.
    """

    gradient: dict[str, Tensor]
    error: float
    order: int
    grade: Grade
    converged: bool = True

    def flat(self) -> Float[Tensor, " P"]:
        """All parameters in one vector, in the order of `named_parameters`."""
        return flatten(self.gradient)


def flatten(gradient: dict[str, Tensor]) -> Float[Tensor, " P"]:
    """All tensors in one vector."""
    return torch.cat([piece.reshape(-1) for piece in gradient.values()])


def parameter_gradient(value: Tensor, module: nn.Module) -> dict[str, Tensor]:
    """The derivative of `value` by parameter name; zero where a parameter is not reached."""
    named = {
        name: parameter for name, parameter in module.named_parameters() if parameter.requires_grad
    }
    found = torch.autograd.grad(value, list(named.values()), allow_unused=True)
    return {
        name: torch.zeros_like(parameter) if piece is None else piece.detach()
        for (name, parameter), piece in zip(named.items(), found, strict=True)
    }


def refine(
    compute: Callable[[int], dict[str, Tensor]],
    start: int,
    most: int,
    tolerance: float,
) -> GradientEstimate:
    """Doubles the order until two answers agree within `tolerance` of their norm.

    The error is the last difference; where the nodes ran out, the larger of the last two, since an
    integrand with weak kinks converges unevenly.

    Args:
        compute: order -> gradient.
        start: first order.
        most: no order above this one is tried.
        tolerance: relative.
    """
    order, answer = start, compute(start)
    differences = [float("inf")]
    while 2 * order <= most:
        order *= 2
        following = compute(order)
        differences.append(float((flatten(following) - flatten(answer)).norm()))
        answer = following
        if differences[-1] <= tolerance * float(flatten(answer).norm()):
            break
    last = [d for d in differences[-2:] if d != float("inf")]
    converged = bool(last) and last[-1] <= tolerance * float(flatten(answer).norm())
    return GradientEstimate(
        gradient=answer,
        error=(last[-1] if converged else max(last, default=float("inf"))),
        order=order,
        grade=Grade.NUMERICAL,
        converged=converged,
    )

"""Derivatives by finite differences: no autograd, no theorem, only J (or its gradient) evaluated.

Central differences at steps h, h/2, h/4, ... extrapolated to h = 0 by Richardson's scheme; each
entry takes the member of the table with the smallest error estimate, and says what that is.

Source: Ridders (1982), "Accurate computation of F'(x) and F'(x) F''(x)"; ours halves the step
instead of dividing it by 1.4, which keeps it a power of two.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from rlcheck.exact.objective import objective
from rlcheck.exact.policy import (
    at_parameters,
    flatten,
    gradient_by_parameters,
    policy_table,
    trainable_parameters,
    unflatten,
)
from rlcheck.worlds.tabular import TabularMDP

_FIRST_STEP = 2.0**-3
_LEVELS = 10


@dataclass(frozen=True, kw_only=True)
class Differences:
    """Slopes along D directions, and how far off each may be.

    Attributes:
        slope: [D, M], d f_m along each direction.
        error: [D, M], an estimate of truncation and rounding together.
    """

    slope: Float[Tensor, "D M"]
    error: Float[Tensor, "D M"]


def differences(
    function: Callable[[Tensor], Tensor],
    point: Float[Tensor, "P"],
    directions: Float[Tensor, "D P"],
) -> Differences:
    """The slopes of `function`: [P] -> [M] at `point` along each row of `directions`."""
    pairs = [_extrapolated(function, point, direction) for direction in directions]
    return Differences(
        slope=torch.stack([slope for slope, _ in pairs]),
        error=torch.stack([error for _, error in pairs]),
    )


def _extrapolated(
    function: Callable[[Tensor], Tensor], point: Tensor, direction: Tensor
) -> tuple[Tensor, Tensor]:
    """Richardson's table row by row; a row's j-th member has an error of order h^(2 j + 2)."""
    step = _FIRST_STEP
    size = function(point).abs().max()
    best, least = torch.zeros(()), torch.tensor(torch.inf)
    previous: list[Tensor] = []
    for _ in range(_LEVELS):
        rise = function(point + step * direction) - function(point - step * direction)
        row, before = [rise / (2 * step)], least
        noise = 4 * torch.finfo(size.dtype).eps * size / step
        for order, coarse in enumerate(previous, start=1):
            fine = row[-1]
            row.append(fine + (fine - coarse) / (4**order - 1))
            change = torch.maximum((row[-1] - fine).abs(), (row[-1] - coarse).abs())
            error = change + noise
            best, least = torch.where(error < least, row[-1], best), torch.minimum(error, least)
        if previous and not bool((least < before).any()):
            break  # rounding has taken over: smaller steps are worse everywhere
        previous, step = row, step / 2
    return best, least


def gradient_by_differences(
    world: TabularMDP, policy: nn.Module, directions: Float[Tensor, "D P"] | None = None
) -> Differences:
    """The slope of J along each direction of the flat parameters, M = 1; None: every coordinate."""
    parameters = trainable_parameters(policy)

    def value(vector: Tensor) -> Tensor:
        moved = at_parameters(policy, unflatten(vector, parameters))
        return objective(world, policy_table(moved, world)).reshape(1)

    return _at(value, parameters, directions)


def hessian_by_differences(
    world: TabularMDP, policy: nn.Module, directions: Float[Tensor, "D P"] | None = None
) -> Differences:
    """The slope of nabla J along each direction of the flat parameters: [D, P]."""
    parameters = trainable_parameters(policy)

    def gradient(vector: Tensor) -> Tensor:
        leaves = {
            name: tensor.detach().requires_grad_()
            for name, tensor in unflatten(vector, parameters).items()
        }
        with torch.enable_grad():
            value = objective(world, policy_table(at_parameters(policy, leaves), world))
            return flatten(gradient_by_parameters(value, leaves))

    return _at(gradient, parameters, directions)


def _at(
    function: Callable[[Tensor], Tensor],
    parameters: dict[str, Tensor],
    directions: Float[Tensor, "D P"] | None,
) -> Differences:
    with torch.no_grad():
        point = flatten(parameters)
        if directions is None:
            directions = torch.eye(len(point), dtype=point.dtype, device=point.device)
        return differences(function, point, directions)

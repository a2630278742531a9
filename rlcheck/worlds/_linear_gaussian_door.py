"""What `LinearGaussianMDP` lets in: each field converted to float64 and checked by itself."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from rlcheck.errors import InvalidArgument

# Weights written as decimal fractions are off by some units in the last place each.
_SUM_TOLERANCE = 1e-12


def as_matrix(name: str, value: Any, shape: tuple[int | None, ...], rows: int = 0) -> Tensor:
    """A finite float64 tensor of this shape; None inside `shape` allows any length.

    An absent value is zeros, with `rows` where the length is free.
    """
    if value is None:
        sizes = [rows if length is None else length for length in shape]
        return torch.zeros(sizes, dtype=torch.float64)
    tensor = _as_tensor(name, value)
    wanted = "[" + ", ".join("any" if length is None else str(length) for length in shape) + "]"
    fits = tensor.ndim == len(shape) and all(
        length in (None, got) for length, got in zip(shape, tensor.shape, strict=False)
    )
    if not fits:
        raise InvalidArgument.of(
            name, list(tensor.shape), "has the wrong shape", f"an array of shape {wanted}"
        )
    return tensor


def as_factor(name: str, value: Any, size: int) -> Tensor:
    """A noise factor [size, K]; a vector is a standard deviation per dimension; absent is K = 0."""
    if value is None:
        return torch.zeros(size, 0, dtype=torch.float64)
    tensor = _as_tensor(name, value)
    if tensor.ndim != 1:
        return as_matrix(name, tensor, (size, None))
    deviations = as_matrix(name, tensor, (size,))
    if bool((deviations < 0).any()):
        raise InvalidArgument.of(
            name, value, "a standard deviation is negative", "deviations >= 0, or a factor [S, K]"
        )
    # A dimension without noise needs no random number of its own.
    return torch.diag(deviations)[:, deviations > 0]


def as_weights(value: Any, count: int) -> Tensor:
    """A distribution over `count` initial points; absent is uniform."""
    if count == 0:
        raise InvalidArgument.of("initial_points", [], "holds no point", "at least one row [S]")
    if value is None:
        return torch.full((count,), 1 / count, dtype=torch.float64)
    weights = as_matrix("initial_weights", value, (count,))
    if bool((weights < 0).any()) or abs(float(weights.sum()) - 1) > _SUM_TOLERANCE * count:
        raise InvalidArgument.of(
            "initial_weights",
            value,
            "is no probability distribution",
            "non-negative numbers that sum to one, one a row of initial_points",
        )
    return weights


def as_discount(value: Any, horizon: int | None) -> float:
    """A discount in [0, 1]; below one where nothing ends the sum."""
    gamma = as_real("gamma", value)
    if not 0 <= gamma <= 1:
        raise InvalidArgument.of("gamma", value, "is outside [0, 1]", "a discount in [0, 1]")
    if gamma == 1 and horizon is None:
        raise InvalidArgument.of(
            "gamma", value, "never discounts an endless sum", "gamma < 1, or a horizon"
        )
    return gamma


def as_count(name: str, value: Any) -> int | None:
    """A positive number of steps, or None."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise InvalidArgument.of(name, value, "is no number of steps", "an integer >= 1, or None")
    return int(value)


def as_real(name: str, value: Any) -> float:
    """A finite number."""
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise InvalidArgument.of(name, value, "is no number", "a finite number") from error
    if not np.isfinite(number):
        raise InvalidArgument.of(name, value, "is not finite", "a finite number")
    return number


def _as_tensor(name: str, value: Any) -> Tensor:
    try:
        tensor = torch.as_tensor(value, dtype=torch.float64).detach().clone()
    except (TypeError, ValueError, RuntimeError) as error:
        raise InvalidArgument.of(name, value, "is no array of numbers", "an array") from error
    if not bool(torch.isfinite(tensor).all()):
        raise InvalidArgument.of(name, value, "has a non-finite entry", "finite numbers")
    return tensor

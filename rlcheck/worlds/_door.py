"""What every world checks at its door, each check with a message that says what to pass."""

import math
import operator
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from rlcheck.errors import InvalidArgument


def real_tensor(name: str, value: Any, device: torch.device | None = None) -> Tensor:
    """Copies an array, list or tensor of finite real numbers to a float64 tensor of our own.

    Raises:
        InvalidArgument: for ragged, boolean, complex, non-numeric or non-finite input.
    """
    given = as_tensor(name, value)
    if given.dtype == torch.bool or given.is_complex():
        raise InvalidArgument.of(
            name, given.dtype, "its entries are not real numbers", "a float64 tensor or array"
        )
    result = given.detach().to(device=device or given.device, dtype=torch.float64, copy=True)
    if not bool(torch.isfinite(result).all()):
        where = torch.nonzero(~torch.isfinite(result))[0].tolist()
        raise InvalidArgument.of(
            f"{name}{where}", result[tuple(where)].item(), "not finite", "finite numbers only"
        )
    return result


def as_tensor(name: str, value: Any) -> Tensor:
    """Takes a tensor, array or nested list as it is, keeping its dtype (lists: float64)."""
    if isinstance(value, Tensor):
        return value
    try:
        return torch.from_numpy(np.array(value))
    except (TypeError, ValueError, RuntimeError) as error:
        raise InvalidArgument.of(
            name, value, f"not an array of numbers ({error})", "a tensor, an array or nested lists"
        ) from error


def check_shape(name: str, value: Tensor, expected: tuple[int, ...], letters: str) -> None:
    """Refuses a tensor whose shape is not `expected`; `letters` names the axes."""
    if tuple(value.shape) != expected:
        raise InvalidArgument.of(
            f"{name}.shape", tuple(value.shape), "wrong shape", f"{letters} = {expected}"
        )


def check_probabilities(name: str, rows: Float[Tensor, "*rows K"], letters: str) -> None:
    """Refuses rows with a negative entry or with a sum that is not one.

    The sum may be off by what rounding explains: K quotients and K - 1 additions of numbers that
    are at most one, in the caller's normalisation and again here, so 4 (K + 1) eps in float64.
    Probabilities that were normalised in float32 are therefore refused, not silently repaired.

    Args:
        name: the argument, as the caller spells it.
        rows: one distribution per row.
        letters: the names of all axes, for the message.
    """
    if bool((rows < 0).any()):
        where = torch.nonzero(rows < 0)[0].tolist()
        raise InvalidArgument.of(
            f"{name}{where}",
            rows[tuple(where)].item(),
            "a probability is negative",
            f"{letters} with entries of at least 0",
        )
    tolerance = 4 * (rows.shape[-1] + 1) * torch.finfo(torch.float64).eps
    off = (rows.sum(-1) - 1).abs() > tolerance
    if bool(off.any()):
        where = torch.nonzero(off)[0].tolist() if off.ndim else []
        row = rows[tuple(where)]
        raise InvalidArgument.of(
            f"{name}{where}" if where else name,
            row.tolist(),
            f"probabilities sum to {row.sum().item()!r}, not to one",
            f"{letters} normalised in float64 over the last axis (x / x.sum(-1, keepdim=True))",
        )


def discount(name: str, value: Any) -> float:
    """Refuses a discount that is not a number in [0, 1]."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
        raise InvalidArgument.of(name, value, "not a number", "a float in [0, 1]")
    number = float(value)
    if not math.isfinite(number) or not 0.0 <= number <= 1.0:
        raise InvalidArgument.of(name, value, "outside [0, 1]", "a float in [0, 1]")
    return number


def count(name: str, value: Any, instead: str = "an integer of at least 1") -> int:
    """Refuses what is not an integer of at least one."""
    try:
        number = operator.index(value)
    except TypeError as error:
        raise InvalidArgument.of(name, value, "not an integer", instead) from error
    if isinstance(value, bool) or number < 1:
        raise InvalidArgument.of(name, value, "not at least 1", instead)
    return number


def limit(name: str, value: Any) -> int | None:
    """A number of steps, or None for no limit."""
    return None if value is None else count(name, value, "an integer of at least 1, or None")


def boolean_mask(name: str, value: Any, size: int, device: torch.device) -> Tensor:
    """Copies a boolean vector of length `size`; a list of indices is refused, not guessed at."""
    given = as_tensor(name, value)
    if given.dtype != torch.bool:
        raise InvalidArgument.of(
            f"{name}.dtype", given.dtype, "not boolean", f"a boolean mask of shape ({size},)"
        )
    check_shape(name, given, (size,), "[S]")
    return given.detach().to(device=device, copy=True)

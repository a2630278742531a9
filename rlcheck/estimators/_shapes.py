"""The door of every estimator and loss: one shape for all arrays, and settings in their range.

Broadcasting is refused, not done: `logp [T, N]` against `advantages [T, N, 1]` would silently
become `[T, N, N]` or pair the wrong steps, which is one of the commonest real faults.

The annotations below leave the shape open (`...`) on purpose. The functions take `[T, N]` and
flat `[B]` alike, and a shape that does not fit must come out as `InvalidArgument` with both
shapes in it, also where a type checker such as beartype stands in front of the function.
"""

import math
from typing import TypeAlias

import torch
from jaxtyping import Float, Shaped
from torch import Tensor

from rlcheck.errors import InvalidArgument

Steps: TypeAlias = Float[Tensor, "..."]
"""One number a step: `[T, N]` (time first) or flat `[B]`."""

Flags: TypeAlias = Shaped[Tensor, "..."]
"""One flag a step, of any dtype; whatever is not zero is true."""

Scalar: TypeAlias = Float[Tensor, ""]
"""A loss."""


def require_same_shape(**arrays: Tensor | None) -> None:
    """Refuses arrays whose shapes differ from the first one's, and empty ones.

    Args:
        **arrays: by their public names; `None` is skipped; the first one sets the shape.

    Raises:
        InvalidArgument: with the name and the shape of the one that differs.
    """
    present = [(name, array) for name, array in arrays.items() if array is not None]
    first_name, first = present[0]
    for name, array in present[1:]:
        if array.shape != first.shape:
            raise InvalidArgument.of(
                name,
                list(array.shape),
                f"its shape differs from that of {first_name}, and nothing is broadcast",
                f"an array of shape {list(first.shape)}, as {first_name} has",
            )


def require_steps(**arrays: Tensor | None) -> None:
    """As `require_same_shape`, and the shape must be `[T, N]` or `[B]`.

    Raises:
        InvalidArgument: where the shapes differ or have another number of dimensions.
    """
    require_same_shape(**arrays)
    name, first = next((name, array) for name, array in arrays.items() if array is not None)
    if first.ndim not in (1, 2):
        raise InvalidArgument.of(
            name,
            list(first.shape),
            "time is the first dimension here, and there is at most one more",
            "an array [T, N], or [B] with whole episodes in order",
        )


def require_not_empty(name: str, array: Tensor) -> None:
    """Refuses a batch without a step: its mean is not a number."""
    if array.numel() == 0:
        raise InvalidArgument.of(
            name, list(array.shape), "it holds no step, so there is no mean", "at least one step"
        )


def require_within(name: str, value: float, low: float, high: float) -> None:
    """Refuses a setting outside `[low, high]`, or one that is not a finite number.

    Raises:
        InvalidArgument: with the range.
    """
    if not (low <= value <= high and math.isfinite(value)):
        raise InvalidArgument.of(
            name, value, f"it is not in [{low:g}, {high:g}]", f"a number in [{low:g}, {high:g}]"
        )


def as_bool(flags: Flags) -> Tensor:
    """`flags` as booleans: zero is false."""
    return flags if flags.dtype == torch.bool else flags != 0


def either(terminated: Flags | None, truncated: Flags | None) -> Tensor | None:
    """Where an episode ends for whatever reason; `None` where neither is known."""
    if terminated is None:
        return None if truncated is None else as_bool(truncated)
    if truncated is None:
        return as_bool(terminated)
    return as_bool(terminated) | as_bool(truncated)


def only_valid(x: Steps, mask: Flags | None) -> Tensor:
    """`x` with zeros in the masked slots, whatever stood there.

    `torch.where` and not a product: what a padded slot holds may be infinite, and
    `0 * inf` is not a number. The gradient there is zero for the same reason.
    """
    return x if mask is None else torch.where(as_bool(mask), x, torch.zeros_like(x))


def mean_valid(x: Steps, mask: Flags | None) -> Tensor:
    """The mean over real transitions.

    Formula: sum(x * mask) / sum(mask); a plain mean without a mask. Not a number where the
    mask is false everywhere (looking would cost a synchronisation on a GPU).
    """
    if mask is None:
        return x.mean()
    return only_valid(x, mask).sum() / as_bool(mask).sum()

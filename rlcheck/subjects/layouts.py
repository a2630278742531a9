"""From rlcheck's [T, N] to the layout that a function wants, and back."""

from typing import Any, Literal

import numpy as np
import torch
from jaxtyping import Bool
from torch import Tensor

from rlcheck.errors import InvalidArgument

Layout = Literal["TN", "BT", "flat"]
LAYOUTS: tuple[Layout, ...] = ("TN", "BT", "flat")
ARRAYS = ("torch", "numpy")


def check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    """Refuses a choice that is not on the list."""
    if value not in choices:
        raise InvalidArgument.of(name, value, "it is not a choice", f"one of {', '.join(choices)}")


def to_layout(values: Tensor, layout: Layout, mask: Bool[Tensor, "T N"]) -> Tensor:
    """Rearranges [T, N, ...]; arrays over rollouts alone, [N], stay as they are."""
    if layout == "TN" or values.shape[:2] != mask.shape:
        return values
    if layout == "BT":
        return values.transpose(0, 1)
    # Whole episodes one after another; padded slots have no place in a flat batch.
    return values.transpose(0, 1)[mask.T]


def from_layout(values: Tensor, layout: Layout, mask: Bool[Tensor, "T N"]) -> Tensor:
    """The inverse of `to_layout`; padded slots of a flat batch come back as zeros.

    Raises:
        ValueError: the shape is not the one that the layout gives; the text says which
            layout it would fit.
    """
    expected = to_layout(mask, layout, mask).shape
    if values.shape != expected:
        raise ValueError(_shape_problem(tuple(values.shape), tuple(expected), mask))
    if layout == "TN":
        return values
    if layout == "BT":
        return values.transpose(0, 1)
    back = values.new_zeros(mask.T.shape)
    back[mask.T] = values
    return back.transpose(0, 1)


def to_arrays(value: Any, arrays: str) -> Any:
    """Tensors as NumPy arrays where the function wants those."""
    if arrays == "numpy" and isinstance(value, Tensor):
        return value.detach().as_subclass(Tensor).cpu().numpy().copy()
    return value


def to_tensor(value: Any) -> Tensor | None:
    """What a function gave back as a tensor, or None where it is no array of numbers."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, (int, float, list, np.ndarray, np.generic)):
        try:
            return torch.as_tensor(np.asarray(value, dtype=np.float64))
        except (TypeError, ValueError):
            return None
    return None


def _shape_problem(got: tuple[int, ...], expected: tuple[int, ...], mask: Tensor) -> str:
    fits = [other for other in LAYOUTS if tuple(to_layout(mask, other, mask).shape) == got]
    hint = f"; it would fit layout={fits[0]!r}" if fits else ""
    return f"an array of shape {list(got)} where {list(expected)} is due{hint}"

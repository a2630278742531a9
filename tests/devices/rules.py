"""Which tensors may meet in one operation of a device: CUDA's rule, read off PyTorch's source."""

from functools import cache
from typing import Any

import torch
from torch import Tensor

# Indices may lie on the CPU, and are moved; so may a single number that is put there.
_BY_INDEX = {"index", "_unsafe_index", "index_put", "index_put_", "_index_put_impl_"}
# The value that is filled in is one number, and is read on the CPU.
_FILLED_IN = {
    "fill_": "value", "fill": "value", "masked_fill": "value", "masked_fill_": "value",
    "index_fill": "value", "index_fill_": "value",
}  # fmt: skip


def check(operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Refuses a tensor of the CPU beside one of the device.

    Elementwise operations take a 0-dim tensor from the CPU as they take a number (TensorIterator's
    `allow_cpu_scalars`); others, `stack` and `matmul` among them, do not take even that.

    Raises:
        RuntimeError: in PyTorch's words.
    """
    if not any(tensor.is_cpu for value in (*args, *kwargs.values()) for tensor in _tensors(value)):
        return
    name = operation._schema.name.removeprefix("aten::")
    arguments = zip(_names(operation), args, strict=False)
    for argument, value in (*arguments, *kwargs.items()):
        for tensor in _tensors(value):
            if tensor.is_cpu and not _allowed(operation, name, argument, tensor):
                raise RuntimeError(
                    "Expected all tensors to be on the same device, but found at least two "
                    f"devices, emulated:0 and cpu! (when checking argument for argument "
                    f"{argument} in method {operation})"
                )


def _allowed(operation: Any, name: str, argument: str, tensor: Tensor) -> bool:
    if name in _BY_INDEX:
        number = argument == "values" and tensor.ndim == 0
        return argument == "indices" or number
    if tensor.ndim > 0 or argument == "out":
        return False
    return _is_elementwise(operation) or _FILLED_IN.get(name) == argument


@cache
def _is_elementwise(operation: Any) -> bool:
    return torch.Tag.pointwise in operation.tags


@cache
def _names(operation: Any) -> list[str]:
    return [argument.name for argument in operation._schema.arguments]


def _tensors(value: Any) -> tuple[Tensor, ...]:
    if isinstance(value, Tensor):
        return (value,)
    if isinstance(value, (list, tuple)):
        return tuple(x for x in value if isinstance(x, Tensor))
    return ()

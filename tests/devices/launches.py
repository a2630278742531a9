"""How many operations a device is asked for: on CUDA each is at least one launch."""

from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode


class counted(TorchDispatchMode):  # noqa: N801 - reads as `with counted() as launches`
    """Counts operations as they reach the device; a view moves nothing and is none.

    Attributes:
        count: how many there were.
    """

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.count += not any(_is_view(returned) for returned in func._schema.returns)
        return func(*args, **(kwargs or {}))


def _is_view(returned: torch._C.Argument) -> bool:
    return returned.alias_info is not None and not returned.alias_info.is_write

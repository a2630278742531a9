"""Boolean arrays that accept every spelling in use: `1 - dones`, `~dones`, `x[mask]`.

PyTorch refuses `1 - flag` for a boolean tensor and refuses `x[flag]` for a float one.
Implementations store their flags as either, and which one is a matter of taste and not of
mathematics, so a function under check is handed one that is both.
"""

from typing import Any, no_type_check

import torch
from torch import Tensor

_T = torch.Tensor
_ARITHMETIC = frozenset(
    {
        *(_T.add, _T.sub, _T.mul, _T.div, _T.neg, _T.__add__, _T.__radd__, _T.__sub__),
        *(_T.__rsub__, _T.__mul__, _T.__rmul__, _T.__truediv__, _T.__neg__),
        *(torch.add, torch.sub, torch.mul, torch.div, torch.neg, torch.rsub),
    }
)


class Flag(Tensor):
    """A boolean tensor that counts as 0.0 and 1.0 (float64) in arithmetic."""

    # Every operation on a flag passes here: a checked annotation would cost more than the work.
    @classmethod
    @no_type_check
    def __torch_function__(
        cls, func: Any, types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        numeric = func in _ARITHMETIC
        args = tuple(_unwrap(a, numeric) for a in args)
        kwargs = {key: _unwrap(value, numeric) for key, value in (kwargs or {}).items()}
        return _wrap(func(*args, **kwargs))


def flag(values: Tensor) -> Flag:
    """Wraps a boolean tensor, without copying it."""
    return values.bool().as_subclass(Flag)


def plain(values: Any) -> Any:
    """The ordinary boolean tensor under a `Flag`; everything else as it is."""
    return values.as_subclass(Tensor) if isinstance(values, Flag) else values


@no_type_check
def _unwrap(value: Any, numeric: bool) -> Any:
    if isinstance(value, Flag):
        bare = value.as_subclass(Tensor)
        return bare.to(torch.float64) if numeric and bare.dtype == torch.bool else bare
    if isinstance(value, (list, tuple)):
        return type(value)(_unwrap(item, numeric) for item in value)
    return value


@no_type_check
def _wrap(value: Any) -> Any:
    # Only what is still boolean stays a Flag: `dones[t]` must go on accepting `1 - dones[t]`.
    if isinstance(value, Tensor) and value.dtype == torch.bool and not isinstance(value, Flag):
        return value.as_subclass(Flag)
    if isinstance(value, tuple) and any(isinstance(item, Tensor) for item in value):
        return tuple(_wrap(item) for item in value)
    return value

"""GAE in one pass through memory, compiled by numba. Import only where numba is installed.

The recursion is serial in time and free across columns, so the loops run over columns. What
limits it is memory: 18 bytes an element in float32, each of them touched once. Rows are therefore
taken in blocks that stay in the first cache: whole rows together where they are short (the part
without recursion then runs over all of them in one long loop, or a row of 64 would cost more to
set up than to compute), pieces of a row where they are long.

Only the fastmath flag `contract` is on (a product and a sum may become one fused operation, which
rounds once less): nothing is reordered, and NaN and infinity behave as in the plain route.
"""

from collections.abc import Callable
from inspect import unwrap
from typing import Any, TypeAlias

import numpy as np
import torch
from numba import njit
from numba.extending import is_jitted
from numpy.typing import NDArray
from torch import Tensor

Row: TypeAlias = NDArray[Any]

BLOCK = 4096
"""Elements a block: five arrays of it and the decay take 90 KiB in float32. Measured: 2,048 is
up to a tenth slower, 8,192 equal."""


def _jit(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compiles at the first call, and keeps the result on disk where there is a place for it."""
    function = unwrap(function)  # numba compiles no run-time type checker's wrapper
    settings = {"fastmath": {"contract"}, "error_model": "numpy", "nogil": True}
    try:
        return njit(cache=True, **settings)(function)
    except RuntimeError:  # no writable directory for the cache
        return njit(**settings)(function)


@_jit
def _first_terms(
    rewards: Row,
    values: Row,
    next_values: Row,
    over: Row,
    cut: Row,
    out: Row,
    decay: Row,
    g: float,
    gl: float,
) -> None:
    """out = delta, decay = gamma lambda (1 - end), elementwise."""
    zero = g * 0
    for i in range(out.size):
        bootstrap = zero if over[i] else next_values[i]
        out[i] = rewards[i] - values[i] + g * bootstrap
        decay[i] = zero if over[i] | cut[i] else gl


@_jit
def _add_later(out: Row, decay: Row, later: Row) -> None:
    """out += decay * later, one row."""
    for i in range(out.size):
        out[i] += decay[i] * later[i]


@_jit
def _whole_row(
    rewards: Row,
    values: Row,
    next_values: Row,
    over: Row,
    cut: Row,
    out: Row,
    later: Row,
    g: float,
    gl: float,
) -> None:
    """out = delta + gamma lambda (1 - end) later, one piece of a row."""
    zero = g * 0
    for i in range(out.size):
        bootstrap = zero if over[i] else next_values[i]
        carried = zero if over[i] | cut[i] else later[i]
        out[i] = rewards[i] - values[i] + g * bootstrap + gl * carried


@_jit
def _wide(
    rewards: Row,
    values: Row,
    next_values: Row,
    over: Row,
    cut: Row,
    out: Row,
    columns: int,
    g: float,
    gl: float,
) -> None:
    """Rows of many columns: piece by piece, each from the last row to the first."""
    for start in range(0, columns, BLOCK):
        width = min(BLOCK, columns - start)
        later = np.zeros(width, out.dtype)
        for lo in range(out.size - columns + start, -1, -columns):
            hi = lo + width
            _whole_row(
                rewards[lo:hi], values[lo:hi], next_values[lo:hi], over[lo:hi], cut[lo:hi],
                out[lo:hi], later, g, gl,
            )  # fmt: skip
            later = out[lo:hi]


@_jit
def _narrow(
    rewards: Row,
    values: Row,
    next_values: Row,
    over: Row,
    cut: Row,
    out: Row,
    columns: int,
    g: float,
    gl: float,
) -> None:
    """Rows of few columns: as many at a time as fill a block."""
    size = BLOCK // columns * columns
    decay = np.empty(size, out.dtype)
    later = np.zeros(columns, out.dtype)
    hi = out.size
    while hi > 0:
        lo = max(0, hi - size)
        _first_terms(
            rewards[lo:hi], values[lo:hi], next_values[lo:hi], over[lo:hi], cut[lo:hi],
            out[lo:hi], decay[: hi - lo], g, gl,
        )  # fmt: skip
        for row in range(hi - columns, lo - 1, -columns):
            here = out[row : row + columns]
            _add_later(here, decay[row - lo : row - lo + columns], later)
            later = here
        hi = lo


COMPILED = is_jitted(_wide)
"""False under NUMBA_DISABLE_JIT, where all of this would run as slow Python."""


def gae_compiled(
    rewards: Tensor,
    values: Tensor,
    next_values: Tensor,
    terminated: Tensor,
    truncated: Tensor,
    gamma: float,
    gae_lambda: float,
) -> Tensor:
    """The compiled route of `gae`; the formula is there.

    Args:
        rewards: [T, N] or [B], float32 or float64 on the CPU; arrays that are not contiguous
            are copied first.
        values, next_values: of the same shape and dtype.
        terminated, truncated: bool, of the same shape.
        gamma, gae_lambda: rounded to the arrays' precision, as torch does.

    Returns:
        A, without a graph.
    """
    out = torch.empty_like(rewards, memory_format=torch.contiguous_format)
    columns = out.shape[1] if out.ndim == 2 else 1
    if out.numel() == 0:
        return out
    flat = [_flat(x) for x in (rewards, values, next_values, terminated, truncated, out)]
    real = np.float32 if out.dtype == torch.float32 else np.float64
    route = _wide if columns * 4 > BLOCK else _narrow
    route(*flat, columns, real(gamma), real(gamma * gae_lambda))
    return out


def _flat(x: Tensor) -> Row:
    plain = x.detach() if x.requires_grad else x
    return plain.numpy().reshape(-1)  # copies what is not contiguous

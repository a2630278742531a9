"""One step of a block of paths, compiled by numba. Import only where numba is installed."""

from inspect import unwrap
from typing import Any, TypeAlias

import numpy as np
from numba import njit
from numba.extending import is_jitted
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]


def _row(
    uniforms: Array, cuts: Array, outcomes: Array, here: Array, shift: int,
    states: Array, actions: Array,
) -> None:  # fmt: skip
    """As `paths.row_by_numpy`, in one pass; columns do not depend on each other."""
    cells = cuts.shape[1]
    flat_cuts, flat_outcomes = cuts.reshape(-1), outcomes.reshape(-1)
    low = (1 << shift) - 1
    for n in range(uniforms.size):
        u = uniforms[n]
        place = here[n] * cells + np.int64(u * cells)
        drawn = flat_outcomes[2 * place + (u >= flat_cuts[place])]
        states[n] = here[n] = drawn & low
        actions[n] = drawn >> shift


def _jit() -> Any:
    """Compiles at the first call, and keeps the result on disk where there is a place for it."""
    function = unwrap(_row)  # numba compiles no run-time type checker's wrapper
    settings = {"error_model": "numpy", "nogil": True}
    try:
        return njit(cache=True, **settings)(function)
    except RuntimeError:  # no writable directory for the cache
        return njit(**settings)(function)


row_compiled = _jit()

COMPILED = is_jitted(row_compiled)
"""False under NUMBA_DISABLE_JIT, where this would run as slow Python."""

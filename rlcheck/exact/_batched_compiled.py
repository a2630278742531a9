"""Gradients of J world by world, compiled by numba. Import only where numba is installed.

Everything of one world but P itself stays in the first cache. Elimination needs no pivoting:
M = I - gamma P_pi is diagonally dominant by rows (Higham (2002), theorem 9.9: growth at most two).
"""

from inspect import unwrap
from typing import Any, TypeAlias

import numpy as np
from numba import njit
from numba.extending import is_jitted
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]


def _jit(function: Any) -> Any:
    """Compiles at the first call, and keeps the result on disk where there is a place for it.

    Sums may be taken in another order (`reassoc`): a dot product is then several at once.
    """
    settings = {"fastmath": {"contract", "reassoc"}, "error_model": "numpy", "nogil": True}
    function = unwrap(function)  # numba compiles no run-time type checker's wrapper
    try:
        return njit(cache=True, **settings)(function)
    except RuntimeError:  # no writable directory for the cache
        return njit(**settings)(function)


@_jit
def _system(system: Array, kernel: Array, pi: Array, gamma: float) -> None:
    """M = I - gamma sum_a pi(a | s) P(s' | s, a)."""
    states, actions = pi.shape
    for s in range(states):
        row = system[s]
        row[:] = 0.0
        for a in range(actions):
            weight, ahead = -gamma * pi[s, a], kernel[s, a]
            for t in range(states):
                row[t] += weight * ahead[t]
        row[s] += 1.0


@_jit
def _eliminate(system: Array) -> None:
    """M = L U in its place, L with a unit diagonal."""
    size = len(system)
    for k in range(size):
        pivot = system[k]
        inverse = 1.0 / pivot[k]
        for i in range(k + 1, size):
            row = system[i]
            factor = row[k] * inverse
            row[k] = factor
            for j in range(k + 1, size):
                row[j] -= factor * pivot[j]


@_jit
def _solve(factors: Array, x: Array) -> None:
    """M x = b, b being in x."""
    size = len(x)
    for i in range(1, size):
        row, found = factors[i], x[i]
        for j in range(i):
            found -= row[j] * x[j]
        x[i] = found
    for i in range(size - 1, -1, -1):
        row, found = factors[i], x[i]
        for j in range(i + 1, size):
            found -= row[j] * x[j]
        x[i] = found / row[i]


@_jit
def _solve_transposed(factors: Array, x: Array) -> None:
    """M^T x = b, b being in x: U^T first, then L^T, each row of the factors read once."""
    size = len(x)
    for i in range(size):
        row = factors[i]
        x[i] /= row[i]
        found = x[i]
        for j in range(i + 1, size):
            x[j] -= found * row[j]
    for i in range(size - 1, 0, -1):
        row, found = factors[i], x[i]
        for j in range(i):
            x[j] -= found * row[j]


@_jit
def gradients_of_chunk(
    gamma: float, kernels: Array, rewards: Array, initial: Array, pi: Array, out: Array,
    objectives: Array,
) -> None:  # fmt: skip
    """As `batched.gradients_by_torch` without a horizon, into `out` and `objectives`."""
    worlds, states, actions = pi.shape
    system = np.empty((states, states))
    values, visits, ahead = np.empty(states), np.empty(states), np.empty(actions)
    for b in range(worlds):
        kernel, paid, chosen = kernels[b], rewards[b], pi[b]
        _system(system, kernel, chosen, gamma)
        _eliminate(system)
        for s in range(states):
            visits[s] = initial[b, s]
            values[s] = 0.0
            for a in range(actions):
                values[s] += chosen[s, a] * paid[s, a]
        _solve(system, values)
        _solve_transposed(system, visits)
        objectives[b] = 0.0
        for s in range(states):
            objectives[b] += initial[b, s] * values[s]
            mean = 0.0
            for a in range(actions):
                row, later = kernel[s, a], 0.0
                for t in range(states):
                    later += row[t] * values[t]
                ahead[a] = visits[s] * (paid[s, a] + gamma * later)
                mean += chosen[s, a] * ahead[a]
            for a in range(actions):
                out[b, s, a] = chosen[s, a] * (ahead[a] - mean)


COMPILED = is_jitted(gradients_of_chunk)
"""False under NUMBA_DISABLE_JIT, where all of this would run as slow Python."""

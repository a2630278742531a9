"""Gradients of J world by world, compiled by numba. Import only where numba is installed.

Everything of one world but P itself stays in the first cache; with a horizon so do V and the state
law of every step, while it is short. Elimination needs no pivoting:
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
def _chain(chain: Array, kernel: Array, pi: Array, gamma: float) -> None:
    """gamma sum_a pi(a | s) P(s' | s, a)."""
    states, actions = pi.shape
    for s in range(states):
        row = chain[s]
        row[:] = 0.0
        for a in range(actions):
            weight, ahead = gamma * pi[s, a], kernel[s, a]
            for t in range(states):
                row[t] += weight * ahead[t]


@_jit
def _system(chain: Array) -> None:
    """I - gamma P_pi, in the place of gamma P_pi."""
    for s in range(len(chain)):
        row = chain[s]
        for t in range(len(chain)):
            row[t] = -row[t]
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
def _paid(values: Array, pi: Array, rewards: Array) -> None:
    """sum_a pi(a | s) r(s, a)."""
    for s in range(len(values)):
        values[s] = 0.0
        for a in range(pi.shape[1]):
            values[s] += pi[s, a] * rewards[s, a]


@_jit
def _write(out: Array, pi: Array, weighted: Array) -> None:
    """The score of a softmax put in: pi(a) (w(a) - sum_b pi(b) w(b)), state by state."""
    states, actions = pi.shape
    for s in range(states):
        mean = 0.0
        for a in range(actions):
            mean += pi[s, a] * weighted[s, a]
        for a in range(actions):
            out[s, a] = pi[s, a] * (weighted[s, a] - mean)


@_jit
def gradients_forever(
    gamma: float, kernels: Array, rewards: Array, initial: Array, pi: Array, out: Array,
    objectives: Array,
) -> None:  # fmt: skip
    """As `batched.gradients_by_torch` without a horizon, into `out` and `objectives`."""
    worlds, states, actions = pi.shape
    system, weighted = np.empty((states, states)), np.empty((states, actions))
    values, visits = np.empty(states), np.empty(states)
    for b in range(worlds):
        kernel = kernels[b]
        _chain(system, kernel, pi[b], gamma)
        _system(system)
        _eliminate(system)
        _paid(values, pi[b], rewards[b])
        _solve(system, values)
        visits[:] = initial[b]
        _solve_transposed(system, visits)
        objectives[b] = 0.0
        for s in range(states):
            objectives[b] += initial[b, s] * values[s]
            for a in range(actions):
                row, later = kernel[s, a], 0.0
                for t in range(states):
                    later += row[t] * values[t]
                weighted[s, a] = visits[s] * (rewards[b, s, a] + gamma * later)
        _write(out[b], pi[b], weighted)


@_jit
def _add_rows(out: Array, weights: Array, rows: Array) -> None:
    """out += sum_i weights[i] rows[i]; four rows at once read and write `out` once."""
    count, size = rows.shape
    whole = count - count % 4
    for i in range(0, whole, 4):
        a, b, c, d = weights[i], weights[i + 1], weights[i + 2], weights[i + 3]
        for j in range(size):
            out[j] += a * rows[i, j] + b * rows[i + 1, j] + c * rows[i + 2, j] + d * rows[i + 3, j]
    for i in range(whole, count):
        for j in range(size):
            out[j] += weights[i] * rows[i, j]


@_jit
def gradients_until(
    gamma: float, horizon: int, kernels: Array, rewards: Array, initial: Array, pi: Array,
    out: Array, objectives: Array,
) -> None:  # fmt: skip
    """As `batched.gradients_by_torch` with a horizon, into `out` and `objectives`."""
    worlds, states, actions = pi.shape
    chain, turned = np.empty((states, states)), np.empty((states, states))
    values, laws = np.empty((horizon + 1, states)), np.empty((horizon, states))
    paid, ahead, weighted = np.empty(states), np.empty(states), np.empty((states, actions))
    values[horizon] = 0.0
    for b in range(worlds):
        kernel = kernels[b]
        _chain(chain, kernel, pi[b], gamma)
        for s in range(states):
            for t in range(states):
                turned[t, s] = chain[s, t]
        _paid(paid, pi[b], rewards[b])
        for h in range(horizon - 1, -1, -1):
            values[h] = paid
            _add_rows(values[h], values[h + 1], turned)
        laws[0] = initial[b]
        for h in range(1, horizon):
            laws[h] = 0.0
            _add_rows(laws[h], laws[h - 1], chain)
        objectives[b] = 0.0
        for s in range(states):
            objectives[b] += initial[b, s] * values[0, s]
            ahead[:] = 0.0
            _add_rows(ahead, laws[:, s], values[1:])
            visits = laws[:, s].sum()
            for a in range(actions):
                row, later = kernel[s, a], 0.0
                for t in range(states):
                    later += row[t] * ahead[t]
                weighted[s, a] = visits * rewards[b, s, a] + gamma * later
        _write(out[b], pi[b], weighted)


COMPILED = is_jitted(gradients_forever)
"""False under NUMBA_DISABLE_JIT, where all of this would run as slow Python."""

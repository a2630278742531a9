"""Generalised advantage estimation, by the fastest route that gives what is asked for.

Two routes compute the same recursion. The plain one is `reverse_scan`: differentiable, on any
device, O(log T) tensor operations. The compiled one (`_gae_compiled`, needs numba) is one pass
through memory, for large float32 or float64 arrays on the CPU from which no derivative of any
kind is asked. Which one was taken changes results by rounding only.
"""

from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor
from torch.autograd.forward_ad import unpack_dual

from rlcheck.estimators._shapes import Flags, Steps, as_bool, require_steps, require_within
from rlcheck.estimators.scan import reverse_scan
from rlcheck.estimators.td_errors import td_errors

SMALLEST_COMPILED = 16_384
"""Below this many elements the plain route takes well under a millisecond, and importing numba
with the compiled function takes half a second: a short check should not pay for it."""

_Route = Callable[[Tensor, Tensor, Tensor, Tensor, Tensor, float, float], Tensor]


def gae(
    rewards: Steps,
    values: Steps,
    next_values: Steps,
    terminated: Flags,
    truncated: Flags,
    gamma: float,
    gae_lambda: float,
) -> Tensor:
    """Generalised advantage estimates; termination and truncation are kept apart.

    Formula: A_t = delta_t + gamma lambda (1 - (terminated_t or truncated_t)) A_{t+1},
    delta_t = r_t + gamma (1 - terminated_t) V(s_{t+1}) - V(s_t), A_T = 0.
    A truncated step bootstraps and a terminated one does not; neither sees what comes after.
    The matching targets of a critic are `gae(...) + values`.

    Args:
        rewards: [T, N], or [B] with whole episodes in order.
        values: V(s_t), of the same shape.
        next_values: V of the true successor, the final observation at an end and never the reset
            one; of the same shape. Not read where terminated.
        terminated: true where the transition ended the episode for good.
        truncated: true where it was cut off.
        gamma: discount in [0, 1].
        gae_lambda: lambda in [0, 1]; 0 gives the TD error, 1 the return minus the value.

    Returns:
        A, of the same shape. It carries a graph where an input does: pass values without one, or
        detach A, where advantages have to be numbers.

    Raises:
        InvalidArgument: where the shapes differ or a setting is out of range.

    Source: Schulman et al. (2016), eq. 16 as the backward recursion, for one infinite episode
        there; here cut at the ends of episodes and at the last row, which bootstrap as Pardo et
        al. (2018), eq. 6.
    """
    require_steps(
        rewards=rewards,
        values=values,
        next_values=next_values,
        terminated=terminated,
        truncated=truncated,
    )
    require_within("gamma", gamma, 0.0, 1.0)
    require_within("gae_lambda", gae_lambda, 0.0, 1.0)
    route = _compiled() if _only_numbers(rewards, values, next_values) else None
    return (route or gae_by_scan)(
        rewards, values, next_values, as_bool(terminated), as_bool(truncated), gamma, gae_lambda
    )


def gae_by_scan(
    rewards: Steps,
    values: Steps,
    next_values: Steps,
    terminated: Flags,
    truncated: Flags,
    gamma: float,
    gae_lambda: float,
) -> Tensor:
    """The plain route of `gae`: differentiable tensor operations, none of them per step.

    Formula, args and source: as `gae`, which checks the arguments.
    """
    delta = td_errors(rewards, values, next_values, terminated, gamma)
    ends = as_bool(terminated) | as_bool(truncated)
    decay = torch.full_like(delta, gamma * gae_lambda).masked_fill(ends, 0.0)
    return reverse_scan(decay.detach(), delta)


def _only_numbers(*arrays: Tensor) -> bool:
    """Whether the compiled route may be taken: large plain CPU arrays, no derivative asked for.

    Forward mode counts as well: a dual number's tangent would be dropped without a word. Inside
    `torch.func` transforms and `torch.compile` an array has no memory to look at, which the
    subclass, `is_compiling` and the storage tell.
    """
    first = arrays[0]
    if first.numel() < SMALLEST_COMPILED or first.dtype not in (torch.float32, torch.float64):
        return False
    if torch.compiler.is_compiling():
        return False
    recording = torch.is_grad_enabled()
    return all(
        type(x) is Tensor
        and x.device.type == "cpu"
        and x.dtype == first.dtype
        and not (recording and x.requires_grad)
        and _has_memory(x)
        and unpack_dual(x).tangent is None
        for x in arrays
    )


def _has_memory(x: Tensor) -> bool:
    try:
        return x.data_ptr() != 0
    except RuntimeError:
        return False


@cache
def _compiled() -> _Route | None:
    """The compiled route, or None where numba is absent or told not to compile."""
    try:
        from rlcheck.estimators._gae_compiled import COMPILED, gae_compiled
    except ImportError:
        return None
    return gae_compiled if COMPILED else None

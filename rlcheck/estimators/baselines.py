"""Baselines: what may be subtracted from a return without changing the expected gradient.

Exact while the baseline does not depend on the action it judges. A mean over the same batch does,
a little: it scales the expected gradient by (1 - 1/N) or so; `leave_one_out_baseline` does not.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from rlcheck.errors import InvalidArgument
from rlcheck.estimators._shapes import (
    Flags,
    Scalar,
    Steps,
    as_bool,
    mean_valid,
    only_valid,
    require_not_empty,
    require_same_shape,
)


def constant_baseline(returns: Steps, mask: Flags | None = None) -> Scalar:
    """One number for all: the mean return.

    Formula: b = mean_valid(G).

    Args:
        returns: any shape.
        mask: true where the slot holds a real transition.

    Raises:
        InvalidArgument: where the shapes differ or there is no return.

    Source: Williams (1992), section 3, reinforcement comparison, with the batch's mean.
    """
    require_same_shape(returns=returns, mask=mask)
    require_not_empty("returns", returns)
    return mean_valid(returns, mask)


def leave_one_out_baseline(returns: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """For each rollout the mean return of all the others.

    Formula: b_n = (sum_m R_m - R_n) / (N - 1).

    Args:
        returns: one return a rollout, [N] with N >= 2.

    Returns:
        b, [N].

    Raises:
        InvalidArgument: where it is not [N] with at least two.

    Source: Kool, van Hoof and Welling, "Buy 4 REINFORCE samples, get a baseline for free!"
        (2019), eq. 8.
    """
    if returns.ndim != 1 or returns.shape[0] < 2:
        raise InvalidArgument.of(
            "returns", list(returns.shape), "leaving one out needs two", "one return a rollout, [N]"
        )
    return (returns.sum() - returns) / (returns.shape[0] - 1)


def state_value_baseline(
    returns: Steps, states: Int[Tensor, "..."], n_states: int, mask: Flags | None = None
) -> Tensor:
    """For each step the mean return of all visits to its state: V, estimated by every visit.

    Formula: b_t = V(s_t), V(s) = mean of G_t over valid steps with s_t = s.

    Args:
        returns: rewards-to-go, any shape.
        states: int64 state numbers, of the same shape.
        n_states: how many states there are.
        mask: true where the slot holds a real transition.

    Returns:
        b, of the shape of `returns`; zero in masked slots.

    Raises:
        InvalidArgument: where the shapes differ or a state number is not below `n_states`.

    Source: Sutton and Barto (2nd ed., 2018), section 5.1 (every-visit Monte Carlo).
    """
    require_same_shape(returns=returns, states=states, mask=mask)
    if states.numel() and not 0 <= int(states.min()) <= int(states.max()) < n_states:
        raise InvalidArgument.of(
            "states", states, "a state number is out of range", f"numbers from 0 to {n_states - 1}"
        )
    valid = torch.ones_like(states, dtype=torch.bool) if mask is None else as_bool(mask)
    where, value = states[valid], returns[valid]
    total = value.new_zeros(n_states).index_add(0, where, value)
    visits = value.new_zeros(n_states).index_add(0, where, torch.ones_like(value))
    return only_valid((total / visits.clamp(min=1.0))[states], mask)


def variance_minimising_baseline(
    returns: Float[Tensor, "..."],
    scores: Float[Tensor, "..."],
    probability: Float[Tensor, "..."] | None = None,
) -> Scalar:
    """The constant that makes the variance of the full-return gradient least.

    Formula: b = E[R ||g||^2] / E[||g||^2], g = sum_t grad log pi(a_t|s_t) of the rollout. Of
    all constants it minimises the trace of the covariance of g (R - b).

    Args:
        returns: the whole discounted return R of each rollout, [N].
        scores: g of each rollout, [N, P].
        probability: the weight of each rollout, [N], where rollouts are enumerated; a plain
            mean without.

    Returns:
        b; not a number where every score is zero.

    Raises:
        InvalidArgument: where the shapes do not fit.

    Source: Greensmith, Bartlett and Baxter, "Variance reduction techniques for gradient
        estimates in reinforcement learning" (2004), theorem 8; Peters and Schaal,
        "Reinforcement learning of motor skills with policy gradients" (2008), eq. 11, there one
        baseline for each parameter.
    """
    if returns.ndim != 1 or scores.ndim != 2 or scores.shape[0] != returns.shape[0]:
        raise InvalidArgument.of(
            "scores",
            [list(returns.shape), list(scores.shape)],
            "these shapes of returns and scores do not fit",
            "returns [N] and scores [N, P]",
        )
    require_same_shape(returns=returns, probability=probability)
    weight = scores.square().sum(-1)
    if probability is not None:
        weight = weight * probability
    return (returns * weight).sum() / weight.sum()

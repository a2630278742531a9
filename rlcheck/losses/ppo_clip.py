"""PPO's clipped surrogate, with the lower bound of dual-clip PPO on request."""

import math

import torch
from torch import Tensor

from rlcheck.errors import InvalidArgument
from rlcheck.estimators._shapes import (
    Flags,
    Scalar,
    Steps,
    mean_valid,
    only_valid,
    require_not_empty,
    require_same_shape,
)
from rlcheck.estimators.importance import per_step_weights


def ppo_clip(
    logp: Steps,
    logp_old: Steps,
    advantages: Steps,
    clip_eps: float,
    mask: Flags | None = None,
    dual_clip: float | None = None,
) -> Scalar:
    """PPO's clipped surrogate.

    Formula: L = -mean_valid(min(rho_t A_t, clip(rho_t, 1 - eps, 1 + eps) A_t)),
    rho_t = exp(logp_t - logp_old_t). With `dual_clip` c, where A_t < 0, the minimum m is
    replaced by max(m, c A_t), so that a huge ratio cannot make the loss unbounded.

    Args:
        logp: log pi(a_t|s_t) with its graph, [T, N], [B] or any other shape.
        logp_old: log pi_old(a_t|s_t) without a graph, of the same shape.
        advantages: A_t without a graph, of the same shape.
        clip_eps: eps, not negative.
        mask: true where the slot holds a real transition.
        dual_clip: c > 1, or None for PPO as published.

    Returns:
        A scalar to minimise.

    Raises:
        InvalidArgument: where the shapes differ, the batch is empty or a setting is out of range.

    Source: Schulman et al. (2017), eq. 7, negated; dual clip: Ye et al., "Mastering complex
        control in MOBA games with deep reinforcement learning" (2020), eq. 5.
    """
    require_same_shape(logp=logp, logp_old=logp_old, advantages=advantages, mask=mask)
    require_not_empty("logp", logp)
    _require_settings(clip_eps, dual_clip)
    ratio = per_step_weights(logp, logp_old, mask)
    advantages = only_valid(advantages, mask)
    clipped = ratio.clamp(1.0 - clip_eps, 1.0 + clip_eps)
    surrogate = torch.minimum(ratio * advantages, clipped * advantages)
    if dual_clip is not None:
        surrogate = _bounded_below(surrogate, advantages, dual_clip)
    return -mean_valid(surrogate, mask)


def _bounded_below(surrogate: Tensor, advantages: Tensor, dual_clip: float) -> Tensor:
    bounded = torch.maximum(surrogate, dual_clip * advantages)
    return torch.where(advantages < 0, bounded, surrogate)


def _require_settings(clip_eps: float, dual_clip: float | None) -> None:
    if not 0.0 <= clip_eps < math.inf:
        raise InvalidArgument.of("clip_eps", clip_eps, "it is negative or not finite", "say 0.2")
    if dual_clip is not None and not 1.0 < dual_clip < math.inf:
        raise InvalidArgument.of(
            "dual_clip", dual_clip, "it is not a finite number above 1", "say 3.0, or None"
        )

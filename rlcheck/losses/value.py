"""The critic's squared error, with PPO's value clipping on request."""

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


def value_loss(
    values_new: Steps,
    returns: Steps,
    vf_coef: float,
    mask: Flags | None = None,
    values_old: Steps | None = None,
    clip_eps: float | None = None,
) -> Scalar:
    """The mean squared error of the critic against its targets.

    Formula: L = c mean_valid((V - R)^2). With `values_old` and `clip_eps`:
    L = c mean_valid(max((V - R)^2, (V_clip - R)^2)), V_clip = V_old + clip(V - V_old, -eps, eps).

    Args:
        values_new: V(s_t) with its graph, [T, N], [B] or any other shape.
        returns: the targets R without a graph, of the same shape.
        vf_coef: c; no factor one half is hidden in it.
        mask: true where the slot holds a real transition.
        values_old: V_old(s_t) without a graph; given together with `clip_eps` or not at all.
        clip_eps: eps, not negative.

    Returns:
        A scalar to minimise.

    Raises:
        InvalidArgument: where the shapes differ, the batch is empty, or only one of
            `values_old` and `clip_eps` is given.

    Source: Schulman et al. (2017), L^VF after eq. 9. The clipping is not in the paper; it is
        that of OpenAI Baselines' ppo2, described in Engstrom et al., "Implementation matters in
        deep policy gradients" (2020), section 3, whose printed `min` is a `max` in the code.
    """
    require_same_shape(values_new=values_new, returns=returns, mask=mask, values_old=values_old)
    require_not_empty("values_new", values_new)
    error = only_valid(values_new - returns, mask).square()
    if values_old is None and clip_eps is None:
        return vf_coef * mean_valid(error, mask)
    clipped = _clipped_values(values_new, values_old, clip_eps)
    worse = torch.maximum(error, only_valid(clipped - returns, mask).square())
    return vf_coef * mean_valid(worse, mask)


def _clipped_values(
    values_new: Tensor, values_old: Tensor | None, clip_eps: float | None
) -> Tensor:
    if values_old is None or clip_eps is None:
        missing = "values_old" if values_old is None else "clip_eps"
        raise InvalidArgument.of(
            missing, None, "the clipped loss needs both values_old and clip_eps", "both or neither"
        )
    if not clip_eps >= 0.0:
        raise InvalidArgument.of("clip_eps", clip_eps, "it is negative or not a number", "say 0.2")
    return values_old + (values_new - values_old).clamp(-clip_eps, clip_eps)

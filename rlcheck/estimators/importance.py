"""Importance weights of a policy against the one that acted, and how many samples they leave.

All of them come from `logp - logp_old`, in the log domain until the last moment, and carry the
graph of `logp`. `per_step` looks at one action, `per_decision` at all actions so far,
`per_trajectory` at all actions of the episode.
"""

import torch
from torch import Tensor

from rlcheck.estimators._shapes import (
    Flags,
    Steps,
    either,
    only_valid,
    require_same_shape,
    require_steps,
)
from rlcheck.estimators.scan import forward_scan, reverse_scan


def per_step_weights(logp: Steps, logp_old: Steps, mask: Flags | None = None) -> Tensor:
    """The ratio of the two policies at each step.

    Formula: rho_t = pi(a_t|s_t) / pi_old(a_t|s_t) = exp(logp_t - logp_old_t).

    Args:
        logp: log pi(a_t|s_t), with its graph; [T, N], [B] or any other shape.
        logp_old: log pi_old(a_t|s_t), of the same shape.
        mask: true where the slot holds a real transition; the ratio is 1 elsewhere, and no
            gradient flows there.

    Returns:
        rho, of the shape of `logp`.

    Raises:
        InvalidArgument: where the shapes differ.

    Source: Schulman et al., "Proximal policy optimization algorithms" (2017), section 3.
    """
    require_same_shape(logp=logp, logp_old=logp_old, mask=mask)
    return torch.exp(only_valid(logp - logp_old, mask))


def per_decision_weights(
    logp: Steps,
    logp_old: Steps,
    terminated: Flags | None = None,
    truncated: Flags | None = None,
    mask: Flags | None = None,
) -> Tensor:
    """The product of ratios from the episode's first step to this one.

    Formula: rho_{0:t} = prod_{k <= t} pi(a_k|s_k) / pi_old(a_k|s_k), k in the step's episode.

    Args:
        logp: log pi(a_t|s_t), with its graph; [T, N] or [B].
        logp_old: log pi_old(a_t|s_t), of the same shape.
        terminated: true where the transition ended the episode for good.
        truncated: true where it was cut off.
        mask: true where the slot holds a real transition; ratios elsewhere count as 1.

    Returns:
        rho_{0:t}, of the shape of `logp`.

    Raises:
        InvalidArgument: where the shapes differ.

    Source: Precup, Sutton and Singh, "Eligibility traces for off-policy policy evaluation"
        (2000), eq. 5 (per-decision importance sampling).
    """
    require_steps(
        logp=logp, logp_old=logp_old, terminated=terminated, truncated=truncated, mask=mask
    )
    log_ratio = only_valid(logp - logp_old, mask)
    return torch.exp(_log_product_so_far(log_ratio, either(terminated, truncated)))


def per_trajectory_weights(
    logp: Steps,
    logp_old: Steps,
    terminated: Flags | None = None,
    truncated: Flags | None = None,
    mask: Flags | None = None,
) -> Tensor:
    """The product of ratios over the whole episode, the same number at each of its steps.

    Formula: rho = prod_k pi(a_k|s_k) / pi_old(a_k|s_k) over the episode.

    Args and errors: as `per_decision_weights`.

    Source: Precup, Sutton and Singh (2000), eq. 2 (ordinary importance sampling).
    """
    require_steps(
        logp=logp, logp_old=logp_old, terminated=terminated, truncated=truncated, mask=mask
    )
    log_ratio = only_valid(logp - logp_old, mask)
    ends = either(terminated, truncated)
    inside = torch.ones_like(log_ratio)
    if ends is not None:
        inside = inside.masked_fill(ends, 0.0)
    later = reverse_scan(inside, log_ratio) - log_ratio
    return torch.exp(_log_product_so_far(log_ratio, ends) + later)


def effective_sample_size(weights: Steps, mask: Flags | None = None) -> Tensor:
    """How many equally weighted samples the weighted ones are worth (Kish).

    Formula: (sum w)^2 / sum w^2, between 1 and the number of samples.

    Args:
        weights: non-negative, of any shape; a scale common to all changes nothing.
        mask: true where the slot counts.

    Returns:
        A scalar; not a number where all weights are zero.

    Raises:
        InvalidArgument: where the shapes differ.

    Source: Kong, "A note on importance sampling using standardized weights" (1992); Owen,
        "Monte Carlo theory, methods and examples" (2013), eq. 9.13.
    """
    require_same_shape(weights=weights, mask=mask)
    valid = only_valid(weights, mask)
    # Scaled by the largest, so that squares of large weights do not overflow.
    scaled = valid / valid.abs().max()
    return scaled.sum().square() / scaled.square().sum()


def _log_product_so_far(log_ratio: Tensor, ends: Tensor | None) -> Tensor:
    """The running sum of log ratios, restarted after each end.

    Not a difference of two running sums over the rows: that would lose the digits of a short
    episode behind a long one.
    """
    inside = torch.ones_like(log_ratio)
    if ends is not None:
        inside[1:] = (~ends[:-1]).to(inside.dtype)
    return forward_scan(inside, log_ratio)

"""The conservative policy iteration surrogate, L^CPI, that TRPO and PPO start from."""

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


def cpi(logp: Steps, logp_old: Steps, advantages: Steps, mask: Flags | None = None) -> Scalar:
    """The unclipped surrogate.

    Formula: L = -mean_valid(rho_t A_t), rho_t = exp(logp_t - logp_old_t).

    Args:
        logp: log pi(a_t|s_t) with its graph, [T, N], [B] or any other shape.
        logp_old: log pi_old(a_t|s_t) without a graph, of the same shape.
        advantages: A_t without a graph, of the same shape.
        mask: true where the slot holds a real transition.

    Returns:
        A scalar to minimise.

    Raises:
        InvalidArgument: where the shapes differ or the batch is empty.

    Source: Schulman et al. (2017), eq. 6, negated; the name is from Kakade and Langford,
        "Approximately optimal approximate reinforcement learning" (2002).
    """
    require_same_shape(logp=logp, logp_old=logp_old, advantages=advantages, mask=mask)
    require_not_empty("logp", logp)
    ratio = per_step_weights(logp, logp_old, mask)
    return -mean_valid(ratio * only_valid(advantages, mask), mask)

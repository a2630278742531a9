"""The entropy bonus, as a loss."""

from rlcheck.estimators._shapes import (
    Flags,
    Scalar,
    Steps,
    mean_valid,
    require_not_empty,
    require_same_shape,
)


def entropy_bonus(entropy: Steps, ent_coef: float, mask: Flags | None = None) -> Scalar:
    """Minus the mean entropy of the policy at the states visited, which are held fixed.

    Formula: L = -c mean_valid(H(pi(.|s_t))).

    Args:
        entropy: H(pi(.|s_t)) with its graph, [T, N], [B] or any other shape.
        ent_coef: c; positive rewards exploration.
        mask: true where the slot holds a real transition.

    Returns:
        A scalar to minimise.

    Raises:
        InvalidArgument: where the shapes differ or the batch is empty.

    Source: Williams and Peng, "Function optimization using connectionist reinforcement learning
        algorithms" (1991); Schulman et al. (2017), eq. 9, the term S.
    """
    require_same_shape(entropy=entropy, mask=mask)
    require_not_empty("entropy", entropy)
    return -ent_coef * mean_valid(entropy, mask)

"""The one-step temporal difference error."""

from torch import Tensor

from rlcheck.estimators._shapes import Flags, Steps, require_same_shape
from rlcheck.estimators.td_target import td_target


def td_errors(
    rewards: Steps, values: Steps, next_values: Steps, terminated: Flags, gamma: float
) -> Tensor:
    """How much better a step went than the critic thought.

    Formula: delta_t = r_t + gamma (1 - terminated_t) V(s_{t+1}) - V(s_t).

    Args:
        rewards: [T, N] or [B].
        values: V(s_t), of the same shape.
        next_values: V of the true successor; of the same shape. Not read where terminated.
        terminated: true where the transition ended the episode for good. A truncated step is
            not terminated: it bootstraps.
        gamma: discount in [0, 1].

    Returns:
        delta, of the same shape, differentiable in rewards and values.

    Raises:
        InvalidArgument: where the shapes differ or gamma is out of range.

    Source: Sutton and Barto (2nd ed., 2018), eq. 6.5; Schulman et al., "High-dimensional
        continuous control using generalized advantage estimation" (2016), eq. 10.
    """
    require_same_shape(
        rewards=rewards, values=values, next_values=next_values, terminated=terminated
    )
    return td_target(rewards, next_values, terminated, gamma) - values

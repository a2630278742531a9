"""The one-step actor-critic: the score function times the critic's temporal difference error."""

from rlcheck.estimators._shapes import Flags, Scalar, Steps, only_valid, require_steps
from rlcheck.estimators.returns import discount_weights
from rlcheck.estimators.td_errors import td_errors
from rlcheck.losses._rollouts import mean_over_rollouts


def actor_critic(
    logp: Steps,
    rewards: Steps,
    values: Steps,
    next_values: Steps,
    terminated: Flags,
    gamma: float,
    truncated: Flags | None = None,
    mask: Flags | None = None,
) -> Scalar:
    """The policy's part of the one-step actor-critic.

    Formula: L = -(1/N) sum_n sum_t gamma^t logp_t delta_t,
    delta_t = r_t + gamma (1 - terminated_t) V(s_{t+1}) - V(s_t).

    Args:
        logp: log pi(a_t|s_t) with its graph, [T, N] or flat [B].
        rewards: of the same shape.
        values: V(s_t) without a graph.
        next_values: V of the true successor without a graph; not read where terminated.
        terminated: true where the transition ended the episode for good.
        gamma: discount in [0, 1].
        truncated: true where it was cut off: the next step counts time from zero again, and the
            step itself bootstraps as any other.
        mask: true where the slot holds a real transition.

    Returns:
        A scalar to minimise; with V of the policy itself, minus its expected gradient is that
        of J where a rollout is a whole episode.

    Raises:
        InvalidArgument: where the shapes differ, the batch is empty or gamma is out of range.

    Source: Sutton and Barto (2nd ed., 2018), section 13.5, one-step actor-critic box (I is
        gamma^t), as a batch mean.
    """
    require_steps(
        logp=logp,
        rewards=rewards,
        values=values,
        next_values=next_values,
        terminated=terminated,
        truncated=truncated,
        mask=mask,
    )
    weights = discount_weights(rewards, gamma, terminated, truncated)
    delta = only_valid(td_errors(rewards, values, next_values, terminated, gamma), mask)
    return -mean_over_rollouts(weights * logp * delta, terminated, truncated, mask)

"""Off-policy policy gradients by importance weights: per trajectory, per decision, per step.

The value of each loss estimates minus J of the new policy from the old one's rollouts, and its
gradient, through the ratios, minus the gradient of J. Per trajectory and per decision are exact
in expectation at any theta; per step ignores how the two policies' states differ, and its
gradient is right at theta = theta_old.

Shapes: `[T, N]`, or flat `[B]` with whole episodes in order.
"""

from rlcheck.estimators._shapes import Flags, Scalar, Steps, only_valid, require_steps
from rlcheck.estimators.importance import (
    per_decision_weights,
    per_step_weights,
    per_trajectory_weights,
)
from rlcheck.estimators.returns import discount_weights, reward_to_go
from rlcheck.losses._rollouts import mean_over_rollouts


def importance_sampling(
    logp: Steps,
    logp_old: Steps,
    rewards: Steps,
    gamma: float,
    terminated: Flags | None = None,
    truncated: Flags | None = None,
    mask: Flags | None = None,
) -> Scalar:
    """Per-decision importance sampling: a reward is weighted with the actions before it.

    Formula: L = -(1/N) sum_n sum_t gamma^t (prod_{k <= t} rho_k) r_t, differentiated through
    the ratios rho_k = exp(logp_k - logp_old_k).

    Args:
        logp: log pi(a_t|s_t) with its graph, [T, N] or [B].
        logp_old: log pi_old(a_t|s_t) without a graph, of the same shape.
        rewards: of the same shape.
        gamma: discount in [0, 1].
        terminated: true where the transition ended the episode for good.
        truncated: true where it was cut off.
        mask: true where the slot holds a real transition.

    Returns:
        A scalar to minimise.

    Raises:
        InvalidArgument: where the shapes differ, the batch is empty or gamma is out of range.

    Source: Precup, Sutton and Singh (2000), eq. 5; as a policy's objective in Jie and Abbeel,
        "On a connection between importance sampling and the likelihood ratio policy gradient"
        (2010), section 3.
    """
    require_steps(logp=logp, rewards=rewards)
    weights = per_decision_weights(logp, logp_old, terminated, truncated, mask)
    discount = discount_weights(rewards, gamma, terminated, truncated)
    terms = discount * weights * only_valid(rewards, mask)
    return -mean_over_rollouts(terms, terminated, truncated, mask)


def importance_sampling_per_trajectory(
    logp: Steps,
    logp_old: Steps,
    rewards: Steps,
    gamma: float,
    terminated: Flags | None = None,
    truncated: Flags | None = None,
    mask: Flags | None = None,
) -> Scalar:
    """Ordinary importance sampling: every reward is weighted with all actions of its episode.

    Formula: L = -(1/N) sum_n (prod_k rho_k) sum_t gamma^t r_t.

    Args: as `importance_sampling`.

    Returns:
        A scalar to minimise, with the same expectation at any theta and a larger variance.

    Raises:
        InvalidArgument: where the shapes differ, the batch is empty or gamma is out of range.

    Source: Precup, Sutton and Singh (2000), eq. 2; Jie and Abbeel (2010), eq. 2.
    """
    require_steps(logp=logp, rewards=rewards)
    weights = per_trajectory_weights(logp, logp_old, terminated, truncated, mask)
    discount = discount_weights(rewards, gamma, terminated, truncated)
    terms = discount * weights * only_valid(rewards, mask)
    return -mean_over_rollouts(terms, terminated, truncated, mask)


def importance_sampling_per_step(
    logp: Steps,
    logp_old: Steps,
    rewards: Steps,
    gamma: float,
    terminated: Flags | None = None,
    truncated: Flags | None = None,
    mask: Flags | None = None,
) -> Scalar:
    """Per-step importance sampling: each reward-to-go is weighted with its own action alone.

    Formula: L = -(1/N) sum_n sum_t gamma^t rho_t G_t.

    Args: as `importance_sampling`.

    Returns:
        A scalar to minimise; its expected gradient is minus that of J at theta = theta_old only.

    Raises:
        InvalidArgument: where the shapes differ, the batch is empty or gamma is out of range.

    Source: Degris, White and Sutton, "Off-policy actor-critic" (2012), eq. 5, with the old
        policy's Monte Carlo return for Q and the factor gamma^t.
    """
    require_steps(logp=logp, rewards=rewards)
    weights = per_step_weights(logp, logp_old, mask)
    discount = discount_weights(rewards, gamma, terminated, truncated)
    returns = reward_to_go(rewards, gamma, terminated, truncated, mask)
    return -mean_over_rollouts(discount * weights * returns, terminated, truncated, mask)

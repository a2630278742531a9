"""REINFORCE: the score function times a Monte Carlo return, in all its forms.

The first three have the same expectation, the gradient of J (with the sign of a loss) where a
rollout is a whole episode; they differ in variance. The last one is what most programs compute:
a mean over steps without gamma^t, which is not the gradient of the discounted J.

Shapes: `[T, N]`, or flat `[B]` with whole episodes in order. The returns are numbers to these
losses: pass rewards and values without a graph. NaN in a valid slot comes out as NaN, as in torch.
"""

from torch import Tensor

from rlcheck.estimators._shapes import (
    Flags,
    Scalar,
    Steps,
    mean_valid,
    only_valid,
    require_not_empty,
    require_steps,
)
from rlcheck.estimators.returns import discount_weights, full_return, reward_to_go
from rlcheck.losses._rollouts import mean_over_rollouts


def reinforce(
    logp: Steps,
    rewards: Steps,
    gamma: float,
    terminated: Flags | None = None,
    truncated: Flags | None = None,
    mask: Flags | None = None,
) -> Scalar:
    """REINFORCE with reward-to-go.

    Formula: L = -(1/N) sum_n sum_t gamma^t logp_t G_t, G_t = sum_{t' >= t} gamma^{t'-t} r_t'
    to the end of the episode, t since the episode began.

    Args:
        logp: log pi(a_t|s_t) with its graph, [T, N] or [B].
        rewards: of the same shape.
        gamma: discount in [0, 1].
        terminated: true where the transition ended the episode for good.
        truncated: true where it was cut off; the return ends there, without a bootstrap.
        mask: true where the slot holds a real transition.

    Returns:
        A scalar to minimise; minus its expected gradient is that of J.

    Raises:
        InvalidArgument: where the shapes differ, the batch is empty or gamma is out of range.

    Source: Sutton and Barto (2nd ed., 2018), section 13.3, REINFORCE box, as a batch mean; the
        factor gamma^t is kept, as there.
    """
    require_steps(logp=logp, rewards=rewards, terminated=terminated, truncated=truncated, mask=mask)
    weights = discount_weights(rewards, gamma, terminated, truncated)
    returns = reward_to_go(rewards, gamma, terminated, truncated, mask)
    return -mean_over_rollouts(weights * logp * returns, terminated, truncated, mask)


def reinforce_baseline(
    logp: Steps,
    rewards: Steps,
    values: Steps,
    gamma: float,
    terminated: Flags | None = None,
    truncated: Flags | None = None,
    mask: Flags | None = None,
) -> Scalar:
    """REINFORCE with reward-to-go and a baseline that depends on the state alone.

    Formula: L = -(1/N) sum_n sum_t gamma^t logp_t (G_t - values_t).

    Args:
        values: the baseline, usually V(s_t), without a graph; of the shape of `logp`.

    The other arguments: as `reinforce`.

    Returns:
        A scalar to minimise, with the expected gradient of `reinforce`.

    Raises:
        InvalidArgument: where the shapes differ, the batch is empty or gamma is out of range.

    Source: Sutton and Barto (2nd ed., 2018), section 13.4, REINFORCE with baseline box.
    """
    require_steps(
        logp=logp,
        rewards=rewards,
        values=values,
        terminated=terminated,
        truncated=truncated,
        mask=mask,
    )
    weights = discount_weights(rewards, gamma, terminated, truncated)
    returns = reward_to_go(rewards, gamma, terminated, truncated, mask)
    advantages = only_valid(returns - values, mask)
    return -mean_over_rollouts(weights * logp * advantages, terminated, truncated, mask)


def reinforce_full_return(
    logp: Steps,
    rewards: Steps,
    gamma: float,
    baseline: float | Tensor = 0.0,
    terminated: Flags | None = None,
    truncated: Flags | None = None,
    mask: Flags | None = None,
) -> Scalar:
    """REINFORCE as first written: every step is credited with the whole episode's return.

    Formula: L = -(1/N) sum_n sum_t logp_t (R_n - b), R_n = sum_t gamma^t r_t of the episode. No
    factor gamma^t: R counts from the episode's first step already.

    Args:
        baseline: b, one number for all steps, such as `estimators.constant_baseline` or
            `estimators.variance_minimising_baseline`.

    The other arguments: as `reinforce`.

    Returns:
        A scalar to minimise, with the expected gradient of `reinforce`.

    Raises:
        InvalidArgument: where the shapes differ, the batch is empty or gamma is out of range.

    Source: Williams (1992), section 5, eq. 11, with a discount added.
    """
    require_steps(logp=logp, rewards=rewards, terminated=terminated, truncated=truncated, mask=mask)
    returns = full_return(rewards, gamma, terminated, truncated, mask)
    return -mean_over_rollouts(logp * (returns - baseline), terminated, truncated, mask)


def reinforce_step_mean(
    logp: Steps,
    rewards: Steps,
    gamma: float,
    terminated: Flags | None = None,
    truncated: Flags | None = None,
    mask: Flags | None = None,
) -> Scalar:
    """REINFORCE as it is usually programmed: a mean over steps, gamma^t left out.

    Formula: L = -mean_valid(logp_t G_t).

    Args: as `reinforce`.

    Returns:
        A scalar to minimise. Its expected gradient is a scaled one of J only at gamma = 1 and
        with episodes of one length.

    Raises:
        InvalidArgument: where the shapes differ, the batch is empty or gamma is out of range.

    Source: Achiam, "Spinning up in deep RL" (2018), "Intro to policy optimization", the
        reward-to-go example; Thomas, "Bias in natural actor-critic algorithms" (2014) on the
        missing gamma^t.
    """
    require_steps(logp=logp, rewards=rewards, terminated=terminated, truncated=truncated, mask=mask)
    require_not_empty("logp", logp)
    returns = reward_to_go(rewards, gamma, terminated, truncated, mask)
    return -mean_valid(logp * returns, mask)

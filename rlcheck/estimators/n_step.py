"""n-step returns: n rewards, then the critic."""

import torch
from torch import Tensor

from rlcheck.errors import InvalidArgument
from rlcheck.estimators._shapes import Flags, Steps, as_bool, require_steps, require_within


def n_step_returns(
    rewards: Steps,
    next_values: Steps,
    terminated: Flags,
    truncated: Flags,
    gamma: float,
    n: int,
) -> Tensor:
    """The sum of the next n discounted rewards, completed by V.

    Formula: G_t^(n) = sum_{k<m} gamma^k r_{t+k} + gamma^m (1 - terminated_{t+m-1}) V(s_{t+m}),
    m the smaller of n and the number of steps to the end of the episode or of the rows.
    By recursion: G^(1)_t = r_t + gamma (1 - terminated_t) V(s_{t+1}), and
    G^(n)_t = r_t + gamma G^(n-1)_{t+1} where the step ends nothing, else G^(1)_t.

    Args:
        rewards: [T, N] or [B].
        next_values: V of the true successor, also at an end; of the same shape.
        terminated: true where the transition ended the episode for good.
        truncated: true where it was cut off.
        gamma: discount in [0, 1].
        n: number of rewards, at least 1; more than there are gives `bootstrapped_returns`.

    Returns:
        G^(n), of the same shape, differentiable in rewards and next values. The work grows
        with n.

    Raises:
        InvalidArgument: where the shapes differ, gamma is out of range or n is below 1.

    Source: Sutton and Barto (2nd ed., 2018), eq. 7.1; truncation as Pardo et al. (2018), eq. 6.
    """
    require_steps(
        rewards=rewards, next_values=next_values, terminated=terminated, truncated=truncated
    )
    require_within("gamma", gamma, 0.0, 1.0)
    if n < 1:
        raise InvalidArgument.of("n", n, "a return holds at least one reward", "n >= 1")
    over = as_bool(terminated)
    ends = (over | as_bool(truncated)).clone()
    ends[-1:] = True
    one_step = rewards + gamma * torch.where(over, torch.zeros_like(next_values), next_values)
    returns = one_step
    for _ in range(min(n, rewards.shape[0]) - 1):
        # The last row is an end, so whatever the roll brings round to it is not used.
        returns = torch.where(ends, one_step, rewards + gamma * returns.roll(-1, 0))
    return returns

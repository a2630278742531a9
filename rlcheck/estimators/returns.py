"""Monte Carlo returns: the whole episode's, and the reward-to-go, discounted and with gamma^t.

Time is the first dimension. An episode ends where `terminated` or `truncated` is set and at the
last row; nothing crosses such a boundary. None of these bootstraps, except `bootstrapped_returns`.
"""

import torch
from torch import Tensor

from rlcheck.estimators._shapes import (
    Flags,
    Steps,
    as_bool,
    either,
    only_valid,
    require_steps,
    require_within,
)
from rlcheck.estimators.scan import forward_scan, reverse_scan


def steps_since_start(like: Steps, terminated: Flags | None, truncated: Flags | None) -> Tensor:
    """The time since the episode began, recovered from the boundary flags.

    Formula: t_0 = 0; t_{i+1} = 0 where step i ended an episode, else t_i + 1. The first row is
    taken for an episode's first step.

    Args:
        like: an array of the shape wanted, [T, N] or [B]; its values are not used.
        terminated: true where the transition ended the episode for good.
        truncated: true where it was cut off.

    Returns:
        int64, of the shape of `like`.

    Raises:
        InvalidArgument: where the shapes differ.

    Source: bookkeeping, no paper.
    """
    require_steps(like=like, terminated=terminated, truncated=truncated)
    row = torch.arange(like.shape[0], device=like.device)
    rows = row.reshape(-1, *[1] * (like.ndim - 1)).expand(like.shape)
    ends = either(terminated, truncated)
    if ends is None or like.shape[0] == 0:
        return rows.clone()
    starts = torch.cat([torch.zeros_like(ends[:1]), ends[:-1]])
    first_row = torch.where(starts, rows, torch.zeros_like(rows)).cummax(dim=0).values
    return rows - first_row


def discount_weights(
    like: Steps, gamma: float, terminated: Flags | None = None, truncated: Flags | None = None
) -> Tensor:
    """gamma^t with t the time since the episode began, in the dtype of `like`.

    Args:
        like: an array of the shape and dtype wanted, [T, N] or [B]; its values are not used.
        gamma: discount in [0, 1]; 0^0 = 1.
        terminated: true where the transition ended the episode for good.
        truncated: true where it was cut off.

    Raises:
        InvalidArgument: where the shapes differ or gamma is out of range.

    Source: Sutton and Barto, "Reinforcement Learning" (2nd ed., 2018), the algorithm box of
        REINFORCE, section 13.3; the weight that most implementations drop.
    """
    require_within("gamma", gamma, 0.0, 1.0)
    steps = steps_since_start(like, terminated, truncated)
    return torch.pow(gamma, steps.to(like.dtype))


def reward_to_go(
    rewards: Steps,
    gamma: float,
    terminated: Flags | None = None,
    truncated: Flags | None = None,
    mask: Flags | None = None,
) -> Tensor:
    """The discounted reward from each step to the end of its episode.

    Formula: G_t = sum_{t' >= t} gamma^{t'-t} r_t', up to the end of the episode or of the rows.

    Args:
        rewards: [T, N] or [B].
        gamma: discount in [0, 1].
        terminated: true where the transition ended the episode for good.
        truncated: true where it was cut off; the sum ends there too, without a bootstrap.
        mask: true where the slot holds a real transition; rewards elsewhere count as zero.

    Returns:
        G, of the shape of `rewards`.

    Raises:
        InvalidArgument: where the shapes differ or gamma is out of range.

    Source: Sutton and Barto (2nd ed., 2018), eq. 3.8 (episodic) and 3.9.
    """
    require_steps(rewards=rewards, terminated=terminated, truncated=truncated, mask=mask)
    require_within("gamma", gamma, 0.0, 1.0)
    ends = either(terminated, truncated)
    discount = torch.full_like(rewards, gamma)
    if ends is not None:
        discount = discount.masked_fill(ends, 0.0)
    return reverse_scan(discount, only_valid(rewards, mask))


def discounted_reward_to_go(
    rewards: Steps,
    gamma: float,
    terminated: Flags | None = None,
    truncated: Flags | None = None,
    mask: Flags | None = None,
) -> Tensor:
    """The reward-to-go as J sees it: counted from the episode's first step.

    Formula: gamma^t G_t = sum_{t' >= t} gamma^{t'} r_t', t since the episode began.

    Args and errors: as `reward_to_go`.

    Source: Sutton and Barto (2nd ed., 2018), section 13.3, the factor gamma^t of the update.
    """
    weights = discount_weights(rewards, gamma, terminated, truncated)
    return weights * reward_to_go(rewards, gamma, terminated, truncated, mask)


def full_return(
    rewards: Steps,
    gamma: float,
    terminated: Flags | None = None,
    truncated: Flags | None = None,
    mask: Flags | None = None,
) -> Tensor:
    """The whole episode's discounted return, the same number at each of its steps.

    Formula: R = sum_t gamma^t r_t over the episode that the step belongs to.

    Args and errors: as `reward_to_go`.

    Returns:
        R, of the shape of `rewards`.

    Source: Williams, "Simple statistical gradient-following algorithms" (1992), section 5
        (episodic REINFORCE), there undiscounted and for one reward at the end.
    """
    weights = discount_weights(rewards, gamma, terminated, truncated)
    to_go = weights * reward_to_go(rewards, gamma, terminated, truncated, mask)
    ends = either(terminated, truncated)
    # The first row of an episode holds R; carry it forward to the others: x_t = x_{t-1} inside.
    starts = torch.zeros_like(to_go, dtype=torch.bool)
    starts[:1] = True
    if ends is not None:
        starts[1:] = ends[:-1]
    carry = (~starts).to(to_go.dtype)
    return forward_scan(carry, torch.where(starts, to_go, torch.zeros_like(to_go)))


def bootstrapped_returns(
    rewards: Steps,
    next_values: Steps,
    terminated: Flags,
    truncated: Flags,
    gamma: float,
) -> Tensor:
    """The discounted reward-to-go, completed by V where the rollout is cut off.

    Formula: G_t = r_t + gamma * (0 where terminated; V(s_{t+1}) where truncated or in the last
    row; G_{t+1} elsewhere).

    Args:
        rewards: [T, N] or [B].
        next_values: V of the true successor, also at an end; of the same shape.
        terminated: true where the transition ended the episode for good. Wins over `truncated`.
        truncated: true where it was cut off.
        gamma: discount in [0, 1].

    Returns:
        G, of the shape of `rewards`, differentiable in rewards and next values.

    Raises:
        InvalidArgument: where the shapes differ or gamma is out of range.

    Source: Mnih et al., "Asynchronous methods for deep reinforcement learning" (2016),
        Algorithm S3 (R from the bootstrap backwards); truncation as Pardo et al., "Time limits
        in reinforcement learning" (2018), eq. 6.
    """
    require_steps(
        rewards=rewards, next_values=next_values, terminated=terminated, truncated=truncated
    )
    require_within("gamma", gamma, 0.0, 1.0)
    over, cut = as_bool(terminated), as_bool(truncated).clone()
    cut[-1:] = True
    bootstrap = torch.where(cut & ~over, next_values, torch.zeros_like(next_values))
    discount = torch.full_like(rewards, gamma).masked_fill(over | cut, 0.0)
    return reverse_scan(discount, rewards + gamma * bootstrap)

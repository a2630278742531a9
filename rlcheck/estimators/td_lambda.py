"""The lambda-return, TD(lambda)'s target: all n-step returns at once."""

import torch
from torch import Tensor

from rlcheck.estimators._shapes import Flags, Steps, as_bool, require_steps, require_within
from rlcheck.estimators.scan import reverse_scan


def td_lambda_returns(
    rewards: Steps,
    next_values: Steps,
    terminated: Flags,
    truncated: Flags,
    gamma: float,
    trace_lambda: float,
) -> Tensor:
    """The exponentially weighted mean of the n-step returns.

    Formula: G_t = (1 - lambda) sum_{n<m} lambda^{n-1} G_t^(n) + lambda^{m-1} G_t^(m), m steps
    being left in the episode or the rows. By recursion, where the step ends nothing,
    G_t = r_t + gamma [(1 - lambda) V(s_{t+1}) + lambda G_{t+1}], and at an end
    G_t = r_t + gamma (1 - terminated_t) V(s_{t+1}).
    Where V(s_{t+1}) is the next step's V(s), this is `gae(...) + values`.

    Args:
        rewards: [T, N] or [B].
        next_values: V of the true successor, also at an end; of the same shape.
        terminated: true where the transition ended the episode for good.
        truncated: true where it was cut off.
        gamma: discount in [0, 1].
        trace_lambda: lambda in [0, 1]; 0 gives the one-step return, 1 `bootstrapped_returns`.

    Returns:
        G, of the same shape, differentiable in rewards and next values.

    Raises:
        InvalidArgument: where the shapes differ or a setting is out of range.

    Source: Sutton and Barto (2nd ed., 2018), eq. 12.3 and, as a recursion, 12.18.
    """
    require_steps(
        rewards=rewards, next_values=next_values, terminated=terminated, truncated=truncated
    )
    require_within("gamma", gamma, 0.0, 1.0)
    require_within("trace_lambda", trace_lambda, 0.0, 1.0)
    over = as_bool(terminated)
    ends = (over | as_bool(truncated)).clone()
    ends[-1:] = True
    bootstrap = torch.where(over, torch.zeros_like(next_values), next_values)
    weight = torch.where(ends, 1.0, 1.0 - trace_lambda).to(rewards.dtype)
    decay = torch.full_like(rewards, gamma * trace_lambda).masked_fill(ends, 0.0)
    return reverse_scan(decay.detach(), rewards + gamma * weight * bootstrap)

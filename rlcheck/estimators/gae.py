"""Generalised advantage estimation."""

from torch import Tensor

from rlcheck.estimators._shapes import Flags, Steps, either, require_steps, require_within
from rlcheck.estimators.scan import reverse_scan
from rlcheck.estimators.td_errors import td_errors


def gae(
    rewards: Steps,
    values: Steps,
    next_values: Steps,
    terminated: Flags,
    truncated: Flags,
    gamma: float,
    gae_lambda: float,
) -> Tensor:
    """Generalised advantage estimates; termination and truncation are kept apart."""
    require_steps(
        rewards=rewards,
        values=values,
        next_values=next_values,
        terminated=terminated,
        truncated=truncated,
    )
    require_within("gamma", gamma, 0.0, 1.0)
    require_within("gae_lambda", gae_lambda, 0.0, 1.0)
    delta = td_errors(rewards, values, next_values, terminated, gamma)
    ends = either(terminated, truncated)
    assert ends is not None
    decay = delta.new_full(delta.shape, gamma * gae_lambda).masked_fill(ends, 0.0)
    return reverse_scan(decay, delta)

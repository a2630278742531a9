"""Stage `error`: the one-step error of a critic."""

import torch
from torch import Tensor

from rlcheck.variants.variant import Stage, fault, right
from rlcheck.variants.workspace import Workspace


def _error(x: Workspace, bootstrap: Tensor) -> Tensor:
    return (x.rewards + x.gamma * bootstrap - x.values) * x.mask


def _right(x: Workspace) -> Tensor:
    return _error(x, (1 - x.terminated) * x.next_values)


def _truncation_as_termination(x: Workspace) -> Tensor:
    return _error(x, (1 - x.dones) * x.next_values)


def _termination_bootstraps(x: Workspace) -> Tensor:
    return _error(x, x.next_values)


def _own_value(x: Workspace) -> Tensor:
    return _error(
        x, (1 - x.terminated) * ((1 - x.truncated) * x.next_values + x.truncated * x.values)
    )


def _next_row(x: Workspace) -> Tensor:
    shifted = torch.cat([x.values[1:], x.next_values[-1:]])
    return _error(x, (1 - x.terminated) * shifted)


def _no_value(x: Workspace) -> Tensor:
    return (x.rewards + x.gamma * (1 - x.terminated) * x.next_values) * x.mask


def _no_bootstrap(x: Workspace) -> Tensor:
    return (x.rewards - x.values) * x.mask


def _no_gamma(x: Workspace) -> Tensor:
    return (x.rewards + (1 - x.terminated) * x.next_values - x.values) * x.mask


def _negated(x: Workspace) -> Tensor:
    return (x.values - x.rewards - x.gamma * (1 - x.terminated) * x.next_values) * x.mask


def _no_value_at_end(x: Workspace) -> Tensor:
    return (x.rewards + (1 - x.terminated) * (x.gamma * x.next_values - x.values)) * x.mask


def _reward_late(x: Workspace) -> Tensor:
    rewards = torch.cat([torch.zeros_like(x.rewards[:1]), x.rewards[:-1]])
    return (rewards + x.gamma * (1 - x.terminated) * x.next_values - x.values) * x.mask


TD_ERROR = Stage(
    id="error",
    right=right("r + gamma V(s') - V(s), without V(s') where the step terminated", _right),
    others=(
        fault(
            "truncation-as-termination",
            "a truncated step bootstraps with zero",
            _truncation_as_termination,
            "vwxyzjn/cleanrl#457",
        ),
        fault("termination-bootstraps", "a terminated step bootstraps", _termination_bootstraps),
        fault(
            "own-value-at-truncation",
            "a truncated step bootstraps with V(s_t)",
            _own_value,
            "leggedrobotics/rsl_rl#151",
        ),
        fault("value-of-next-row", "the next row's value, also across a reset", _next_row),
        fault("value-not-subtracted", "V(s) is not subtracted", _no_value),
        fault("never-bootstraps", "V(s') is left out", _no_bootstrap, "natolambert/rlhf-book#216"),
        fault("bootstrap-undiscounted", "V(s') enters without gamma", _no_gamma),
        fault("error-negated", "the error has the wrong sign", _negated),
        fault(
            "no-value-at-end",
            "V(s) is not subtracted where the episode terminated",
            _no_value_at_end,
            "AI4Finance-Foundation/ElegantRL#57",
        ),
        fault("reward-late", "the reward of the step before", _reward_late, "openai/spinningup#50"),
    ),
)
"""How a step's reward and two values become its error."""

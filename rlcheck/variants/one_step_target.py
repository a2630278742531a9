"""Stages of a one-step target: what the successor is worth (of V), and the target made of it."""

import torch
from torch import Tensor

from rlcheck.variants.variant import Stage, fault, right
from rlcheck.variants.workspace import Workspace


def _next_value(x: Workspace) -> Tensor:
    return x.next_values


def _own_value(x: Workspace) -> Tensor:
    return x.values


def _own_value_at_truncation(x: Workspace) -> Tensor:
    return torch.where(x.truncated > 0, x.values, x.next_values)


def _value_of_next_row(x: Workspace) -> Tensor:
    return torch.cat([x.values[1:], x.next_values[-1:]])


SUCCESSOR = Stage(
    id="successor",
    right=right("V of the true successor", _next_value),
    others=(
        fault("own-value", "V of the state itself", _own_value),
        fault(
            "own-value-at-truncation",
            "V of the state itself, where a step was truncated",
            _own_value_at_truncation,
            "leggedrobotics/rsl_rl#151",
        ),
        fault(
            "value-of-next-row",
            "the next row's value, also where that row is a reset",
            _value_of_next_row,
            "pytorch/rl#4209",
        ),
    ),
)
"""The value of what follows a step."""


def _target(x: Workspace, successor: Tensor) -> Tensor:
    return x.rewards + x.gamma * (1 - x.terminated) * successor


def _truncation_as_termination(x: Workspace, successor: Tensor) -> Tensor:
    return x.rewards + x.gamma * (1 - x.dones) * successor


def _termination_bootstraps(x: Workspace, successor: Tensor) -> Tensor:
    return x.rewards + x.gamma * successor


def _undiscounted(x: Workspace, successor: Tensor) -> Tensor:
    return x.rewards + (1 - x.terminated) * successor


def _discounted_twice(x: Workspace, successor: Tensor) -> Tensor:
    return x.rewards + x.gamma**2 * (1 - x.terminated) * successor


def _reward_discounted(x: Workspace, successor: Tensor) -> Tensor:
    return x.gamma * (x.rewards + (1 - x.terminated) * successor)


def _discounted_by_time(x: Workspace, successor: Tensor) -> Tensor:
    return x.rewards + x.gamma ** (x.steps + 1) * (1 - x.terminated) * successor


def _never_bootstraps(x: Workspace, successor: Tensor) -> Tensor:
    # Times zero: a network that was asked keeps its place in the graph.
    return x.rewards + 0.0 * successor


def _reward_left_out(x: Workspace, successor: Tensor) -> Tensor:
    return x.gamma * (1 - x.terminated) * successor


def _reward_lost_at_end(x: Workspace, successor: Tensor) -> Tensor:
    return (1 - x.terminated) * (x.rewards + x.gamma * successor)


def _reward_late(x: Workspace, successor: Tensor) -> Tensor:
    late = torch.cat([torch.zeros_like(x.rewards[:1]), x.rewards[:-1]])
    return late + x.gamma * (1 - x.terminated) * successor


def _flags_early(x: Workspace, successor: Tensor) -> Tensor:
    early = torch.cat([torch.zeros_like(x.terminated[:1]), x.terminated[:-1]])
    return x.rewards + x.gamma * (1 - early) * successor


ONE_STEP_TARGET = Stage(
    id="target",
    right=right("r + gamma times the successor's value, which is zero where terminated", _target),
    others=(
        fault(
            "truncation-as-termination",
            "a truncated step bootstraps with zero",
            _truncation_as_termination,
            "Curt-Park/rainbow-is-all-you-need#70",
            "vwxyzjn/cleanrl#457",
        ),
        fault("termination-bootstraps", "a terminated step bootstraps", _termination_bootstraps),
        fault(
            "bootstrap-undiscounted", "the successor's value enters without gamma", _undiscounted
        ),
        fault("bootstrap-discounted-twice", "the successor's value by gamma^2", _discounted_twice),
        fault("reward-discounted", "gamma stands before the reward as well", _reward_discounted),
        fault(
            "bootstrap-discounted-by-time",
            "the successor's value by gamma^(t+1), not by gamma",
            _discounted_by_time,
        ),
        fault(
            "never-bootstraps",
            "the successor's value is left out",
            _never_bootstraps,
            "natolambert/rlhf-book#216",
        ),
        fault("reward-left-out", "the reward is left out", _reward_left_out),
        fault(
            "reward-lost-at-end", "the reward of a terminating step is lost", _reward_lost_at_end
        ),
        fault("reward-late", "the reward of the step before", _reward_late, "openai/spinningup#50"),
        fault("flags-read-early", "step t is cut by the flag of step t-1", _flags_early),
    ),
)
"""A reward, and what the successor is worth."""

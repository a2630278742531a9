"""Stage `bootstrap`: value targets by reward-to-go, bootstrapped where the data end."""

import torch
from torch import Tensor

from rlcheck.variants.variant import Stage, fault, right
from rlcheck.variants.workspace import Workspace


def _ends_of_data(x: Workspace) -> Tensor:
    last = torch.zeros_like(x.mask)
    last[-1] = 1.0
    return last


def _returns(x: Workspace, boundary: Tensor, bootstrap: Tensor) -> Tensor:
    """G_t = r_t + gamma (bootstrap_t where the data end, else G_{t+1} unless a boundary)."""
    cut = torch.maximum(boundary, _ends_of_data(x))
    start = (x.rewards + x.gamma * cut * bootstrap) * x.mask
    return x.backwards(start, x.gamma * (1 - cut) * x.mask)


def _right(x: Workspace) -> Tensor:
    return _returns(x, x.dones, (1 - x.terminated) * x.next_values)


def _truncation_as_termination(x: Workspace) -> Tensor:
    return _returns(x, x.dones, (1 - x.dones) * x.next_values)


def _leak(x: Workspace) -> Tensor:
    return _returns(x, torch.zeros_like(x.dones), (1 - x.terminated) * x.next_values)


def _truncation_leaks(x: Workspace) -> Tensor:
    return _returns(x, x.terminated, (1 - x.terminated) * x.next_values)


def _no_bootstrap(x: Workspace) -> Tensor:
    return _returns(x, x.dones, torch.zeros_like(x.values))


def _own_value(x: Workspace) -> Tensor:
    bootstrap = torch.where(x.truncated > 0, x.values, x.next_values)
    return _returns(x, x.dones, (1 - x.terminated) * bootstrap)


def _termination_bootstraps(x: Workspace) -> Tensor:
    return _returns(x, x.dones, x.next_values)


def _undiscounted(x: Workspace) -> Tensor:
    cut = torch.maximum(x.dones, _ends_of_data(x))
    start = (x.rewards + cut * (1 - x.terminated) * x.next_values) * x.mask
    return x.backwards(start, (1 - cut) * x.mask)


def _bootstrap_undiscounted(x: Workspace) -> Tensor:
    cut = torch.maximum(x.dones, _ends_of_data(x))
    start = (x.rewards + cut * (1 - x.terminated) * x.next_values) * x.mask
    return x.backwards(start, x.gamma * (1 - cut) * x.mask)


def _own_reward_dropped(x: Workspace) -> Tensor:
    return _right(x) - x.rewards * x.mask


def _one_step(x: Workspace) -> Tensor:
    return (x.rewards + x.gamma * (1 - x.terminated) * x.next_values) * x.mask


def _minus_value(x: Workspace) -> Tensor:
    return (_right(x) - x.values) * x.mask


def _flags_early(x: Workspace) -> Tensor:
    early = torch.cat([torch.zeros_like(x.dones[:1]), x.dones[:-1]])
    return _returns(x, early, (1 - early) * x.next_values)


def _flags_late(x: Workspace) -> Tensor:
    late = torch.cat([x.dones[1:], torch.zeros_like(x.dones[:1])])
    return _returns(x, late, (1 - late) * x.next_values)


def _last_reward_lost(x: Workspace) -> Tensor:
    cut = torch.maximum(x.dones, _ends_of_data(x))
    kept = x.rewards * (1 - x.last_row)
    start = (kept + x.gamma * cut * (1 - x.terminated) * x.next_values) * x.mask
    return x.backwards(start, x.gamma * (1 - cut) * x.mask)


BOOTSTRAP = Stage(
    id="bootstrap",
    right=right("reward-to-go; V(s') at a truncation and after the last row", _right),
    others=(
        fault(
            "truncation-as-termination",
            "a truncated step bootstraps with zero",
            _truncation_as_termination,
            "vwxyzjn/cleanrl#198",
        ),
        fault("returns-leak", "returns run on across every end", _leak, "PaddlePaddle/PARL#47"),
        fault("truncation-not-a-boundary", "returns run on across a truncation", _truncation_leaks),
        fault("never-bootstraps", "the data's end counts as the end of the world", _no_bootstrap),
        fault(
            "own-value-at-truncation", "bootstraps with V(s_t)", _own_value, "Denys88/rl_games#128"
        ),
        fault("termination-bootstraps", "a terminated step bootstraps", _termination_bootstraps),
        fault("returns-undiscounted", "rewards are summed without gamma", _undiscounted),
        fault("bootstrap-undiscounted", "V(s') enters without gamma", _bootstrap_undiscounted),
        fault("own-reward-dropped", "starts one step late", _own_reward_dropped),
        fault("one-step", "only one reward is used", _one_step),
        fault("advantages-for-returns", "V(s_t) is subtracted", _minus_value),
        fault("flags-read-early", "step t is cut by the flag of step t-1", _flags_early),
        fault("flags-read-late", "step t is cut by the flag of step t+1", _flags_late),
        fault("last-reward-lost", "the last reward is dropped", _last_reward_lost),
    ),
)
"""What stands for the rewards after a segment's end."""

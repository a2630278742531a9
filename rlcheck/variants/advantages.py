"""Stage `advantages`: generalised advantage estimation, as written and as miswritten."""

import torch
from torch import Tensor

from rlcheck.variants.variant import Stage, fault, right
from rlcheck.variants.workspace import Workspace


def _delta(x: Workspace, bootstrap: Tensor) -> Tensor:
    return (x.rewards + x.gamma * bootstrap - x.values) * x.mask


def _carry(x: Workspace, ends: Tensor) -> Tensor:
    return x.gamma * x.gae_lambda * (1 - ends) * x.mask


def _gae(x: Workspace) -> Tensor:
    return x.backwards(_delta(x, (1 - x.terminated) * x.next_values), _carry(x, x.dones))


def _truncation_as_termination(x: Workspace) -> Tensor:
    return x.backwards(_delta(x, (1 - x.dones) * x.next_values), _carry(x, x.dones))


def _truncation_leaks(x: Workspace) -> Tensor:
    bootstrap = (1 - x.terminated) * x.next_values
    return x.backwards(_delta(x, bootstrap), _carry(x, x.terminated))


def _all_leak(x: Workspace) -> Tensor:
    bootstrap = (1 - x.terminated) * x.next_values
    return x.backwards(_delta(x, bootstrap), _carry(x, torch.zeros_like(x.dones)))


def _flags_late(x: Workspace) -> Tensor:
    # n_t = 1 - d_{t+1}, read from an array that means d_t; the last row has its own flag.
    late = torch.cat([x.dones[1:], x.dones[-1:]])
    following = torch.cat([x.values[1:], x.next_values[-1:]])
    return x.backwards(_delta(x, (1 - late) * following), _carry(x, late))


def _flags_early(x: Workspace) -> Tensor:
    early = torch.cat([torch.zeros_like(x.dones[:1]), x.dones[:-1]])
    return x.backwards(_delta(x, (1 - early) * x.next_values), _carry(x, early))


def _own_value_at_truncation(x: Workspace) -> Tensor:
    bootstrap = (1 - x.terminated) * (x.truncated * x.values + (1 - x.truncated) * x.next_values)
    return x.backwards(_delta(x, bootstrap), _carry(x, x.dones))


def _termination_bootstraps(x: Workspace) -> Tensor:
    return x.backwards(_delta(x, x.next_values), _carry(x, x.dones))


def _next_row_value(x: Workspace) -> Tensor:
    shifted = torch.cat([x.values[1:], x.next_values[-1:]])
    return x.backwards(_delta(x, (1 - x.terminated) * shifted), _carry(x, x.dones))


def _lambda_missing(x: Workspace) -> Tensor:
    carry = x.gamma * (1 - x.dones) * x.mask
    return x.backwards(_delta(x, (1 - x.terminated) * x.next_values), carry)


def _one_step(x: Workspace) -> Tensor:
    return _delta(x, (1 - x.terminated) * x.next_values)


def _gamma_missing(x: Workspace) -> Tensor:
    carry = x.gae_lambda * (1 - x.dones) * x.mask
    return x.backwards(_delta(x, (1 - x.terminated) * x.next_values), carry)


def _reward_late(x: Workspace) -> Tensor:
    rewards = torch.cat([torch.zeros_like(x.rewards[:1]), x.rewards[:-1]])
    delta = (rewards + x.gamma * (1 - x.terminated) * x.next_values - x.values) * x.mask
    return x.backwards(delta, _carry(x, x.dones))


def _last_zero(x: Workspace) -> Tensor:
    return _gae(x) * (1 - x.last_row)


def _last_not_bootstrapped(x: Workspace) -> Tensor:
    bootstrap = (1 - x.terminated) * x.next_values * (1 - x.last_row)
    return x.backwards(_delta(x, bootstrap), _carry(x, x.dones))


def _no_value_at_end(x: Workspace) -> Tensor:
    delta = x.rewards + (1 - x.terminated) * (x.gamma * x.next_values - x.values)
    return x.backwards(delta * x.mask, _carry(x, x.dones))


def _value_not_subtracted(x: Workspace) -> Tensor:
    return _gae(x) + x.values * x.mask


ADVANTAGES = Stage(
    id="advantages",
    right=right("GAE: bootstraps at truncation, not at termination; cut at both", _gae),
    others=(
        fault(
            "truncation-as-termination",
            "a truncated step bootstraps with zero, as if the episode had terminated",
            _truncation_as_termination,
            "vwxyzjn/cleanrl#198",
            "vwxyzjn/cleanrl#457",
        ),
        fault(
            "truncation-not-a-boundary",
            "the recursion runs on across a truncation",
            _truncation_leaks,
            "Toni-SM/skrl#224",
        ),
        fault(
            "gae-leaks",
            "the recursion runs on across every end",
            _all_leak,
            "PaddlePaddle/PARL#47",
        ),
        fault(
            "flags-read-late",
            "step t is cut by the flag of step t+1",
            _flags_late,
            "hill-a/stable-baselines#385",
            "DLR-RM/stable-baselines3#105",
        ),
        fault("flags-read-early", "step t is cut by the flag of step t-1", _flags_early),
        fault(
            "own-value-at-truncation",
            "a truncated step bootstraps with V(s_t) in place of V(s_{t+1})",
            _own_value_at_truncation,
            "Denys88/rl_games#128",
            "leggedrobotics/rsl_rl#151",
        ),
        fault("termination-bootstraps", "a terminated step bootstraps", _termination_bootstraps),
        fault(
            "value-of-next-row",
            "the next row's value stands for the successor's, also where the row is a reset",
            _next_row_value,
            "pytorch/rl#4209",
        ),
        fault("lambda-missing", "the recursion discounts by gamma alone", _lambda_missing),
        fault("one-step", "only the one-step error is kept", _one_step),
        fault("gamma-missing", "the recursion discounts by lambda alone", _gamma_missing),
        fault(
            "reward-late",
            "the reward of the step before is used",
            _reward_late,
            "openai/spinningup#50",
            "openai/spinningup#126",
        ),
        fault(
            "last-advantage-zero",
            "the last advantage of every rollout is zero",
            _last_zero,
            "PufferAI/PufferLib#445",
        ),
        fault(
            "last-row-not-bootstrapped",
            "the last row never bootstraps",
            _last_not_bootstrapped,
        ),
        fault(
            "no-value-at-end",
            "V(s_t) is not subtracted where the episode terminated",
            _no_value_at_end,
            "AI4Finance-Foundation/ElegantRL#57",
        ),
        fault("returns-for-advantages", "V(s_t) is never subtracted", _value_not_subtracted),
    ),
)
"""How rewards and values become advantages."""

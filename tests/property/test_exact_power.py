"""Each check of `exact_checks` fails on planted faults: what it passes has been looked at.

On the same seeds the checks pass without a fault: `test_exact_routes.py` runs them.
"""

import dataclasses
from importlib import import_module

import pytest
import torch

from rlcheck import exact
from rlcheck.exact import enumeration, fisher, policy, values
from tests.property import exact_checks

SEEDS = range(24)

# Two modules carry the name of their function, which hides them from `from ... import`.
objective = import_module("rlcheck.exact.objective")
occupancy = import_module("rlcheck.exact.occupancy")


def _fails(check) -> bool:
    for seed in SEEDS:
        try:
            check(seed)
        except AssertionError:
            return True
    return False


def _undiscounted_world(function):
    def faulty(world, *arguments, **options):
        return function(dataclasses.replace(world, gamma=world.gamma * 0.9), *arguments, **options)

    return faulty


def _slightly(function, by=1e-9):
    """A relative error far below what a plot would show, in one entry of the result."""

    def faulty(*arguments, **options):
        result = function(*arguments, **options).clone()
        flat = result.view(-1)
        worst = int(flat.detach().abs().argmax())
        factor = torch.ones_like(flat)
        factor[worst] += by
        return result * factor.view_as(result)

    return faulty


def _shifted_recursion(kernel, rewards, gamma, horizon):
    return BACKWARDS(kernel, rewards, gamma, horizon).roll(1, 0)


def _one_step_short(kernel, rewards, gamma, horizon):
    found = BACKWARDS(kernel, rewards, gamma, horizon)
    return torch.cat([found[1:], torch.zeros_like(found[:1])])


def _reward_of_the_action_alone(world):
    return world.rewards.mean(-1) * ~world.terminal[:, None]


def _everything_is_live(world):
    return world.transitions


def _no_exit(world):
    return torch.zeros_like(world.transitions[..., 0])


def _limit_ignored(world, *arguments, **options):
    return SLOT_LAW(dataclasses.replace(world, time_limit=None), *arguments, **options)


def _resets_ignored(world, pi, length=None, segments=False):
    return SLOT_LAW(world, pi, length, False) if segments else SLOT_LAW(world, pi, length)


def _time_limit_ends_j(world):
    limits = [n for n in (world.horizon, world.time_limit) if n is not None]
    return dataclasses.replace(world, horizon=min(limits, default=None))


def _limited(function):
    def faulty(world, *arguments, **options):
        return function(_time_limit_ends_j(world), *arguments, **options)

    return faulty


def _detached_ratio(scalar, parameters, create_graph=False):
    found = GRADIENT(scalar, parameters, create_graph)
    first = next(iter(found))
    return found | {first: found[first] * (1 + 1e-6)}


def _late_reset(*arguments, **options):
    level = FOLLOW(*arguments, **options)
    return dataclasses.replace(level, steps=level.steps + level.started.long())


def _gaussian_fisher(world, policy, weights=None):
    return 2 * FISHER(world, policy, weights)


BACKWARDS = values._backwards
SLOT_LAW = occupancy.slot_law
GRADIENT = policy.gradient_by_parameters
FOLLOW = enumeration._follow
FISHER = fisher.fisher_matrix

FAULTS = [
    ("values a step late", values, "_backwards", _shifted_recursion, "values"),
    ("values of one step less", values, "_backwards", _one_step_short, "values"),
    ("R averaged evenly", values, "expected_rewards", _reward_of_the_action_alone, "values"),
    ("gamma off", exact, "state_values", _undiscounted_world(values.state_values), "values"),
    ("V off by 1e-9", exact, "state_values", _slightly(values.state_values), "values"),
    ("Q off by 1e-9", exact, "action_values", _slightly(values.action_values), "values"),
    ("A off by 1e-9", exact, "advantages", _slightly(values.advantages), "values"),
    ("a limit ends V", exact, "state_values", _limited(values.state_values), "values"),
    ("J off by 1e-9", exact, "objective", _slightly(objective.objective), "objective"),
    ("a limit ends J", exact, "objective", _limited(objective.objective), "objective"),
    ("d off by 1e-9", exact, "occupancy", _slightly(occupancy.occupancy), "occupancy"),
    ("terminal states counted", occupancy, "live_kernel", _everything_is_live, "occupancy"),
    ("terminal states in the law", occupancy, "live_kernel", _everything_is_live, "state_law"),
    ("law off by 1e-9", exact, "state_law", _slightly(occupancy.state_law), "state_law"),
    ("ends never restart", occupancy, "exit_probability", _no_exit, "slot_law"),
    ("resets left out", exact, "slot_law", _resets_ignored, "slot_law"),
    ("time limit left out", exact, "slot_law", _limit_ignored, "slot_law"),
    ("steps not set back", enumeration, "_follow", _late_reset, "slot_law"),
    ("gradient off by 1e-6", objective, "gradient_by_parameters", _detached_ratio, "gradient"),
    (
        "gradient off by 1e-6, differences",
        objective,
        "gradient_by_parameters",
        _detached_ratio,
        "gradient_by_differences",
    ),
    (
        "Hessian off by 1e-6",
        exact,
        "objective_hessian",
        _slightly(objective.objective_hessian, 1e-6),
        "hessian",
    ),
    ("Fisher doubled", exact, "fisher_matrix", _gaussian_fisher, "fisher"),
    ("Fisher off by 1e-9", exact, "fisher_matrix", _slightly(fisher.fisher_matrix), "fisher"),
]


@pytest.mark.parametrize(
    ("where", "name", "fault", "check"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS]
)
def test_a_planted_fault_is_caught(monkeypatch, where, name, fault, check):
    check = getattr(exact_checks, f"check_{check}")
    monkeypatch.setattr(where, name, fault)
    assert _fails(check)

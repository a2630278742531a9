"""What a failing report shows of a continuous case."""

from typing import Any

from torch import Tensor

from rlcheck.judges.continuous_case import ContinuousCase


def describe_gaussian_world(case: ContinuousCase) -> dict[str, Any]:
    """The world as plain values: s' = A s + B a + c + L e, r = z M z + l z + k with z = (s, a)."""
    world = case.world
    return {
        "name": world.name,
        "form": case.form,
        "gamma": world.gamma,
        "horizon": world.horizon,
        "time limit": world.time_limit,
        "segment length": case.length,
        "last component of the state": "the step, counted from 0" if world.clock else "a state",
        "settings": dict(case.settings),
        "initial points": _plain(world.initial_points),
        "dynamics A": _plain(world.dynamics),
        "control B": _plain(world.control),
        "drift c": _plain(world.drift),
        "noise L": _plain(world.noise),
        "reward M": _plain(world.reward_quadratic),
        "reward l": _plain(world.reward_linear),
        "reward k": world.reward_constant,
        **case.described_policies(),
    }


def place_in_array(case: ContinuousCase, entry: int, valid_entries: int) -> str | None:
    """[row, column] of an entry of a sampled array, if that is what is compared."""
    mask = case.sampled.rollout.mask
    if valid_entries != int(mask.sum()):
        return None
    row, column = mask.nonzero()[entry].tolist()
    return f"[{row}, {column}]"


def _plain(values: Tensor) -> Any:
    return values.tolist()

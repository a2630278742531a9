"""Values fitted to a batch of episodes, by Monte Carlo regression and by temporal differences."""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from rlcheck import exact
from rlcheck.estimators import reward_to_go
from rlcheck.site.plot import Axis, Curve, Plot, Rule, Scale, Stroke, figure
from rlcheck.worlds import Rollout, sample_episodes
from rlcheck.worlds.gallery import vacuum_corridor

RIGHT = (1.0, 0.8, 0.5, 0.8, 0.2)
"""The probability of going right in each cell: the same in cells 1 and 3, which look the same."""

SIZES = (4, 16, 64, 256, 1024)
REPETITIONS = 40
CELLS, LOOKS = (0, 1, 2, 3, 4), (0, 1, 3, 1, 2)
"""What a table of values is indexed by: the cell itself, or what the cleaner sees."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Steps:
    """The steps of a batch, one row each.

    Attributes:
        keys: the entry of the table for s_t, [M].
        next_keys: for s_{t+1}, [M].
        rewards: [M].
        goes_on: whether the step ended nothing, [M].
        returns: the rewards to go, [M].
    """

    keys: Int[Tensor, " M"]
    next_keys: Int[Tensor, " M"]
    rewards: Float[Tensor, " M"]
    goes_on: Bool[Tensor, " M"]
    returns: Float[Tensor, " M"]


def table() -> Float[Tensor, "S A"]:
    """The policy."""
    right = torch.tensor(RIGHT, dtype=torch.float64)
    return torch.stack([1 - right, right], -1)


def steps_of(rollout: Rollout, seen: tuple[int, ...], gamma: float) -> Steps:
    """The real steps of a batch, by what is seen of each cell."""
    assert rollout.states is not None
    assert rollout.next_states is not None
    keys, mask = torch.tensor(seen), rollout.mask
    returns = reward_to_go(
        rollout.rewards, gamma, rollout.terminated, rollout.truncated, rollout.mask
    )
    return Steps(
        keys=keys[rollout.states][mask],
        next_keys=keys[rollout.next_states][mask],
        rewards=rollout.rewards[mask],
        goes_on=~rollout.terminated[mask],
        returns=returns[mask],
    )


def by_regression(steps: Steps, count: int) -> Float[Tensor, " K"]:
    """argmin_V Σ (V(s_t) − G_t)²: the mean return of each entry; zero where it was never seen."""
    visits = torch.zeros(count, dtype=torch.float64)
    totals = visits.index_add(0, steps.keys, steps.returns)
    visits = visits.index_add(0, steps.keys, torch.ones_like(steps.returns))
    return totals / visits.clamp(min=1)


def by_differences(steps: Steps, count: int, gamma: float) -> Float[Tensor, " K"]:
    """The V whose temporal differences sum to zero at every entry: where TD(0) on the batch rests.

    Σ_{s_t = k} (r_t + γ V(s_{t+1}) − V(k)) = 0 for each k, a linear system; V is zero at an entry
    that was never seen.
    """
    here = torch.nn.functional.one_hot(steps.keys, count).double()
    there = torch.nn.functional.one_hot(steps.next_keys, count).double() * steps.goes_on[:, None]
    system = here.T @ (here - gamma * there)
    unseen = here.sum(0) == 0
    return torch.linalg.solve(system + torch.diag(unseen.double()), here.T @ steps.rewards)


def errors(seen: tuple[int, ...], size: int, repetitions: int) -> tuple[float, float]:
    """Root mean square errors by regression and by differences, weighted by the visits of cells."""
    world, policy = vacuum_corridor(), table()
    values = exact.state_values(world, policy)
    generator = torch.Generator().manual_seed(size)
    squares = torch.zeros(2, dtype=torch.float64)
    for _ in range(repetitions):
        rollout = sample_episodes(world, policy, size, generator)
        steps, count = steps_of(rollout, seen, world.gamma), max(seen) + 1
        fits = by_regression(steps, count), by_differences(steps, count, world.gamma)
        squares += torch.stack([_squared_error(fit, values, seen) for fit in fits])
    mean = (squares / repetitions).sqrt()
    return float(mean[0]), float(mean[1])


def _squared_error(fit: Tensor, values: Tensor, seen: tuple[int, ...]) -> Tensor:
    return visit_law() @ (fit[torch.tensor(seen)] - values).square()


def visit_law() -> Float[Tensor, " S"]:
    """How the steps of whole episodes are spread over the cells."""
    world = replace(vacuum_corridor(), gamma=1.0)
    visits = torch.where(world.terminal, 0.0, exact.occupancy(world, table()))
    return visits / visits.sum()


def best_fit() -> float:
    """The error of the best table of what is seen: cells 1 and 3 share an entry."""
    values, law = exact.state_values(vacuum_corridor(), table()), visit_law()
    shared = (law[1] * values[1] + law[3] * values[3]) / (law[1] + law[3])
    gap = values[[1, 3]] - shared
    return float((law[[1, 3]] @ gap.square()).sqrt())


def error_of_fitted_values() -> str:
    """Two plots: one entry for each cell, and one for each of what the cleaner sees."""
    caption = (
        f"Values fitted to m episodes of the vacuum cleaner's corridor, as the root mean square "
        f"error over {REPETITIONS} batches. Left: with one entry for each cell both methods go to "
        "V, and temporal differences need fewer episodes: a cell's value uses all that was seen "
        "from its successors on. Right: with one entry for each of what the cleaner sees, two "
        "cells share one. Regression still goes to the best fit (dotted); where temporal "
        "differences rest is another table, and no number of episodes helps."
    )
    plots = [
        _plot(CELLS, "One entry for each cell: both errors fall, that of TD is smaller.", ()),
        _plot(
            LOOKS,
            "Shared entries: Monte Carlo falls to the best fit, TD stays above it.",
            (Rule(label="best fit", y=best_fit()),),
        ),
    ]
    return figure(plots, caption, "error-of-fitted-values")


def _plot(seen: tuple[int, ...], description: str, rules: tuple[Rule, ...]) -> Plot:
    found = [(float(size), *errors(seen, size, REPETITIONS)) for size in SIZES]
    kinds = (
        (1, "Monte Carlo regression", Stroke.LINE),
        (2, "temporal differences", Stroke.DASHED),
    )
    return Plot(
        description=description,
        x=Axis(label="episodes m", scale=Scale.LOG),
        y=Axis(label="error of V", scale=Scale.LOG),
        curves=tuple(
            Curve(
                name=name,
                points=[(row[0], row[column]) for row in found],
                colour=column,
                stroke=stroke,
            )
            for column, name, stroke in kinds
        ),
        rules=rules,
    )

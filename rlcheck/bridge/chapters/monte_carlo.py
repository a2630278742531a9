"""Bridges of `derivations.monte_carlo`: a batch's mean gradient, over all batches there are."""

from itertools import product

import torch
from torch import Tensor

from derivations import monte_carlo as chapter
from rlcheck import exact
from rlcheck.bridge.batches import all_rollouts
from rlcheck.bridge.case import Case, with_horizon
from rlcheck.bridge.chapters.common import black_box, black_box_of, full_return
from rlcheck.bridge.form import Bridge, Route


def _batches(case: Case) -> Tensor:
    """E[loss's ascent] over all batches of one rollout, and over all of two."""
    rollouts = all_rollouts(case, case.policy)
    assert rollouts.probability is not None
    means = []
    for size in (1, 2):
        mean = torch.zeros(())
        for columns in product(range(rollouts.N), repeat=size):
            batch = rollouts.select(list(columns))
            weight = rollouts.probability[list(columns)].prod()
            mean = mean + weight * full_return(case, batch).mean(0)
        means.append(mean)
    return torch.stack(means)


def _variance_of_means(case: Case) -> Tensor:
    """Var X and Var X / 2."""
    rollouts = all_rollouts(case, case.policy)
    spread = exact.covariance(lambda r: black_box_of(case, r, "X"), rollouts)[0, 0]
    return torch.stack([spread, spread / 2])


BRIDGES = (
    Bridge(
        result=chapter.MONTE_CARLO_UNBIASED,
        prepare=lambda case: with_horizon(case, 1),
        routes=(Route(code=("rlcheck.losses.reinforce_full_return",), compute=_batches),),
    ),
    Bridge(
        result=chapter.MONTE_CARLO_VARIANCE,
        prepare=lambda case: with_horizon(case, 1),
        tables=black_box("X"),
        routes=(Route(code=("rlcheck.exact.covariance",), compute=_variance_of_means),),
    ),
)

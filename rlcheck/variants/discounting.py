"""Stage `discounting`: the weight of step t in the discounted objective."""

import torch
from torch import Tensor

from rlcheck.variants.variant import Stage, convention, fault, right
from rlcheck.variants.workspace import Workspace


def _gamma_t(x: Workspace) -> Tensor:
    return x.gamma**x.steps


def _ones(x: Workspace) -> Tensor:
    return torch.ones_like(x.rewards)


def _off_by_one(x: Workspace) -> Tensor:
    return x.gamma ** (x.steps + 1)


def _twice(x: Workspace) -> Tensor:
    return x.gamma ** (2 * x.steps)


def _row_index(x: Workspace) -> Tensor:
    rows = torch.arange(x.T, dtype=torch.float64, device=x.rewards.device)
    return (x.gamma**rows)[:, None].expand_as(x.rewards)


DISCOUNTING = Stage(
    id="discounting",
    right=right("step t weighs gamma^t", _gamma_t),
    others=(
        convention(
            "gamma-t-dropped",
            "every step weighs one: the usual practice, not the gradient of the discounted J",
            _ones,
            "dennybritz/reinforcement-learning#185",
        ),
        fault("gamma-t-off-by-one", "step t weighs gamma^(t+1)", _off_by_one),
        fault("gamma-t-twice", "step t weighs gamma^(2t)", _twice),
        fault(
            "gamma-by-row", "the exponent is the row and not the time in the episode", _row_index
        ),
    ),
)
"""What a step weighs."""

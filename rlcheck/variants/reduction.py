"""Stage `reduction`: from one number a step to one number."""

import torch
from torch import Tensor

from rlcheck.variants.variant import Stage, convention, fault, right
from rlcheck.variants.workspace import Workspace


def _mean(x: Workspace, steps: Tensor) -> Tensor:
    return x.mean(steps)


def _sum(x: Workspace, steps: Tensor) -> Tensor:
    return (steps * x.mask).sum()


def _mean_of_sums(x: Workspace, steps: Tensor) -> Tensor:
    return (steps * x.mask).sum() / x.N


def _sum_over_rollouts(x: Workspace, steps: Tensor) -> Tensor:
    return (steps * x.mask).sum() / x.T


def _padded_mean(x: Workspace, steps: Tensor) -> Tensor:
    return (steps * x.mask).mean()


def _unmasked(x: Workspace, steps: Tensor) -> Tensor:
    return steps.mean()


def _mean_of_means(x: Workspace, steps: Tensor) -> Tensor:
    return ((steps * x.mask).sum(0) / x.mask.sum(0)).mean()


def _one_less(x: Workspace, steps: Tensor) -> Tensor:
    return (steps * x.mask).sum() / (x.mask.sum() - 1)


def _without(x: Workspace, steps: Tensor, dropped: Tensor) -> Tensor:
    kept = x.mask * (1 - dropped)
    return (steps * kept).sum() / kept.sum().clamp(min=1)


def _last_row_dropped(x: Workspace, steps: Tensor) -> Tensor:
    return _without(x, steps, x.last_row)


def _last_row_zeroed(x: Workspace, steps: Tensor) -> Tensor:
    return x.mean(steps * (1 - x.last_row))


def _first_row_dropped(x: Workspace, steps: Tensor) -> Tensor:
    first = torch.zeros_like(x.mask)
    first[0] = 1.0
    return _without(x, steps, first)


def _last_rollout_dropped(x: Workspace, steps: Tensor) -> Tensor:
    last = torch.zeros_like(x.mask)
    last[:, -1] = 1.0
    return _without(x, steps, last)


def _ends_dropped(x: Workspace, steps: Tensor) -> Tensor:
    return _without(x, steps, x.terminated * x.mask)


_SHARED_FAULTS = (
    fault("last-row-dropped", "the last step of every rollout is left out", _last_row_dropped),
    fault("last-row-zeroed", "the last step of every rollout counts as zero", _last_row_zeroed),
    fault("first-row-dropped", "the first step is left out", _first_row_dropped),
    fault("last-rollout-dropped", "the last rollout is left out", _last_rollout_dropped),
    fault("ends-dropped", "steps that ended an episode are left out", _ends_dropped),
    fault("unmasked-mean", "padded slots are averaged in", _unmasked),
)

MEAN_OVER_STEPS = Stage(
    id="reduction",
    right=right("the mean over valid steps", _mean),
    others=(
        convention("sum-over-batch", "the sum over all steps", _sum),
        convention("sum-over-time", "summed over time, averaged over rollouts", _mean_of_sums),
        convention(
            "sum-over-rollouts", "averaged over time, summed over rollouts", _sum_over_rollouts
        ),
        fault(
            "mask-in-numerator-only",
            "masked steps are zeroed but counted",
            _padded_mean,
            "THUDM/slime#657",
        ),
        fault(
            "mean-per-rollout",
            "every rollout weighs the same, whatever its length",
            _mean_of_means,
            "sail-sg/understand-r1-zero#25",
        ),
        fault("denominator-off-by-one", "divided by one step too few", _one_less),
        *_SHARED_FAULTS,
    ),
)
"""How terms become a scalar, where the mean over steps is promised."""

MEAN_OVER_ROLLOUTS = Stage(
    id="reduction",
    right=right("summed over time, averaged over rollouts", _mean_of_sums),
    others=(
        convention("sum-over-batch", "the sum over all steps", _sum),
        convention("mean-over-steps", "the mean over all valid steps", _mean),
        convention(
            "sum-over-rollouts", "averaged over time, summed over rollouts", _sum_over_rollouts
        ),
        fault(
            "mean-per-rollout",
            "each episode is divided by its own length",
            _mean_of_means,
            "pytorch/examples#385",
        ),
        *_SHARED_FAULTS,
    ),
)
"""How terms become a scalar, where a mean over rollouts is promised."""

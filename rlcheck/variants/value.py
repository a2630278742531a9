"""Stage `value`: the loss of the value function."""

import torch
from torch import Tensor
from torch.nn.functional import smooth_l1_loss

from rlcheck.variants.variant import Stage, convention, fault, right
from rlcheck.variants.workspace import Workspace


def _squared(x: Workspace) -> Tensor:
    return x.vf_coef * x.mean((x.values_new - x.returns) ** 2)


def _half(x: Workspace) -> Tensor:
    return 0.5 * _squared(x)


def _double(x: Workspace) -> Tensor:
    return 2.0 * _squared(x)


def _clipped_terms(x: Workspace) -> tuple[Tensor, Tensor]:
    change = (x.values_new - x.values_old).clamp(-x.clip_eps, x.clip_eps)
    return (x.values_new - x.returns) ** 2, (x.values_old + change - x.returns) ** 2


def _clip_max(x: Workspace) -> Tensor:
    return x.vf_coef * x.mean(torch.maximum(*_clipped_terms(x)))


def _clip_max_half(x: Workspace) -> Tensor:
    return 0.5 * _clip_max(x)


def _clip_min(x: Workspace) -> Tensor:
    return x.vf_coef * x.mean(torch.minimum(*_clipped_terms(x)))


def _clip_only(x: Workspace) -> Tensor:
    return x.vf_coef * x.mean(_clipped_terms(x)[1])


def _smooth(x: Workspace) -> Tensor:
    return x.vf_coef * x.mean(smooth_l1_loss(x.values_new, x.returns, reduction="none"))


def _absolute(x: Workspace) -> Tensor:
    return x.vf_coef * x.mean((x.values_new - x.returns).abs())


def _outer(x: Workspace) -> Tensor:
    # (V_i - R_j)^2 over all pairs: its gradient is that of (V_i - mean R)^2.
    return x.vf_coef * x.mean((x.values_new - x.mean(x.returns)) ** 2)


def _ignored(x: Workspace) -> Tensor:
    return x.mean((x.values_new - x.returns) ** 2)


def _summed(x: Workspace) -> Tensor:
    return x.vf_coef * ((x.values_new - x.returns) ** 2 * x.mask).sum()


def _negated(x: Workspace) -> Tensor:
    return -_squared(x)


def _towards_advantages(x: Workspace) -> Tensor:
    return x.vf_coef * x.mean((x.values_new - x.advantages) ** 2)


def _towards_old(x: Workspace) -> Tensor:
    return x.vf_coef * x.mean((x.values_new - x.values_old) ** 2)


def _unmasked(x: Workspace) -> Tensor:
    return x.vf_coef * ((x.values_new - x.returns) ** 2).mean()


def _absent(x: Workspace) -> Tensor:
    return 0.0 * x.values_new.sum()


def _padded_mean(x: Workspace) -> Tensor:
    return x.vf_coef * ((x.values_new - x.returns) ** 2 * x.mask).mean()


def _last_dropped(x: Workspace) -> Tensor:
    kept = x.mask - x.last_row
    return x.vf_coef * ((x.values_new - x.returns) ** 2 * kept).sum() / kept.sum().clamp(min=1)


VALUE = Stage(
    id="value",
    right=right("vf_coef times the mean squared error", _squared),
    others=(
        convention("value-loss-half", "half the mean squared error", _half),
        convention("value-loss-double", "twice the mean squared error", _double),
        convention("value-loss-sum", "the squared errors are summed", _summed),
        convention("smooth-l1", "smooth L1 in place of the square (TorchRL's default)", _smooth),
        convention(
            "value-clip-max",
            "the value change is clipped, and the larger error taken",
            _clip_max,
            "openai/baselines#91",
        ),
        convention(
            "value-clip-max-half",
            "half the larger of the two errors, value change clipped (CleanRL)",
            _clip_max_half,
            "openai/baselines#91",
        ),
        fault("value-clip-min", "the smaller of the two errors", _clip_min),
        fault("value-clip-only", "the clipped error alone", _clip_only, "ray-project/ray#19291"),
        fault("value-absolute", "the absolute error", _absolute),
        fault(
            "value-outer-product",
            "(B) against (B, 1): every value meets every target",
            _outer,
            "RLinf/RLinf#1568",
        ),
        fault("vf-coef-ignored", "vf_coef is not used", _ignored),
        fault("value-negated", "the error is maximised", _negated),
        fault("value-towards-advantages", "values regress on advantages", _towards_advantages),
        fault("value-towards-old", "values regress on their old selves", _towards_old),
        fault("value-unmasked", "padded slots are averaged in", _unmasked),
        fault("value-mask-in-numerator-only", "padded slots are counted", _padded_mean),
        fault("value-last-row-dropped", "the last step is left out", _last_dropped),
        fault("value-absent", "no value loss at all", _absent),
    ),
)
"""The critic's loss."""

"""Stage `weighting`: how ratios weigh rewards off policy."""

import torch
from torch import Tensor

from rlcheck.variants.variant import Stage, convention, fault, right
from rlcheck.variants.workspace import Workspace


def _cumulative(x: Workspace, ratio: Tensor) -> Tensor:
    """prod_{k <= t} ratio_k within the rollout; padded slots count as one."""
    return torch.cumprod(torch.where(x.mask > 0, ratio, torch.ones_like(ratio)), dim=0)


def _discounted(x: Workspace) -> Tensor:
    return x.gamma**x.steps * x.rewards * x.mask


def _to_go(x: Workspace) -> Tensor:
    return x.backwards(_discounted(x), torch.ones_like(x.rewards))


def _per_decision(x: Workspace, ratio: Tensor) -> Tensor:
    return _cumulative(x, ratio) * _discounted(x)


def _per_trajectory(x: Workspace, ratio: Tensor) -> Tensor:
    return _cumulative(x, ratio)[-1] * _discounted(x)


def _score_form(x: Workspace, ratio: Tensor) -> Tensor:
    # rho_{0:t} (detached) logp_t G_t needs the later ratios inside G_t to stay unbiased.
    weighted = _cumulative(x, ratio).detach() * _discounted(x)
    return x.logp * x.backwards(weighted, torch.ones_like(x.rewards)) * x.mask


def _per_step(x: Workspace, ratio: Tensor) -> Tensor:
    return ratio * _to_go(x) * x.mask


def _unweighted(x: Workspace, ratio: Tensor) -> Tensor:
    return x.logp * _to_go(x) * x.mask


def _one_late(x: Workspace, ratio: Tensor) -> Tensor:
    shifted = torch.cat([torch.ones_like(ratio[:1]), _cumulative(x, ratio)[:-1]])
    return shifted * _discounted(x)


def _past_only(x: Workspace, ratio: Tensor) -> Tensor:
    return x.logp * _cumulative(x, ratio).detach() * _to_go(x) * x.mask


def _undiscounted(x: Workspace, ratio: Tensor) -> Tensor:
    return _cumulative(x, ratio) * x.rewards * x.mask


def _geometric(x: Workspace, ratio: Tensor) -> Tensor:
    length = x.mask.sum(0, keepdim=True)
    return _cumulative(x, ratio)[-1:] ** (1 / length) * _discounted(x)


def _self_normalised(x: Workspace, ratio: Tensor) -> Tensor:
    weight = _cumulative(x, ratio)[-1:]
    return weight / weight.mean() * _discounted(x)


def _truncated_weights(x: Workspace, ratio: Tensor) -> Tensor:
    return _per_decision(x, ratio.clamp(max=1.0))


WEIGHTING = Stage(
    id="weighting",
    right=right("reward t weighs the product of the ratios up to t", _per_decision),
    others=(
        convention(
            "per-trajectory-weights",
            "every reward weighs the whole trajectory's ratio (unbiased, more variance)",
            _per_trajectory,
        ),
        convention(
            "score-form",
            "detached weights times the log-probability: the same gradient",
            _score_form,
        ),
        fault("per-step-weights", "each step weighs its own ratio alone", _per_step),
        fault("unweighted", "no ratio at all", _unweighted, "NovaSky-AI/SkyRL#1315"),
        fault("weights-one-late", "the product stops before the step's own ratio", _one_late),
        fault("future-unweighted", "later ratios are left out", _past_only),
        fault("reward-undiscounted", "rewards enter without gamma", _undiscounted),
        fault("geometric-mean-weights", "the geometric mean of the ratios", _geometric),
        fault(
            "self-normalised",
            "weights divided by their batch mean: consistent, biased",
            _self_normalised,
        ),
        fault("ratios-truncated", "ratios above one are cut", _truncated_weights),
    ),
)
"""Which ratios weigh a reward of another policy's episode."""

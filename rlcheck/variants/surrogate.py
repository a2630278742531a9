"""Stage `surrogate`: what is maximised at each step, from ratio (or log-prob) and advantage."""

import math

import torch
from torch import Tensor

from rlcheck.variants.variant import Stage, convention, fault, right
from rlcheck.variants.workspace import Workspace


def _clipped(x: Workspace, ratio: Tensor) -> Tensor:
    return ratio.clamp(1 - x.clip_eps, 1 + x.clip_eps)


def _ppo_clip(x: Workspace, ratio: Tensor, adv: Tensor) -> Tensor:
    return torch.minimum(ratio * adv, _clipped(x, ratio) * adv)


def _plain(x: Workspace, ratio: Tensor, adv: Tensor) -> Tensor:
    return ratio * adv


def _dual_clip(x: Workspace, ratio: Tensor, adv: Tensor) -> Tensor:
    clipped = _ppo_clip(x, ratio, adv)
    return torch.where(adv < 0, torch.maximum(clipped, 3.0 * adv), clipped)


def _clip_only(x: Workspace, ratio: Tensor, adv: Tensor) -> Tensor:
    return _clipped(x, ratio) * adv


def _maximum(x: Workspace, ratio: Tensor, adv: Tensor) -> Tensor:
    return torch.maximum(ratio * adv, _clipped(x, ratio) * adv)


def _min_then_max(x: Workspace, ratio: Tensor, adv: Tensor) -> Tensor:
    low, high = _ppo_clip(x, ratio, adv), _maximum(x, ratio, adv)
    return torch.where(adv < 0, high, low)


def _upper_only(x: Workspace, ratio: Tensor, adv: Tensor) -> Tensor:
    return torch.minimum(ratio * adv, ratio.clamp(max=1 + x.clip_eps) * adv)


def _lower_only(x: Workspace, ratio: Tensor, adv: Tensor) -> Tensor:
    return torch.minimum(ratio * adv, ratio.clamp(min=1 - x.clip_eps) * adv)


def _log_range(x: Workspace, ratio: Tensor, adv: Tensor) -> Tensor:
    clipped = ratio.clamp(math.exp(-x.clip_eps), math.exp(x.clip_eps))
    return torch.minimum(ratio * adv, clipped * adv)


def _reciprocal_range(x: Workspace, ratio: Tensor, adv: Tensor) -> Tensor:
    clipped = ratio.clamp(1 / (1 + x.clip_eps), 1 + x.clip_eps)
    return torch.minimum(ratio * adv, clipped * adv)


def _product_clipped(x: Workspace, ratio: Tensor, adv: Tensor) -> Tensor:
    product = ratio * adv
    return torch.minimum(product, product.clamp(1 - x.clip_eps, 1 + x.clip_eps))


def _double_range(x: Workspace, ratio: Tensor, adv: Tensor) -> Tensor:
    clipped = ratio.clamp(1 - 2 * x.clip_eps, 1 + 2 * x.clip_eps)
    return torch.minimum(ratio * adv, clipped * adv)


def _fixed_range(x: Workspace, ratio: Tensor, adv: Tensor) -> Tensor:
    return torch.minimum(ratio * adv, ratio.clamp(0.8, 1.2) * adv)


def _zero_range(x: Workspace, ratio: Tensor, adv: Tensor) -> Tensor:
    return torch.minimum(ratio * adv, ratio.clamp(-x.clip_eps, x.clip_eps) * adv)


def _negated(x: Workspace, ratio: Tensor, adv: Tensor) -> Tensor:
    return -ratio * adv


def _log_ratio(x: Workspace, ratio: Tensor, adv: Tensor) -> Tensor:
    return ratio.log() * adv


CLIPPED_SURROGATE = Stage(
    id="surrogate",
    right=right("min(ratio A, clip(ratio, 1-eps, 1+eps) A)", _ppo_clip),
    others=(
        convention("dual-clip", "dual clip: bounded below by 3A where A < 0", _dual_clip),
        fault(
            "clip-without-min",
            "clip(ratio) A alone, without the minimum",
            _clip_only,
            "tensorforce/tensorforce#106",
        ),
        fault("max-for-min", "the maximum of the two terms is maximised", _maximum),
        fault(
            "max-at-negative-advantage",
            "min where A > 0, max where A < 0: the minimum of the ratios, times A",
            _min_then_max,
        ),
        fault("unclipped", "nothing is clipped", _plain),
        fault("clip-above-only", "the ratio is clipped above alone", _upper_only),
        fault("clip-below-only", "the ratio is clipped below alone", _lower_only),
        fault("clip-in-log-space", "the range is [exp(-eps), exp(eps)]", _log_range),
        fault("clip-reciprocal", "the range is [1/(1+eps), 1+eps]", _reciprocal_range),
        fault("clip-of-product", "ratio times A is clipped", _product_clipped),
        fault("clip-range-doubled", "eps is used twice", _double_range),
        fault("clip-range-fixed", "eps is ignored: 0.2 stands in the code", _fixed_range),
        fault("clip-around-zero", "the range is [-eps, eps]", _zero_range),
        fault("surrogate-negated", "the surrogate is minimised", _negated),
    ),
)
"""What ratio and advantage make, where the clipped form is promised."""

PLAIN_SURROGATE = Stage(
    id="surrogate",
    right=right("ratio times advantage", _plain),
    others=(
        fault("surrogate-negated", "the surrogate is minimised", _negated),
        fault("log-ratio", "log ratio times advantage: unweighted away from pi_old", _log_ratio),
    ),
)
"""What ratio and advantage make, where their product is promised."""


def _score(x: Workspace, logp: Tensor, adv: Tensor) -> Tensor:
    return logp * adv


def _probability(x: Workspace, logp: Tensor, adv: Tensor) -> Tensor:
    return logp.exp() * adv


def _mean_times_sum(x: Workspace, logp: Tensor, adv: Tensor) -> Tensor:
    total = (adv * x.mask).sum() / x.mask.sum()
    return logp * total


def _advantage_of_wrong_rollout(x: Workspace, logp: Tensor, adv: Tensor) -> Tensor:
    return logp * adv.roll(1, 1)


SCORE_SURROGATE = Stage(
    id="surrogate",
    right=right("log-probability times weight", _score),
    others=(
        fault("surrogate-negated", "the objective is minimised", _negated),
        fault("probability-for-logp", "the probability stands for its logarithm", _probability),
        fault("mean-advantage", "every log-probability meets the mean weight", _mean_times_sum),
        fault("wrong-rollout", "weights of another rollout", _advantage_of_wrong_rollout),
    ),
)
"""What log-probability and weight make."""

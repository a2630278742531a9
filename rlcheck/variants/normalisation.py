"""Stage `normalisation`: what is done to advantages before they are used."""

import torch
from torch import Tensor

from rlcheck.variants.variant import Stage, Variant, convention, fault, right
from rlcheck.variants.workspace import Workspace

_THREADS = ("hill-a/stable-baselines#697",)
_EPSILONS = (1e-8, 0.0, 1e-5, 1e-6, 1e-7, 1e-12)


def _identity(x: Workspace, advantages: Tensor) -> Tensor:
    return advantages


def _moments(x: Workspace, advantages: Tensor, ddof: int) -> tuple[Tensor, Tensor]:
    mean = x.mean(advantages)
    squares = ((advantages - mean) ** 2 * x.mask).sum()
    return mean, squares / (x.mask.sum() - ddof)


def _whiten(ddof: int, eps: float, inside: bool) -> Variant:
    def compute(x: Workspace, advantages: Tensor) -> Tensor:
        mean, variance = _moments(x, advantages, ddof)
        scale = (variance + eps).sqrt() if inside else variance.sqrt() + eps
        return (advantages - mean) / scale

    where = "inside" if inside else "beside"
    return convention(
        f"whiten-ddof{ddof}",
        f"advantages are whitened over the batch (ddof={ddof}, {eps:g} {where} the root)",
        compute,
        *_THREADS,
    )


def _centre(x: Workspace, advantages: Tensor) -> Tensor:
    return advantages - x.mean(advantages)


def _per_rollout(x: Workspace, advantages: Tensor) -> Tensor:
    count = x.mask.sum(0)
    mean = (advantages * x.mask).sum(0) / count
    variance = ((advantages - mean) ** 2 * x.mask).sum(0) / count
    return (advantages - mean) / (variance.sqrt() + 1e-8)


def _over_padding(x: Workspace, advantages: Tensor) -> Tensor:
    return (advantages - advantages.mean()) / (advantages.std() + 1e-8)


def _negated(x: Workspace, advantages: Tensor) -> Tensor:
    return -advantages


def _absolute(x: Workspace, advantages: Tensor) -> Tensor:
    return advantages.abs()


def _positive_part(x: Workspace, advantages: Tensor) -> Tensor:
    return torch.clamp(advantages, min=0.0)


def _shifted(x: Workspace, advantages: Tensor) -> Tensor:
    return torch.cat([advantages[1:], torch.zeros_like(advantages[:1])])


def _rolled(x: Workspace, advantages: Tensor) -> Tensor:
    return advantages.roll(1, 1)


def _batch_mean(x: Workspace, advantages: Tensor) -> Tensor:
    return x.mean(advantages).expand_as(advantages)


def _last_row_off(x: Workspace, advantages: Tensor) -> Tensor:
    return advantages * (1 - x.last_row)


NORMALISATION = Stage(
    id="normalisation",
    right=right("advantages are used as they are", _identity),
    others=(
        *(_whiten(d, e, inside) for d in (0, 1) for e in _EPSILONS for inside in (False, True)),
        convention("centred", "the batch mean is subtracted from the advantages", _centre),
        fault("whiten-per-rollout", "each rollout is whitened by itself", _per_rollout),
        fault("whiten-over-padding", "padded slots enter the whitening", _over_padding),
        fault("advantage-negated", "advantages have the wrong sign", _negated),
        fault("advantage-absolute", "the sign of the advantages is lost", _absolute),
        fault("advantage-positive-part", "negative advantages are set to zero", _positive_part),
        fault(
            "advantage-shifted",
            "advantages belong to the next step",
            _shifted,
            "openai/spinningup#50",
        ),
        fault(
            "advantage-of-another-rollout",
            "advantages and actions of different rollouts are paired",
            _rolled,
            "alessiodm/drl-zh#17",
        ),
        fault(
            "outer-product",
            "[B, 1] against [B]: every ratio meets the mean advantage",
            _batch_mean,
            "RITCHIEHuang/DeepRL_Algorithms#13",
            "JuliaReinforcementLearning/ReinforcementLearningZoo.jl#169",
        ),
        fault(
            "last-advantage-zero",
            "the last advantage of every rollout is zero",
            _last_row_off,
            "PufferAI/PufferLib#445",
        ),
    ),
)
"""What becomes of the advantages before they are used."""

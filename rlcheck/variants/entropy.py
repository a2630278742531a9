"""Stage `entropy`: the bonus for staying random."""

import torch
from torch import Tensor

from rlcheck.variants.variant import Stage, convention, fault, right
from rlcheck.variants.workspace import Workspace


def _bonus(x: Workspace) -> Tensor:
    return -x.ent_coef * x.mean(x.entropy)


def _negated(x: Workspace) -> Tensor:
    return x.ent_coef * x.mean(x.entropy)


def _sampled(x: Workspace) -> Tensor:
    return x.ent_coef * x.mean(x.logp)


def _sampled_negated(x: Workspace) -> Tensor:
    return -x.ent_coef * x.mean(x.logp)


def _ignored(x: Workspace) -> Tensor:
    return -x.mean(x.entropy)


def _absent(x: Workspace) -> Tensor:
    return 0.0 * x.entropy.sum()


def _summed(x: Workspace) -> Tensor:
    return -x.ent_coef * (x.entropy * x.mask).sum()


def _unmasked(x: Workspace) -> Tensor:
    return -x.ent_coef * x.entropy.mean()


def _padded_mean(x: Workspace) -> Tensor:
    return -x.ent_coef * (x.entropy * x.mask).mean()


def _squared_coefficient(x: Workspace) -> Tensor:
    return x.ent_coef * _bonus(x)


def _last_dropped(x: Workspace) -> Tensor:
    kept = x.mask - x.last_row
    return -x.ent_coef * (x.entropy * kept).sum() / kept.sum().clamp(min=1)


def _over_actions(x: Workspace) -> Tensor:
    distribution = x.law
    logits = getattr(distribution, "logits", None)
    if logits is None:
        return _bonus(x) / max(1, distribution.event_shape[0])
    return _bonus(x) / logits.shape[-1]


def _exponentiated(x: Workspace) -> Tensor:
    return -x.ent_coef * torch.exp(x.mean(x.entropy))


ENTROPY = Stage(
    id="entropy",
    right=right("minus ent_coef times the mean entropy", _bonus),
    others=(
        convention("entropy-sum", "entropies are summed", _summed),
        convention("entropy-over-actions", "-p log p is averaged over actions", _over_actions),
        fault(
            "entropy-negated",
            "entropy is minimised",
            _negated,
            "LuEE-C/PPO-Keras#4",
            "rlworkgroup/garage#628",
        ),
        fault(
            "entropy-sampled",
            "the log-probability of the action taken: its gradient has mean zero",
            _sampled,
            "MrSyee/pg-is-all-you-need#37",
        ),
        fault("entropy-sampled-negated", "a sampled entropy, minimised", _sampled_negated),
        fault("ent-coef-ignored", "ent_coef is not used", _ignored),
        fault("ent-coef-squared", "ent_coef enters twice", _squared_coefficient),
        fault("entropy-unmasked", "padded slots are averaged in", _unmasked),
        fault("entropy-mask-in-numerator-only", "padded slots are counted", _padded_mean),
        fault("entropy-last-row-dropped", "the last step is left out", _last_dropped),
        fault("entropy-exponentiated", "the exponential of the entropy", _exponentiated),
        fault("entropy-absent", "no entropy bonus at all", _absent),
    ),
)
"""The entropy that is subtracted from the loss."""

"""Stage `ratio`: the importance weight of the new policy against the old one."""

from torch import Tensor

from rlcheck.variants.variant import Stage, fault, right
from rlcheck.variants.workspace import Workspace


def _ratio(x: Workspace) -> Tensor:
    return (x.logp - x.logp_old).exp()


def _inverted(x: Workspace) -> Tensor:
    return (x.logp_old - x.logp).exp()


def _always_one(x: Workspace) -> Tensor:
    return (x.logp - x.logp.detach()).exp()


def _without_exp(x: Workspace) -> Tensor:
    return 1 + x.logp - x.logp_old


def _squared(x: Workspace) -> Tensor:
    return (2 * (x.logp - x.logp_old)).exp()


def _weighted_twice(x: Workspace) -> Tensor:
    return _ratio(x) * _ratio(x).detach()


def _probability_difference(x: Workspace) -> Tensor:
    return 1 + x.logp.exp() - x.logp_old.exp()


def _previous_actions(x: Workspace) -> Tensor:
    return (x.logp - x.logp_old.roll(1, 0)).exp()


def _sequence(x: Workspace) -> Tensor:
    total = ((x.logp - x.logp_old) * x.mask).sum(0, keepdim=True)
    return total.exp().expand_as(x.logp)


def _sequence_mean(x: Workspace) -> Tensor:
    mean = ((x.logp - x.logp_old) * x.mask).sum(0, keepdim=True) / x.mask.sum(0, keepdim=True)
    return mean.exp().expand_as(x.logp)


def _temperature(x: Workspace) -> Tensor:
    return (0.5 * (x.logp - x.logp_old)).exp()


RATIO = Stage(
    id="ratio",
    right=right("exp(logp - logp_old), step by step", _ratio),
    others=(
        fault("ratio-inverted", "old and new policy change places", _inverted),
        fault(
            "ratio-always-one",
            "the old log-probabilities are the new ones, detached: stale data go uncorrected",
            _always_one,
            "NovaSky-AI/SkyRL#1315",
        ),
        fault("ratio-without-exp", "the log-ratio stands for the ratio", _without_exp),
        fault("ratio-squared", "the ratio enters twice", _squared, "PufferAI/PufferLib#306"),
        fault(
            "ratio-weighted-twice", "the ratio multiplies itself, once detached", _weighted_twice
        ),
        fault(
            "probability-difference",
            "a difference of probabilities stands for the ratio",
            _probability_difference,
            "huggingface/trl#2608",
        ),
        fault(
            "old-logp-shifted",
            "old log-probabilities belong to another step",
            _previous_actions,
            "PrimeIntellect-ai/prime-rl#1525",
        ),
        fault("ratio-of-sequence", "one product of ratios for the whole rollout", _sequence),
        fault("ratio-sequence-mean", "one geometric mean of ratios a rollout", _sequence_mean),
        fault("ratio-tempered", "log-probabilities are scaled before the ratio", _temperature),
    ),
)
"""How new and old probabilities are compared."""

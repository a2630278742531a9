"""Stage `kl`: the penalty for leaving the old policy."""

from torch import Tensor
from torch.distributions import kl_divergence

from rlcheck.variants.variant import Stage, convention, fault, right
from rlcheck.variants.workspace import Workspace


def _old_to_new(x: Workspace) -> Tensor:
    old, new = x.distributions
    return x.kl_coef * x.mean(kl_divergence(old, new))


def _new_to_old(x: Workspace) -> Tensor:
    old, new = x.distributions
    return x.kl_coef * x.mean(kl_divergence(new, old))


def _k1(x: Workspace) -> Tensor:
    return x.kl_coef * x.mean(x.logp_old - x.logp)


def _k3(x: Workspace) -> Tensor:
    log_ratio = x.logp - x.logp_old
    return x.kl_coef * x.mean(log_ratio.exp() - 1 - log_ratio)


def _k2(x: Workspace) -> Tensor:
    return x.kl_coef * x.mean(0.5 * (x.logp - x.logp_old) ** 2)


def _k3_reversed(x: Workspace) -> Tensor:
    log_ratio = x.logp_old - x.logp
    return x.kl_coef * x.mean(log_ratio.exp() - 1 - log_ratio)


def _negated(x: Workspace) -> Tensor:
    return -_old_to_new(x)


def _absent(x: Workspace) -> Tensor:
    return 0.0 * x.logp.sum()


def _ignored(x: Workspace) -> Tensor:
    old, new = x.distributions
    return x.mean(kl_divergence(old, new))


def _half(x: Workspace) -> Tensor:
    return 0.5 * _old_to_new(x)


def _double(x: Workspace) -> Tensor:
    return 2.0 * _old_to_new(x)


def _unmasked(x: Workspace) -> Tensor:
    old, new = x.distributions
    return x.kl_coef * kl_divergence(old, new).mean()


def _k1_negated(x: Workspace) -> Tensor:
    return -_k1(x)


def _squared_kl(x: Workspace) -> Tensor:
    old, new = x.distributions
    return x.kl_coef * x.mean(kl_divergence(old, new)) ** 2


KL_PENALTY = Stage(
    id="kl",
    right=right("kl_coef times the mean KL(pi_old || pi), exact in each state", _old_to_new),
    others=(
        convention("kl-sampled-k1", "KL(pi_old || pi) from the actions taken, log-ratio", _k1),
        convention("kl-sampled-k3", "KL(pi_old || pi) from the actions taken, (r-1) - log r", _k3),
        convention("kl-half", "half the penalty", _half),
        convention("kl-double", "twice the penalty", _double),
        fault(
            "kl-reversed",
            "KL(pi || pi_old)",
            _new_to_old,
            "lucidrains/PaLM-rlhf-pytorch#43",
        ),
        fault(
            "kl-absent",
            "the penalty carries no gradient",
            _absent,
            "pytorch/rl#1920",
            "allenai/open-instruct#530",
        ),
        fault("kl-negated", "divergence is rewarded", _negated, "marin-community/marin#1708"),
        fault("kl-coef-ignored", "kl_coef is not used", _ignored),
        fault("kl-k2", "half the squared log-ratio: biased away from pi_old", _k2),
        fault("kl-k3-reversed", "k3 with the ratio inverted", _k3_reversed),
        fault("kl-k1-negated", "the log-ratio with the wrong sign", _k1_negated),
        fault("kl-squared", "the mean KL is squared", _squared_kl),
        fault(
            "kl-unmasked",
            "padded slots are averaged in",
            _unmasked,
            "allenai/open-instruct#535",
        ),
    ),
)
"""The divergence that is added to the loss."""

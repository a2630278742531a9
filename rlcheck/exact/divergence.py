"""KL divergence between policies, in the direction that its first line states."""

import torch
from jaxtyping import Float
from torch import Tensor

from rlcheck.errors import InvalidArgument


def kl_divergence(
    p: Float[Tensor, "*batch A"], q: Float[Tensor, "*batch A"]
) -> Float[Tensor, "*batch"]:
    """KL(p || q) = sum_a p(a) log(p(a) / q(a)), row by row, with the graphs of both.

    For the other direction swap the arguments. An action with p(a) = 0 adds nothing, one with
    q(a) = 0 < p(a) makes it infinite. TRPO and PPO-penalty use KL(pi_old || pi): p is the old
    policy there.

    Args:
        p: probabilities, the policy that the expectation is under.
        q: probabilities, the same shape.

    Raises:
        InvalidArgument: different shapes.

    Source: Schulman et al. (2015), section 2 (D_KL); Cover & Thomas (2006), eq. 2.26.
    """
    if p.shape != q.shape:
        raise InvalidArgument.of(
            "q", tuple(q.shape), f"p has shape {tuple(p.shape)}", "two tables of one shape"
        )
    taken = p > 0
    # Where nothing is taken both logarithms are of one, so that no 0 * inf enters a gradient.
    log_ratio = torch.where(taken, p, 1.0).log() - torch.where(taken, q, 1.0).log()
    return (p * log_ratio).sum(-1)


def mean_kl_divergence(
    p: Float[Tensor, "S A"], q: Float[Tensor, "S A"], weights: Float[Tensor, "S"]
) -> Float[Tensor, ""]:
    """sum_s w(s) KL(p(. | s) || q(. | s)); states of weight zero add nothing, infinite KL or not.

    Source: Schulman et al. (2015), eq. 12 (the average KL divergence), with given weights.
    """
    if weights.shape != p.shape[:-1]:
        raise InvalidArgument.of(
            "weights", tuple(weights.shape), "is not one weight a state", f"[{p.shape[0]}]"
        )
    counted = weights != 0
    return weights[counted] @ kl_divergence(p[counted], q[counted])

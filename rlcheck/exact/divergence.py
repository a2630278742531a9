"""Divergences between policies, in the direction that its first line states."""

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


def renyi_divergence(
    p: Float[Tensor, "*batch A"], q: Float[Tensor, "*batch A"], order: float = 2.0
) -> Float[Tensor, "*batch"]:
    """D_order(p || q) = log(sum_a p(a)^order q(a)^(1 - order)) / (order - 1), row by row.

    At order 2 its exponential is E_q[(p / q)^2], one plus the variance of the importance weight:
    n weighted samples are worth n exp(-D_2) of p's own. It grows with the order, and tends to
    KL(p || q) as the order goes to one. An action with p(a) = 0 adds nothing, one with
    q(a) = 0 < p(a) makes it infinite for orders above one.

    Args:
        p: probabilities, the policy that samples are wanted of.
        q: probabilities, the policy that they are of; the same shape.
        order: positive, and not one.

    Raises:
        InvalidArgument: different shapes, or an order that there is none for.

    Source: Renyi (1961), eq. 3.3; van Erven & Harremoes (2014), eq. 4.
    """
    if p.shape != q.shape:
        raise InvalidArgument.of(
            "q", tuple(q.shape), f"p has shape {tuple(p.shape)}", "two tables of one shape"
        )
    if not 0.0 < order < float("inf") or order == 1.0:
        raise InvalidArgument.of("order", order, "has no such form", "a positive one but 1: 2")
    taken = p > 0
    # Where nothing is taken both powers are of one, so that no 0 * inf enters a gradient.
    terms = torch.where(taken, p, 1.0) ** order * torch.where(taken, q, 1.0) ** (1.0 - order)
    return torch.where(taken, terms, 0.0).sum(-1).log() / (order - 1.0)


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

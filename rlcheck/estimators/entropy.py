"""Entropy of the policies in use, in nats, one number a distribution."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from rlcheck.estimators._shapes import Steps, require_same_shape


def entropy_categorical(logits: Float[Tensor, "*batch A"]) -> Float[Tensor, "*batch"]:
    """Entropy of a categorical distribution given by logits.

    Formula: H = - sum_a p_a log p_a, p = softmax(logits); an impossible action (logit minus
    infinity) adds nothing.

    Args:
        logits: [..., A], not necessarily normalised.

    Returns:
        H in nats, [...], differentiable.

    Source: Cover and Thomas, "Elements of information theory" (2nd ed., 2006), eq. 2.1.
    """
    log_probs = torch.log_softmax(logits, dim=-1)
    probs = log_probs.exp()
    impossible = probs == 0
    terms = probs * torch.where(impossible, torch.zeros_like(log_probs), log_probs)
    return -terms.sum(-1)


def entropy_categorical_probs(probs: Float[Tensor, "*batch A"]) -> Float[Tensor, "*batch"]:
    """Entropy of a categorical distribution given by probabilities.

    Formula: H = - sum_a p_a log p_a, with 0 log 0 = 0.

    Args:
        probs: [..., A], each row summing to one.

    Returns:
        H in nats, [...], differentiable where every probability is positive.

    Source: Cover and Thomas (2nd ed., 2006), eq. 2.1.
    """
    return -torch.xlogy(probs, probs).sum(-1)


def entropy_diagonal_gaussian(log_std: Float[Tensor, "*batch D"]) -> Float[Tensor, "*batch"]:
    """Differential entropy of a Gaussian with diagonal covariance; the mean plays no part.

    Formula: H = sum_d (log sigma_d + 1/2 log(2 pi e)).

    Args:
        log_std: log sigma, [..., D].

    Returns:
        H in nats, [...]; may be negative.

    Source: Cover and Thomas (2nd ed., 2006), theorem 8.4.1.
    """
    return (log_std + 0.5 * math.log(2.0 * math.pi * math.e)).sum(-1)


def entropy_sampled(logp: Steps, logp_sampler: Steps) -> Tensor:
    """An unbiased estimate of the entropy of pi from one action of pi itself, with its gradient.

    Formula: - rho log pi(a), rho = exp(logp - logp_sampler), actions drawn from the sampler.
    With both arguments equal in value the number is -log pi(a). Its gradient is then
    -(log pi(a) + 1) grad log pi(a), whose expectation is grad H; that of the plain -log pi(a)
    is zero, which is why this function asks for both.

    Args:
        logp: log pi(a), with its graph, of any shape.
        logp_sampler: log of the probability with which `a` was drawn, without a graph.

    Returns:
        One estimate an action, of the shape of `logp`.

    Raises:
        InvalidArgument: where the shapes differ.

    Source: the score identity grad E_p f = E_p[f grad log p + grad f] with f = -log p.
    """
    require_same_shape(logp=logp, logp_sampler=logp_sampler)
    return -torch.exp(logp - logp_sampler) * logp

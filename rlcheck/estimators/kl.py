"""Kullback-Leibler divergence between policies: exact, and from samples.

Every function computes KL(p || q) = E_{a~p}[log p(a) - log q(a)], its first argument being p.
PPO's penalty is KL(old || new): pass the old policy first.
The sampled ones need actions drawn from p, and only k1 and k3 are unbiased.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from rlcheck.estimators._shapes import Steps, require_same_shape


def kl_categorical(
    logits_p: Float[Tensor, "..."], logits_q: Float[Tensor, "..."]
) -> Float[Tensor, "..."]:
    """KL(p || q) of two categorical distributions given by logits.

    Formula: sum_a p_a (log p_a - log q_a); where p_a = 0 the term is zero.

    Args:
        logits_p: [..., A], not necessarily normalised.
        logits_q: of the same shape.

    Returns:
        [...], differentiable in both; infinite where q excludes an action that p takes.

    Raises:
        InvalidArgument: where the shapes differ.

    Source: Cover and Thomas (2nd ed., 2006), eq. 2.26.
    """
    require_same_shape(logits_p=logits_p, logits_q=logits_q)
    log_p = torch.log_softmax(logits_p, dim=-1)
    log_q = torch.log_softmax(logits_q, dim=-1)
    p = log_p.exp()
    zero = torch.zeros_like(log_p)
    return (p * torch.where(p == 0, zero, log_p - log_q)).sum(-1)


def kl_categorical_probs(
    probs_p: Float[Tensor, "..."], probs_q: Float[Tensor, "..."]
) -> Float[Tensor, "..."]:
    """KL(p || q) of two categorical distributions given by probabilities.

    Formula: sum_a p_a (log p_a - log q_a); where p_a = 0 the term is zero.

    Args:
        probs_p: [..., A], each row summing to one.
        probs_q: of the same shape.

    Returns:
        [...]; infinite where q excludes an action that p takes.

    Raises:
        InvalidArgument: where the shapes differ.

    Source: Cover and Thomas (2nd ed., 2006), eq. 2.26.
    """
    require_same_shape(probs_p=probs_p, probs_q=probs_q)
    return (torch.xlogy(probs_p, probs_p) - torch.xlogy(probs_p, probs_q)).sum(-1)


def kl_diagonal_gaussian(
    mean_p: Float[Tensor, "..."],
    log_std_p: Float[Tensor, "..."],
    mean_q: Float[Tensor, "..."],
    log_std_q: Float[Tensor, "..."],
) -> Float[Tensor, "..."]:
    """KL(p || q) of two Gaussians with diagonal covariance.

    Formula: sum_d [log(sigma_q/sigma_p) + (sigma_p^2 + (mu_p - mu_q)^2) / (2 sigma_q^2) - 1/2].

    Args:
        mean_p: mu_p, [..., D].
        log_std_p: log sigma_p, of the same shape.
        mean_q: mu_q, of the same shape.
        log_std_q: log sigma_q, of the same shape.

    Returns:
        [...], differentiable in all four.

    Raises:
        InvalidArgument: where the shapes differ.

    Source: Hershey and Olsen, "Approximating the Kullback Leibler divergence between Gaussian
        mixture models" (2007), eq. 2, for diagonal covariances.
    """
    require_same_shape(mean_p=mean_p, log_std_p=log_std_p, mean_q=mean_q, log_std_q=log_std_q)
    log_ratio = log_std_p - log_std_q
    distance = (mean_p - mean_q) * torch.exp(-log_std_q)
    # sigma_p^2/sigma_q^2 - 1 by expm1: near p = q it is a small difference of two ones.
    return (0.5 * (torch.expm1(2.0 * log_ratio) + distance.square()) - log_ratio).sum(-1)


def kl_k1(logp_p: Steps, logp_q: Steps) -> Tensor:
    """Estimates KL(p || q) from actions of p: unbiased, of high variance, may be negative.

    Formula: k1 = log p(a) - log q(a), a ~ p.

    Args:
        logp_p: log p(a) of the distribution that the actions were drawn from, of any shape.
        logp_q: log q(a), of the same shape.

    Returns:
        One estimate an action.

    Raises:
        InvalidArgument: where the shapes differ.

    Source: Schulman, "Approximating KL divergence" (2020), k1, with its p and q exchanged
        (there the samples come from q).
    """
    require_same_shape(logp_p=logp_p, logp_q=logp_q)
    return logp_p - logp_q


def kl_k2(logp_p: Steps, logp_q: Steps) -> Tensor:
    """Estimates KL(p || q) from actions of p: biased at third order, never negative.

    Formula: k2 = (log p(a) - log q(a))^2 / 2, a ~ p.

    Args, returns and errors: as `kl_k1`.

    Source: Schulman (2020), k2, with its p and q exchanged.
    """
    require_same_shape(logp_p=logp_p, logp_q=logp_q)
    return 0.5 * (logp_p - logp_q).square()


def kl_k3(logp_p: Steps, logp_q: Steps) -> Tensor:
    """Estimates KL(p || q) from actions of p: unbiased, of low variance, never negative.

    Formula: k3 = (r - 1) - log r, r = q(a)/p(a), a ~ p. Unbiased where p covers q's support.

    Args, returns and errors: as `kl_k1`.

    Source: Schulman (2020), k3, with its p and q exchanged.
    """
    require_same_shape(logp_p=logp_p, logp_q=logp_q)
    log_r = logp_q - logp_p
    return torch.expm1(log_r) - log_r

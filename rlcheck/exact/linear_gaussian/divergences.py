"""Entropy, KL and Fisher matrix of Gaussian policies, at each state and over a law of states.

    H = sum_d (1/2 + 1/2 log(2 pi) + log s_d)
    KL(p || q) = sum_d (log(s_q / s_p) + (s_p^2 + (m_p - m_q)^2) / (2 s_q^2) - 1/2)
    F = E_s[(dm/dtheta)' diag(1/s^2) (dm/dtheta) + 2 (dlog s/dtheta)' (dlog s/dtheta)]

Every direction is written out: KL(p || q) is the expectation under p.

Source: Cover and Thomas, Elements of Information Theory, 2nd ed., theorem 8.4.1 (entropy); Kullback
and Leibler, Ann. Math. Statist. 22 (1951) 79-86, for the divergence; Kakade, A Natural Policy
Gradient, NeurIPS 14 (2001), for F weighted by the states.
"""

import math
from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.distributions import Distribution

from rlcheck.exact.linear_gaussian.affine import affine_policy
from rlcheck.exact.linear_gaussian.moments import StateLaw
from rlcheck.exact.linear_gaussian.quadrature import state_nodes
from rlcheck.worlds.linear_gaussian import LinearGaussianMDP
from rlcheck.worlds.linear_gaussian_sampler import mean_and_std

_AT_ONCE = 8


def entropy(p: Distribution) -> Float[Tensor, "*batch"]:
    """H(p), nats, for `Independent(Normal, 1)`."""
    _, std = mean_and_std(p)
    return (std.log() + 0.5 * (1 + math.log(2 * math.pi))).sum(-1)


def kl_divergence(p: Distribution, q: Distribution) -> Float[Tensor, "*batch"]:
    """KL(p || q), nats, for two `Independent(Normal, 1)`."""
    mean_p, std_p = mean_and_std(p)
    mean_q, std_q = mean_and_std(q)
    scale = std_p / std_q
    gap = (mean_p - mean_q) / std_q
    return (-scale.log() + (scale**2 + gap**2 - 1) / 2).sum(-1)


def mean_kl_divergence(
    world: LinearGaussianMDP,
    p: nn.Module,
    q: nn.Module,
    law: StateLaw,
    weights: Float[Tensor, " T"],
    order: int | None = None,
) -> Float[Tensor, ""]:
    """sum_t w_t E_{s_t}[KL(p(.|s_t) || q(.|s_t))] for affine policies, in closed form.

    With an `order`, for any Gaussian policies on as many Gauss-Hermite nodes for each state
    dimension; exact for a finite law, else `numerical`: double it.

    KL is quadratic in s through the difference of the means. Keeps the graph of both policies;
    the law's should be detached.
    """
    if order is not None:
        states, masses, rows = state_nodes(law, order)
        return (weights[rows] * masses) @ kl_divergence(p(states), q(states))
    one, other = affine_policy(p, world), affine_policy(q, world)
    scale = one.std / other.std
    constant = (-scale.log() + (scale**2 - 1) / 2).sum()
    gap = torch.cat([(one.offset - other.offset)[:, None], one.gain - other.gain], dim=1)
    gap = gap / other.std[:, None]
    moments = torch.einsum("t,tij->ij", weights, law.second_moments())
    return weights.sum() * constant + torch.einsum("di,ij,dj->", gap, moments, gap) / 2


def mean_entropy(
    policy: nn.Module, law: StateLaw, weights: Float[Tensor, " T"], order: int = 16
) -> Float[Tensor, ""]:
    """sum_t w_t E_{s_t} H(policy(.|s_t)); exact where the deviation does not depend on the state.

    Elsewhere Gauss-Hermite over the states, grade `numerical`.
    """
    states, masses, rows = state_nodes(law, order)
    return (weights[rows] * masses) @ entropy(policy(states))


def fisher_matrix(
    policy: nn.Module, law: StateLaw, weights: Float[Tensor, " T"], order: int = 2
) -> Float[Tensor, "P P"]:
    """sum_t w_t E_{s_t}[Fisher matrix at s_t] over all parameters, in `named_parameters` order.

    From the Jacobians of mean and log deviation. For an affine policy they are affine in s, so two
    nodes are exact; a network needs more (double them).
    """
    states, masses, rows = state_nodes(law, order)
    names = [name for name, value in policy.named_parameters() if value.requires_grad]
    parameters = {name: policy.get_parameter(name).detach() for name in names}

    def outputs(some: Tensor, given: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        mean, std = mean_and_std(torch.func.functional_call(policy, given, (some,)))
        return mean, std.log()

    mass = (weights[rows] * masses).detach()
    total = torch.zeros((), dtype=torch.float64, device=states.device)
    # A Jacobian over M states costs M^2; a few states at a time, M.
    for some, share in zip(states.detach().split(_AT_ONCE), mass.split(_AT_ONCE), strict=True):
        jacobians = torch.func.jacrev(partial(outputs, some))(parameters)
        with torch.no_grad():
            _, std = mean_and_std(policy(some))
        precisions = (share[:, None] / std**2, 2 * share[:, None].expand_as(std))
        for jacobian, precision in zip(jacobians, precisions, strict=True):
            flat = torch.cat([jacobian[name].flatten(2) for name in names], dim=-1)
            total = total + torch.einsum("mdp,md,mdq->pq", flat, precision, flat)
    return total

"""PPO with a penalty on the divergence from the old policy; its beta adapts in `steps`."""

from collections.abc import Callable

import torch
from jaxtyping import Float, Shaped
from torch import Tensor
from torch.distributions import Distribution, kl_divergence

from rlcheck.estimators._shapes import (
    Flags,
    Scalar,
    Steps,
    mean_valid,
    require_not_empty,
    require_same_shape,
)
from rlcheck.losses.cpi import cpi


def ppo_penalty(
    policy: Callable[[Tensor], Distribution],
    policy_old: Callable[[Tensor], Distribution],
    obs: Float[Tensor, "..."],
    actions: Shaped[Tensor, "..."],
    advantages: Steps,
    kl_coef: float,
    mask: Flags | None = None,
) -> Scalar:
    """The surrogate minus beta times KL(old || new), the divergence computed in closed form.

    Formula: L = -mean_valid(rho_t A_t) + beta mean_valid(KL(pi_old(.|s_t) || pi(.|s_t))).

    Args:
        policy: obs -> a torch distribution over actions, with its graph.
        policy_old: the behaviour policy, of the same kind; no gradient is taken through it.
        obs: [T, N, O] or [B, O].
        actions: [T, N] or [T, N, D], or flat.
        advantages: A_t without a graph, [T, N] or [B].
        kl_coef: beta.
        mask: true where the slot holds a real transition.

    Returns:
        A scalar to minimise.

    Raises:
        InvalidArgument: where the shapes differ or the batch is empty.

    Source: Schulman et al. (2017), eq. 8, negated.
    """
    new = policy(obs)
    with torch.no_grad():
        old = policy_old(obs)
        logp_old = old.log_prob(actions)
    kl_per_step = kl_divergence(old, new)
    return ppo_penalty_from_kl(
        new.log_prob(actions), logp_old, advantages, kl_per_step, kl_coef, mask
    )


def ppo_penalty_from_kl(
    logp: Steps,
    logp_old: Steps,
    advantages: Steps,
    kl_per_step: Steps,
    kl_coef: float,
    mask: Flags | None = None,
) -> Scalar:
    """The same with KL(old || new) given for each step, however it was computed.

    Formula: L = -mean_valid(rho_t A_t) + beta mean_valid(kl_t).

    Args:
        logp: log pi(a_t|s_t) with its graph, [T, N], [B] or any other shape.
        logp_old: log pi_old(a_t|s_t) without a graph, of the same shape.
        advantages: A_t without a graph, of the same shape.
        kl_per_step: KL(pi_old(.|s_t) || pi(.|s_t)) with its graph, of the same shape; say from
            `estimators.kl_categorical(old, new)`. Over pi_old's actions the sampled `kl_k1`
            and `kl_k3` have the same expected gradient; `kl_k2` has another.
        kl_coef: beta.
        mask: true where the slot holds a real transition.

    Returns:
        A scalar to minimise.

    Raises:
        InvalidArgument: where the shapes differ or the batch is empty.

    Source: Schulman et al. (2017), eq. 8, negated.
    """
    require_same_shape(
        logp=logp, logp_old=logp_old, advantages=advantages, kl_per_step=kl_per_step, mask=mask
    )
    require_not_empty("logp", logp)
    penalty = mean_valid(kl_per_step, mask)
    return cpi(logp, logp_old, advantages, mask) + kl_coef * penalty

"""Claims whose functions in `rlcheck.losses` and `rlcheck.steps` do more, or only a part of it."""

import torch
from jaxtyping import Bool, Float, Int, Shaped
from torch import Tensor, nn
from torch.distributions import Categorical
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from rlcheck import estimators, losses, steps


def value_loss(
    values_new: Float[Tensor, "T N"],
    returns: Float[Tensor, "T N"],
    vf_coef: float,
    mask: Bool[Tensor, "T N"] | None = None,
) -> Float[Tensor, ""]:
    """The value loss with its clipping left off, which is a convention."""
    return losses.value_loss(values_new, returns, vf_coef, mask)


def trpo_step(
    policy: nn.Module,
    obs: Float[Tensor, "T N O"],
    actions: Shaped[Tensor, "T N"],
    advantages: Float[Tensor, "T N"],
    logp_old: Float[Tensor, "T N"],
    max_kl: float,
    damping: float,
    cg_iterations: int,
    backtrack_coeff: float,
    backtracks: int,
) -> None:
    """TRPO's step of a discrete policy, from the pieces in `rlcheck.steps`; it moves the policy."""
    parameters = list(policy.parameters())
    with torch.no_grad():
        old = policy(obs).logits

    def measured() -> tuple[Tensor, Tensor]:
        now: Categorical = policy(obs)
        surrogate = -losses.cpi(now.log_prob(actions), logp_old, advantages)
        return surrogate, estimators.kl_categorical(old, now.logits).mean()

    surrogate, divergence = measured()
    product = steps.fisher_vector_product(divergence, parameters, damping=damping)
    slopes = torch.autograd.grad(surrogate, parameters, retain_graph=True)
    g = parameters_to_vector(slopes)
    move = steps.trust_region_step(g, product, max_kl, iterations=cg_iterations)
    before = parameters_to_vector(parameters).detach()

    @torch.no_grad()
    def try_at(part: float) -> tuple[float, float]:
        vector_to_parameters(before + part * move.step, parameters)
        there, near = measured()
        return float(there) - float(surrogate), float(near)

    found = steps.line_search(try_at, max_kl, shrink=backtrack_coeff, trials=backtracks)
    if not found.accepted:
        vector_to_parameters(before, parameters)


def ppo_recurrent(
    policy: nn.Module,
    value_fn: nn.Module,
    obs: Float[Tensor, "T N O"],
    initial_state: Tensor,
    episode_starts: Tensor,
    actions: Int[Tensor, "T N"],
    logp_old: Float[Tensor, "T N"],
    advantages: Float[Tensor, "T N"],
    returns: Float[Tensor, "T N"],
    clip_eps: float,
    vf_coef: float,
    ent_coef: float,
) -> Float[Tensor, ""]:
    """PPO's loss on a policy that was unrolled over the segment from the state at its start."""
    law, _ = policy(obs, initial_state, episode_starts)
    values = value_fn(obs, initial_state, episode_starts)
    return losses.ppo_loss(
        law.log_prob(actions), logp_old, advantages, values, returns, law.entropy(),
        clip_eps, vf_coef, ent_coef,
    )  # fmt: skip


def q_learning(
    q_values: Float[Tensor, "T N A"],
    actions: Int[Tensor, "T N"],
    rewards: Float[Tensor, "T N"],
    next_q_values: Float[Tensor, "T N A"],
    terminated: Bool[Tensor, "T N"],
    gamma: float,
    mask: Bool[Tensor, "T N"] | None = None,
) -> Float[Tensor, ""]:
    """The loss on targets by the same network, held fixed."""
    target = estimators.q_learning_target(rewards, next_q_values.detach(), terminated, gamma)
    return losses.q_learning(q_values, actions, target, mask)


def dqn_loss(
    q_values: Float[Tensor, "T N A"],
    actions: Int[Tensor, "T N"],
    rewards: Float[Tensor, "T N"],
    next_target_q_values: Float[Tensor, "T N A"],
    terminated: Bool[Tensor, "T N"],
    gamma: float,
    mask: Bool[Tensor, "T N"] | None = None,
) -> Float[Tensor, ""]:
    """The loss on targets by the target network."""
    target = estimators.q_learning_target(rewards, next_target_q_values, terminated, gamma)
    return losses.dqn_loss(q_values, actions, target, mask)


def double_dqn_loss(
    q_values: Float[Tensor, "T N A"],
    actions: Int[Tensor, "T N"],
    rewards: Float[Tensor, "T N"],
    next_q_values: Float[Tensor, "T N A"],
    next_target_q_values: Float[Tensor, "T N A"],
    terminated: Bool[Tensor, "T N"],
    gamma: float,
    mask: Bool[Tensor, "T N"] | None = None,
) -> Float[Tensor, ""]:
    """The loss on targets that one network selects and the other evaluates."""
    target = estimators.double_q_target(
        rewards, next_q_values, next_target_q_values, terminated, gamma
    )
    return losses.dqn_loss(q_values, actions, target, mask)

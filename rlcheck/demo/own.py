"""Claims whose functions in `rlcheck.losses` do more than the claim promises, or a part of it."""

from jaxtyping import Bool, Float, Int
from torch import Tensor

from rlcheck import estimators, losses


def value_loss(
    values_new: Float[Tensor, "T N"],
    returns: Float[Tensor, "T N"],
    vf_coef: float,
    mask: Bool[Tensor, "T N"] | None = None,
) -> Float[Tensor, ""]:
    """The value loss with its clipping left off, which is a convention."""
    return losses.value_loss(values_new, returns, vf_coef, mask)


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

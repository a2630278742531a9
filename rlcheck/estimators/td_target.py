"""One-step targets: what an action was worth, by its reward and by a value of where it led."""

import torch
from jaxtyping import Float
from torch import Tensor

from rlcheck.errors import InvalidArgument
from rlcheck.estimators._shapes import Flags, Steps, as_bool, require_same_shape, require_within


def td_target(rewards: Steps, next_values: Steps, terminated: Flags, gamma: float) -> Tensor:
    """The target of temporal difference learning.

    Formula: y_t = r_t + gamma (1 - terminated_t) V(s_{t+1}).

    Args:
        rewards: [T, N] or [B].
        next_values: V of the true successor; of the same shape. Not read where terminated.
        terminated: true where the transition ended the episode for good. A truncated step is
            not terminated: it bootstraps.
        gamma: discount in [0, 1].

    Returns:
        y, of the same shape, differentiable in rewards and values.

    Raises:
        InvalidArgument: where the shapes differ or gamma is out of range.

    Source: Sutton and Barto (2nd ed., 2018), the bracket of eq. 6.2.
    """
    require_same_shape(rewards=rewards, next_values=next_values, terminated=terminated)
    require_within("gamma", gamma, 0.0, 1.0)
    bootstrap = torch.where(as_bool(terminated), torch.zeros_like(next_values), next_values)
    return rewards + gamma * bootstrap


def q_learning_target(
    rewards: Steps, next_q_values: Float[Tensor, "..."], terminated: Flags, gamma: float
) -> Tensor:
    """The target of Q-learning: the best action's value stands for what comes later.

    Formula: y_t = r_t + gamma (1 - terminated_t) max_a Q(s_{t+1}, a). Which network Q is, the
    caller decides: the one under training in Q-learning, the target network in DQN.

    Args:
        rewards: [T, N] or [B].
        next_q_values: Q of the true successor, with an axis of actions behind, [T, N, A] or [B, A].
        terminated: as for `td_target`.
        gamma: discount in [0, 1].

    Returns:
        y, of the shape of `rewards`.

    Raises:
        InvalidArgument: where the shapes differ or gamma is out of range.

    Source: Watkins & Dayan (1992), eq. 1; Mnih et al. (2015), Algorithm 1, with the target
        network's Q.
    """
    _require_actions("next_q_values", next_q_values, rewards)
    return td_target(rewards, next_q_values.amax(-1), terminated, gamma)


def double_q_target(
    rewards: Steps,
    next_q_values: Float[Tensor, "..."],
    next_target_q_values: Float[Tensor, "..."],
    terminated: Flags,
    gamma: float,
) -> Tensor:
    """The target of double DQN: one network selects the action, the other says what it is worth.

    Formula: y_t = r_t + gamma (1 - terminated_t) Q^-(s_{t+1}, argmax_a Q(s_{t+1}, a)).

    Args:
        rewards: [T, N] or [B].
        next_q_values: Q of the network under training, which selects, [T, N, A] or [B, A].
        next_target_q_values: Q^- of the target network, which evaluates; of the same shape.
        terminated: as for `td_target`.
        gamma: discount in [0, 1].

    Returns:
        y, of the shape of `rewards`. No gradient reaches the network that selects.

    Raises:
        InvalidArgument: where the shapes differ or gamma is out of range.

    Source: van Hasselt, Guez & Silver (2016), eq. 4 with the target network as the second one.
    """
    _require_actions("next_q_values", next_q_values, rewards)
    require_same_shape(next_q_values=next_q_values, next_target_q_values=next_target_q_values)
    best = next_q_values.argmax(-1, keepdim=True)
    chosen = next_target_q_values.gather(-1, best).squeeze(-1)
    return td_target(rewards, chosen, terminated, gamma)


def _require_actions(name: str, q_values: Tensor, steps: Tensor) -> None:
    if q_values.shape[:-1] != steps.shape or q_values.shape[-1:] == (0,):
        raise InvalidArgument.of(
            name, list(q_values.shape), "it has not one axis more than the rewards, of actions",
            f"an array of shape {[*steps.shape, 'A']}",
        )  # fmt: skip

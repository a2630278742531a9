"""Our networks in the shape of SB3's policy object, and its buffer in float64."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn


class StandInPolicy(nn.Module):
    """What `train` uses of an `ActorCriticPolicy`, around modules that are handed over.

    Shared parameters are optimised once. The optimiser is plain descent with step size one:
    the parameters then also move by exactly the gradient that was caught.
    """

    def __init__(
        self,
        observation_space: Any,
        action_space: Any,
        lr_schedule: Callable[[float], float],
        use_sde: bool = False,
        *,
        policy: nn.Module,
        value_fn: nn.Module,
    ) -> None:
        super().__init__()
        self.policy = policy
        self.value_fn = value_fn
        self.optimizer = torch.optim.SGD(self.parameters(), lr=lr_schedule(1.0))

    def set_training_mode(self, mode: bool) -> None:
        """As SB3's own."""
        self.train(mode)

    def evaluate_actions(self, obs: Tensor, actions: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Values, log-probabilities and entropies of a flat batch, as SB3's own."""
        distribution = self.policy(obs)
        return self.value_fn(obs), distribution.log_prob(actions), distribution.entropy()


@lru_cache(maxsize=1)
def double_buffer_class() -> type:
    """SB3's rollout buffer without its cast of actions to float32."""
    from stable_baselines3.common.buffers import RolloutBuffer
    from stable_baselines3.common.type_aliases import RolloutBufferSamples

    class DoubleRolloutBuffer(RolloutBuffer):
        def _get_samples(self, batch_inds: Any, env: Any = None) -> RolloutBufferSamples:
            return RolloutBufferSamples(
                self.to_torch(self.observations[batch_inds]),
                self.to_torch(self.actions[batch_inds]),
                self.to_torch(self.values[batch_inds].flatten()),
                self.to_torch(self.log_probs[batch_inds].flatten()),
                self.to_torch(self.advantages[batch_inds].flatten()),
                self.to_torch(self.returns[batch_inds].flatten()),
            )

    return DoubleRolloutBuffer


def fill(buffer: Any, *, obs: Tensor, actions: Tensor, **columns: Tensor) -> None:
    """Puts a batch [T, N, ...] into a rollout buffer of that size, at its own precision.

    Args:
        buffer: an SB3 rollout buffer; its type of observations is taken over.
        obs: [T, N, ...].
        actions: [T, N] of indices or [T, N, D].
        columns: the buffer's own names (log_probs, values, advantages, returns, ...), [T, N].
    """
    buffer.reset()
    buffer.observations = _numpy(obs)
    buffer.actions = _numpy(actions).reshape(*actions.shape[:2], -1)
    for name, column in columns.items():
        setattr(buffer, name, _numpy(column))
    buffer.pos = buffer.buffer_size
    buffer.full = True


def _numpy(tensor: Tensor) -> Any:
    # A copy: the buffer reshapes its arrays in place, and the batch is not ours to change.
    return tensor.detach().cpu().numpy().copy()

"""Gymnasium spaces and a vectorised environment that only say what a batch is made of."""

from functools import lru_cache
from typing import Any

import numpy as np
from torch import Tensor

_BOUND = 1e6


def action_space(actions: Tensor, policy_width: int | None = None) -> Any:
    """The space of a batch of actions: [T, N] of indices, or [T, N, D] of numbers.

    SB3 wants finite bounds; actions are never clipped to them by `train`.
    """
    if actions.is_floating_point():
        return _box(tuple(actions.shape[2:]))
    return _discrete(policy_width or int(actions.max()) + 1)


def observation_space(obs: Tensor) -> Any:
    """The space of a batch of observations [T, N, ...]."""
    return _box(tuple(obs.shape[2:]))


@lru_cache(maxsize=64)
def _box(shape: tuple[int, ...]) -> Any:
    from gymnasium import spaces

    return spaces.Box(-_BOUND, _BOUND, shape=shape, dtype=np.float64)


@lru_cache(maxsize=64)
def _discrete(n: int) -> Any:
    from gymnasium import spaces

    return spaces.Discrete(n)


@lru_cache(maxsize=1)
def empty_vec_env_class() -> type:
    """A vectorised environment with spaces and nothing behind them: `train` never steps it."""
    from stable_baselines3.common.vec_env import VecEnv

    class EmptyVecEnv(VecEnv):
        def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
            return [None] * self.num_envs

        def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
            """There is nothing to set."""

        def env_method(
            self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any
        ) -> list[Any]:
            return [None] * self.num_envs

        def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
            return [False] * self.num_envs

        def reset(self) -> Any:
            raise RuntimeError("this environment has no dynamics")

        def step_async(self, actions: Any) -> None:
            raise RuntimeError("this environment has no dynamics")

        def step_wait(self) -> Any:
            raise RuntimeError("this environment has no dynamics")

        def close(self) -> None:
            """There is nothing to close."""

    return EmptyVecEnv

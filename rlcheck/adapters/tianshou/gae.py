"""Tianshou's advantages, from a filled replay buffer as its trainer has it."""

from functools import lru_cache
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor


def gae(
    rewards: Float[Tensor, "T N"],
    values: Float[Tensor, "T N"],
    next_values: Float[Tensor, "T N"],
    terminated: Bool[Tensor, "T N"],
    truncated: Bool[Tensor, "T N"],
    gamma: float,
    gae_lambda: float,
) -> tuple[Float[Tensor, "T N"], Float[Tensor, "T N"]]:
    """`Algorithm.compute_episodic_return`: advantages, and advantages + values.

    delta_t = r_t + gamma (1 - terminated_t) V'_t - V_t,
    A_t = delta_t + gamma lambda (1 - end_t) A_{t+1}, where end is terminated, truncated, or the
    last row of an environment whose episode goes on.

    A `VectorReplayBuffer` with one part per environment is filled step by step: that last row is
    known to the buffer alone. In float64 throughout.

    Source: Tianshou, `algorithm/algorithm_base.py`, `compute_episodic_return` and `_gae`.
    """
    from tianshou.algorithm.algorithm_base import Algorithm

    buffer = _filled(rewards, terminated, truncated)
    batch, indices = buffer.sample(0)
    returns, advantages = Algorithm.compute_episodic_return(
        batch,
        buffer,
        indices,
        v_s_=_env_major(next_values),
        v_s=_env_major(values),
        gamma=gamma,
        gae_lambda=gae_lambda,
    )
    return _time_major(advantages, rewards), _time_major(returns, rewards)


def _filled(rewards: Tensor, terminated: Tensor, truncated: Tensor) -> Any:
    from tianshou.data import Batch

    steps, envs = rewards.shape
    columns = [x.detach().cpu().numpy() for x in (rewards, terminated, truncated)]
    buffer = _buffer_class()(total_size=steps * envs, buffer_num=envs)
    nothing = np.zeros(envs)
    for t in range(steps):
        rew, ended, cut = (column[t] for column in columns)
        flags = {"terminated": ended, "truncated": cut, "done": ended | cut}
        row: Any = Batch(obs=nothing, act=nothing, rew=rew, obs_next=nothing, **flags)
        row.info = np.array([{}] * envs)
        buffer.add(row)
    return buffer


@lru_cache(maxsize=1)
def _buffer_class() -> type:
    from tianshou.data import VectorReplayBuffer

    class UncompiledBuffer(VectorReplayBuffer):
        def _compile(self) -> None:
            """Tianshou warms numba up here for stacked frames: five seconds, and none are used."""

    return UncompiledBuffer


def _env_major(column: Tensor) -> Any:
    return column.detach().cpu().T.reshape(-1).numpy()


def _time_major(array: Any, like: Tensor) -> Tensor:
    steps, envs = like.shape
    return torch.as_tensor(array, device=like.device).reshape(envs, steps).T

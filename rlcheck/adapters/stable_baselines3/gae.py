"""SB3's advantages: the rollout buffer alone, and the whole path through `collect_rollouts`."""

from functools import lru_cache
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from rlcheck.adapters.stable_baselines3.spaces import empty_vec_env_class
from rlcheck.adapters.stable_baselines3.update import silent_logger


def gae(
    rewards: Float[Tensor, "T N"],
    values: Float[Tensor, "T N"],
    episode_starts: Bool[Tensor, "T N"],
    last_values: Float[Tensor, "N"],
    last_dones: Bool[Tensor, "N"],
    gamma: float,
    gae_lambda: float,
) -> tuple[Float[Tensor, "T N"], Float[Tensor, "T N"]]:
    """`RolloutBuffer.compute_returns_and_advantage`: advantages, and advantages + values.

    delta_t = r_t + gamma (1 - start_{t+1}) V_{t+1} - V_t,
    A_t = delta_t + gamma lambda (1 - start_{t+1}) A_{t+1}

    It has one flag, so every end in the middle of a segment is a termination to it: what can
    be tried are terminations anywhere, and a segment that is cut after its last row.
    Its arrays are float32; here they are float64, which makes it exact, because the one array
    that it still makes in float32 (of `last_dones`) holds zeros and ones and is multiplied by
    the advantage after the last row, zero.

    Source: Stable-Baselines3, `common/buffers.py`, `RolloutBuffer`.
    """
    buffer = _buffer(*rewards.shape, gamma=gamma, gae_lambda=gae_lambda)
    buffer.rewards = _numpy(rewards)
    buffer.values = _numpy(values)
    buffer.episode_starts = _numpy(episode_starts).astype(np.float64)
    buffer.advantages = np.zeros(rewards.shape)
    buffer.compute_returns_and_advantage(last_values.detach(), _numpy(last_dones))
    return _back(buffer.advantages, rewards), _back(buffer.returns, rewards)


def gae_collected(
    rewards: Float[Tensor, "T N"],
    values: Float[Tensor, "T N"],
    next_values: Float[Tensor, "T N"],
    terminated: Bool[Tensor, "T N"],
    truncated: Bool[Tensor, "T N"],
    gamma: float,
    gae_lambda: float,
) -> tuple[Float[Tensor, "T N"], Float[Tensor, "T N"]]:
    """The same through `OnPolicyAlgorithm.collect_rollouts`, which sees truncation.

    It adds gamma V(final observation) to the reward of a truncated step, and ends there:
    delta_t = (r_t + gamma truncated_t V'_t) + gamma (1 - done_t) V_{t+1} - V_t.
    That is the same number as bootstrapping, as long as V'_t = V_{t+1} inside an episode.

    A scripted environment replays rewards and flags; an observation is the *number of a value*
    (row t of `values`, or of `next_values` where it is a final observation), and the policy
    looks it up. The rewards that the buffer holds are float32 in SB3 and float64 here.

    Source: Stable-Baselines3, `common/on_policy_algorithm.py`, `collect_rollouts`.
    """
    from stable_baselines3 import PPO
    from stable_baselines3.common.callbacks import ConvertCallback

    steps, envs = rewards.shape
    env = _scripted_env_class()(_numpy(rewards), _numpy(terminated), _numpy(truncated))
    table = torch.cat([values.detach().flatten(), next_values.detach().flatten()])
    model = PPO(
        _LookUpPolicy,  # type: ignore[arg-type] - SB3's annotation asks for its own class
        env,
        n_steps=steps,
        batch_size=steps * envs,
        normalize_advantage=False,
        gamma=gamma,
        gae_lambda=gae_lambda,
        rollout_buffer_class=_double_array_buffer_class(),
        policy_kwargs={"table": table},
        device=str(rewards.device),
    )
    model.set_logger(silent_logger())
    _, callback = model._setup_learn(steps * envs, ConvertCallback(lambda *_: True))
    model.collect_rollouts(env, callback, model.rollout_buffer, steps)
    buffer = model.rollout_buffer
    return _back(buffer.advantages, rewards), _back(buffer.returns, rewards)


class _LookUpPolicy(nn.Module):
    """Values by number of the observation; actions are of no account."""

    def __init__(
        self,
        observation_space: Any,
        action_space: Any,
        lr_schedule: Any,
        use_sde: bool,
        *,
        table: Tensor,
    ) -> None:
        super().__init__()
        self.table = table

    def set_training_mode(self, mode: bool) -> None:
        self.train(mode)

    def forward(self, obs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        values = self.predict_values(obs)
        zeros = torch.zeros(len(values), device=values.device)
        return zeros.long(), values, zeros

    def predict_values(self, obs: Tensor) -> Tensor:
        return self.table[obs.long().reshape(-1)].reshape(-1, 1)

    def obs_to_tensor(self, obs: Any) -> tuple[Tensor, bool]:
        return torch.as_tensor(obs, device=self.table.device).reshape(1, -1), True


def _buffer(steps: int, envs: int, gamma: float, gae_lambda: float) -> Any:
    from gymnasium import spaces
    from stable_baselines3.common.buffers import RolloutBuffer

    space = spaces.Discrete(2)
    return RolloutBuffer(
        steps, space, space, device="cpu", gamma=gamma, gae_lambda=gae_lambda, n_envs=envs
    )


@lru_cache(maxsize=1)
def _double_array_buffer_class() -> type:
    from stable_baselines3.common.buffers import RolloutBuffer

    class DoubleArrays(RolloutBuffer):
        def reset(self) -> None:
            super().reset()
            for name in ("rewards", "returns", "episode_starts", "values", "advantages"):
                setattr(self, name, getattr(self, name).astype(np.float64))

    return DoubleArrays


@lru_cache(maxsize=1)
def _scripted_env_class() -> type:
    """A vectorised environment that replays rewards and flags, with SB3's automatic reset."""
    from gymnasium import spaces

    class ScriptedVecEnv(empty_vec_env_class()):
        def __init__(self, rewards: Any, terminated: Any, truncated: Any) -> None:
            self.script = (rewards, terminated, truncated)
            self.size = rewards.size
            numbers = spaces.Box(0.0, 2.0 * self.size, shape=(1,), dtype=np.float64)
            super().__init__(rewards.shape[1], numbers, spaces.Discrete(2))

        def reset(self) -> Any:
            self.time = 0
            return self._numbers(0)

        def step_async(self, actions: Any) -> None:
            """Actions are of no account."""

        def step_wait(self) -> Any:
            rewards, terminated, truncated = (column[self.time] for column in self.script)
            final = self._numbers(self.time) + self.size
            infos = [
                {"terminal_observation": final[n], "TimeLimit.truncated": bool(truncated[n])}
                if terminated[n] or truncated[n]
                else {}
                for n in range(self.num_envs)
            ]
            self.time += 1
            # After the last row there is no next one: the segment's own successor is asked for.
            last = self.time == len(self.script[0])
            obs = final if last else self._numbers(self.time)
            return obs, rewards.copy(), terminated | truncated, infos

        def _numbers(self, time: int) -> Any:
            return (time * self.num_envs + np.arange(self.num_envs, dtype=np.float64))[:, None]

    return ScriptedVecEnv


def _numpy(tensor: Tensor) -> Any:
    return tensor.detach().cpu().numpy().copy()


def _back(array: Any, like: Tensor) -> Tensor:
    return torch.as_tensor(array, device=like.device)

"""Copies of a Gymnasium environment, whichever way its vector form begins anew.

Gymnasium's vector environments do so in one of two ways, and both are served:

- in the same step: what comes back is the reset's observation, the final one is in `final_obs`;
- in the next step (the default, and the only way of its native CartPole): what comes back is the
  final observation itself, and the step after it ignores the action and resets. That slot is no
  transition, and `real` is false there.
"""

import math
from collections.abc import Sequence
from typing import Any

import gymnasium
import numpy as np
import torch
from gymnasium.vector import AutoresetMode, VectorEnv
from jaxtyping import Float
from torch import Tensor

from rlcheck.algorithms.environments.protocol import Actions, Transition
from rlcheck.algorithms.normalisers import Normalisers, as_played, normalised
from rlcheck.errors import InvalidArgument


class GymnasiumEnvironments:
    """Copies of a Gymnasium environment, observations flat and in float32, on the CPU.

    Attributes:
        vector: what is stepped.
        count: N.
        obs_size: numbers of one observation.
        actions: what one action is.
        normalisers: the wrappers that normalise, where there are any.
    """

    def __init__(self, vector: VectorEnv, normalisers: Normalisers | None = None) -> None:
        """Wraps a vector environment that resets by itself, in either way.

        Args:
            vector: the environment, or the outermost of its wrappers.
            normalisers: those wrappers that hold statistics.

        Raises:
            InvalidArgument: it does not reset by itself, or its spaces cannot be served.
        """
        self.vector = vector
        self.normalisers = normalisers
        self.count = vector.num_envs
        self.obs_size = _obs_size(vector.single_observation_space)
        self.actions = _actions(vector.single_action_space)
        mode = vector.metadata.get("autoreset_mode", AutoresetMode.NEXT_STEP)
        if mode not in (AutoresetMode.SAME_STEP, AutoresetMode.NEXT_STEP):
            raise InvalidArgument.of(
                "vector", mode, "it does not begin anew by itself", "SAME_STEP or NEXT_STEP"
            )
        self._in_the_same_step = mode == AutoresetMode.SAME_STEP
        self._real = torch.ones(self.count, dtype=torch.bool)

    def reset(self, seed: int) -> Float[Tensor, "N O"]:
        """Begins every copy anew; copy i is seeded with seed + i."""
        self._real = torch.ones(self.count, dtype=torch.bool)
        return torch.from_numpy(self._flat(self.vector.reset(seed=seed)[0]))

    def step(self, actions: Tensor) -> Transition:
        """Acts once in every copy.

        Raises:
            InvalidArgument: the environment gave a reward or an observation that is no number.
        """
        seen, paid, terminated, truncated, info = self.vector.step(self._theirs(actions))
        here, rewards = self._flat(seen), np.asarray(paid, dtype=np.float32)
        following, real, ended = here, self._real, terminated | truncated
        if not self._in_the_same_step:
            self._real = torch.from_numpy(~ended)
        elif ended.any():
            following = here.copy()
            for column in ended.nonzero()[0].tolist():
                following[column] = np.reshape(info["final_obs"][column], -1)
        _require_finite(next_obs=following, rewards=rewards)
        obs, given = torch.from_numpy(here), torch.from_numpy(rewards)
        return Transition(
            obs=obs,
            next_obs=obs if following is here else torch.from_numpy(following),
            rewards=given,
            terminated=torch.from_numpy(terminated),
            truncated=torch.from_numpy(truncated & ~terminated),
            real=real,
            played=as_played(self.normalisers, given),
        )

    def _flat(self, obs: np.ndarray) -> np.ndarray:
        # A copy: native vector environments write into their own arrays. And row by row in memory,
        # as what a checkpoint gives back: another order is another sum, in the last bit.
        return np.array(obs, dtype=np.float32, order="C").reshape(len(obs), -1)

    def _theirs(self, actions: Tensor) -> np.ndarray:
        here = actions.cpu().numpy()
        if self.actions.kind in ("discrete", "multi-discrete"):
            return here
        return np.clip(here, self.actions.low, self.actions.high)


def gymnasium_environments(
    name: str, count: int, *, native: bool, normalize: Sequence[str], gamma: float
) -> GymnasiumEnvironments:
    """Copies of a registered environment; arguments and errors as `make_environments`."""
    # Gymnasium's NormalizeObservation takes no other mode.
    mode = AutoresetMode.NEXT_STEP if "observations" in normalize else AutoresetMode.SAME_STEP
    try:
        if native and gymnasium.spec(name).vector_entry_point is not None:
            made = gymnasium.make_vec(name, num_envs=count, vectorization_mode="vector_entry_point")
        else:
            made = gymnasium.make_vec(
                name, num_envs=count, vectorization_mode="sync",
                vector_kwargs={"autoreset_mode": mode}, wrappers=[_flat],
            )  # fmt: skip
    except gymnasium.error.Error as problem:
        told = str(problem).strip().splitlines()[0]
        absent = isinstance(problem, gymnasium.error.DependencyNotInstalled)
        instead = "one whose packages are installed" if absent else "the id of a registered one"
        raise InvalidArgument.of("env", name, told, instead) from problem
    if not normalize:
        return GymnasiumEnvironments(made)
    _obs_size(made.single_observation_space)
    wrapped = normalised(made, normalize, gamma)
    return GymnasiumEnvironments(wrapped.vector, wrapped)


def _require_finite(**arrays: np.ndarray) -> None:
    """Refuses what is no number. A sum that is finite has none in it, and is half the work."""
    for name, array in arrays.items():
        if not math.isfinite(array.sum()) and not np.isfinite(array).all():
            raise InvalidArgument.of(
                name, array, "the environment gave what is no number",
                "an environment whose rewards and observations are finite",
            )  # fmt: skip


def _flat(environment: gymnasium.Env) -> Any:  # a wrapper, or the environment itself
    """One whose observations are numbers: a discrete one is a one-hot row then."""
    space = environment.observation_space
    if isinstance(space, gymnasium.spaces.Box) or not space.is_np_flattenable:
        return environment
    return gymnasium.wrappers.FlattenObservation(environment)


def _obs_size(space: gymnasium.Space) -> int:
    if not isinstance(space, gymnasium.spaces.Box):
        raise InvalidArgument.of(
            "env", space, "observations of this kind are not served", "a Box; wrap it to one"
        )
    return int(np.prod(space.shape))


def _actions(space: gymnasium.Space) -> Actions:
    if isinstance(space, gymnasium.spaces.Discrete) and space.start == 0:
        return Actions(kind="discrete", size=int(space.n))
    if isinstance(space, gymnasium.spaces.Box) and len(space.shape) == 1:
        return Actions(kind="continuous", size=int(space.shape[0]), low=space.low, high=space.high)
    if isinstance(space, gymnasium.spaces.MultiDiscrete) and _counts_from_zero(space):
        choices = tuple(int(n) for n in space.nvec)
        return Actions(kind="multi-discrete", size=len(choices), choices=choices)
    raise InvalidArgument.of(
        "env", space, "actions of this kind are not served",
        "Discrete or a flat MultiDiscrete, each from 0, or a flat Box",
    )  # fmt: skip


def _counts_from_zero(space: gymnasium.spaces.MultiDiscrete) -> bool:
    return len(space.shape) == 1 and not space.start.any()

"""Many copies of an environment, stepped together: what a rollout needs of them, and no more.

A slot of experience is a transition (o, a, r, o') with its two flags. Where an episode ends, o' is
its final observation and never the first of the next one: a truncated episode is bootstrapped with
V(o'), and V of a reset would be the value of another state.

Gymnasium's vector environments begin anew in one of two ways, and both are served:

- in the same step: what comes back is the reset's observation, the final one is in `final_obs`;
- in the next step (the default, and the only way of its native CartPole): what comes back is the
  final observation itself, and the step after it ignores the action and resets. That slot is no
  transition, and `real` is false there.
"""

from dataclasses import dataclass
from typing import Any, Literal, Protocol

import gymnasium
import numpy as np
import torch
from gymnasium.vector import AutoresetMode, VectorEnv
from jaxtyping import Bool, Float
from torch import Tensor

from rlcheck.errors import InvalidArgument


@dataclass(frozen=True, kw_only=True)
class Actions:
    """What one action is.

    Attributes:
        kind: "discrete", an index below `size`; "multi-discrete", `size` indices, each below its
            own of `choices`; "continuous", `size` real numbers; "squashed", the same before they
            are squashed between `low` and `high` (`rlcheck.algorithms.squashed`).
        size: how many choices there are, or how many numbers or indices an action is.
        choices: of a multi-discrete action, how many there are for each index.
        low: the lower bounds of the numbers, where there are any.
        high: the upper bounds.
    """

    kind: Literal["discrete", "multi-discrete", "continuous", "squashed"]
    size: int
    choices: tuple[int, ...] = ()
    low: Any = None
    high: Any = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Transition:
    """What one step of all copies gave.

    Attributes:
        obs: to act on next, [N, O].
        next_obs: what followed the action, final observations included, [N, O].
        rewards: [N].
        terminated: [N].
        truncated: [N].
        real: whether there was a transition at all, [N].
    """

    obs: Float[Tensor, "N O"]
    next_obs: Float[Tensor, "N O"]
    rewards: Float[Tensor, " N"]
    terminated: Bool[Tensor, " N"]
    truncated: Bool[Tensor, " N"]
    real: Bool[Tensor, " N"]


class Environments(Protocol):
    """N copies of one environment."""

    count: int
    obs_size: int
    actions: Actions

    def reset(self, seed: int) -> Float[Tensor, "N O"]:
        """Begins every copy anew."""
        ...

    def step(self, actions: Tensor) -> Transition:
        """Acts once in every copy; [N] of indices, or [N, D] of indices or numbers."""
        ...


class GymnasiumEnvironments:
    """Copies of a Gymnasium environment, observations flat and in float32, on the CPU."""

    def __init__(self, vector: VectorEnv) -> None:
        """Wraps a vector environment that resets by itself, in either way.

        Raises:
            InvalidArgument: it does not reset by itself, or its spaces cannot be served.
        """
        self.vector = vector
        self.count = vector.num_envs
        self.obs_size = _obs_size(vector.single_observation_space)
        self.actions = _actions(vector.single_action_space)
        mode = vector.metadata.get("autoreset_mode", AutoresetMode.NEXT_STEP)
        if mode not in (AutoresetMode.SAME_STEP, AutoresetMode.NEXT_STEP):
            raise InvalidArgument.of(
                "vector", mode, "it does not begin anew by itself", "SAME_STEP or NEXT_STEP"
            )
        self._in_the_same_step = mode == AutoresetMode.SAME_STEP
        self._ended = torch.zeros(self.count, dtype=torch.bool)

    def reset(self, seed: int) -> Float[Tensor, "N O"]:
        """Begins every copy anew; copy i is seeded with seed + i."""
        self._ended = torch.zeros(self.count, dtype=torch.bool)
        return self._flat(self.vector.reset(seed=seed)[0])

    def step(self, actions: Tensor) -> Transition:
        """Acts once in every copy.

        Raises:
            InvalidArgument: the environment gave a reward or an observation that is no number.
        """
        obs, rewards, terminated, truncated, info = self.vector.step(self._theirs(actions))
        here = self._flat(obs)
        ends = torch.from_numpy(terminated | truncated)
        following = here
        if self._in_the_same_step and bool(ends.any()):
            following = here.clone()
            for column in ends.nonzero().flatten().tolist():
                following[column] = self._flat(info["final_obs"][column][None])[0]
        found = Transition(
            obs=here,
            next_obs=following,
            rewards=torch.from_numpy(np.asarray(rewards, dtype=np.float32)),
            terminated=torch.from_numpy(terminated),
            truncated=torch.from_numpy(truncated & ~terminated),
            real=~self._ended,
        )
        if not self._in_the_same_step:
            self._ended = ends
        for name in ("rewards", "next_obs"):
            if not bool(torch.isfinite(getattr(found, name)).all()):
                raise InvalidArgument.of(
                    name, getattr(found, name), "the environment gave what is no number",
                    "an environment whose rewards and observations are finite",
                )  # fmt: skip
        return found

    def _flat(self, obs: np.ndarray) -> Float[Tensor, "N O"]:
        # A copy: native vector environments write into their own arrays.
        return torch.from_numpy(np.array(obs, dtype=np.float32).reshape(len(obs), -1))

    def _theirs(self, actions: Tensor) -> np.ndarray:
        if self.actions.kind in ("discrete", "multi-discrete"):
            return actions.numpy()
        return np.clip(actions.numpy(), self.actions.low, self.actions.high)


def make_environments(name: str, count: int, *, native: bool = True) -> GymnasiumEnvironments:
    """Copies of a registered Gymnasium environment.

    Args:
        name: its id, "CartPole-v1".
        count: how many.
        native: whether a vector form of its own is taken where it has one: one NumPy program in
            place of a loop over copies.

    Raises:
        InvalidArgument: there is no such environment, or its spaces cannot be served.
    """
    if count < 1:
        raise InvalidArgument.of("count", count, "nothing would be stepped", "1 or more")
    try:
        spec = gymnasium.spec(name)
        if native and spec.vector_entry_point is not None:
            made = gymnasium.make_vec(name, num_envs=count, vectorization_mode="vector_entry_point")
        else:
            made = gymnasium.make_vec(
                name, num_envs=count, vectorization_mode="sync",
                vector_kwargs={"autoreset_mode": AutoresetMode.SAME_STEP},
            )  # fmt: skip
    except gymnasium.error.Error as problem:
        told = str(problem).strip().splitlines()[0]
        raise InvalidArgument.of("env", name, told, "the id of a registered one") from problem
    return GymnasiumEnvironments(made)


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
    multi = gymnasium.spaces.MultiDiscrete
    if isinstance(space, multi) and space.nvec.ndim == 1 and not space.start.any():
        choices = tuple(int(n) for n in space.nvec)
        return Actions(kind="multi-discrete", size=len(choices), choices=choices)
    raise InvalidArgument.of(
        "env", space, "actions of this kind are not served",
        "Discrete or a flat MultiDiscrete, each from 0, or a flat Box",
    )  # fmt: skip

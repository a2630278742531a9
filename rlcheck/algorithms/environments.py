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

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

import gymnasium
import numpy as np
import torch
from gymnasium.vector import AutoresetMode, VectorEnv
from jaxtyping import Bool, Float
from torch import Tensor

from rlcheck.algorithms.normalisers import Normalisers, as_played, normalised
from rlcheck.algorithms.saving import State
from rlcheck.errors import InvalidArgument


@dataclass(frozen=True, kw_only=True)
class Actions:
    """What one action is.

    Attributes:
        kind: "discrete", an index below `size`, or "continuous", `size` real numbers.
        size: how many choices, or how many numbers.
        low: the lower bounds of the numbers, where there are any.
        high: the upper bounds.
    """

    kind: Literal["discrete", "continuous"]
    size: int
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
        played: the rewards as the environment gave them, where `rewards` are normalised, [N].
    """

    obs: Float[Tensor, "N O"]
    next_obs: Float[Tensor, "N O"]
    rewards: Float[Tensor, " N"]
    terminated: Bool[Tensor, " N"]
    truncated: Bool[Tensor, " N"]
    real: Bool[Tensor, " N"]
    played: Float[Tensor, " N"] | None = None


class Environments(Protocol):
    """N copies of one environment.

    Actions may come from another device, and are moved; what `step` gives is where the environments
    are.
    """

    count: int
    obs_size: int
    actions: Actions

    def reset(self, seed: int) -> Float[Tensor, "N O"]:
        """Begins every copy anew."""
        ...

    def step(self, actions: Tensor) -> Transition:
        """Acts once in every copy; [N] of indices, or [N, D]."""
        ...


@runtime_checkable
class Keepable(Protocol):
    """Environments that can be saved in the midst of an episode, and taken up there again.

    After `restore` of what `state` gave, in copies of the same environment, every step is the one
    that would have followed. What has no such methods begins anew at each checkpoint instead.
    """

    def state(self) -> State:
        """All that changes, as `saving` says."""
        ...

    def restore(self, state: State) -> None:
        """Takes it back."""
        ...


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
        obs, given, terminated, truncated, info = self.vector.step(self._theirs(actions))
        here = self._flat(obs)
        rewards = torch.from_numpy(np.asarray(given, dtype=np.float32))
        ended = terminated | truncated
        following = here
        if self._in_the_same_step and ended.any():
            following = here.clone()
            for column in ended.nonzero()[0].tolist():
                following[column] = self._flat(info["final_obs"][column][None])[0]
        _require_finite(next_obs=following, rewards=rewards)
        found = Transition(
            obs=here,
            next_obs=following,
            rewards=rewards,
            terminated=torch.from_numpy(terminated),
            truncated=torch.from_numpy(truncated & ~terminated),
            real=~self._ended,
            played=as_played(self.normalisers, rewards),
        )
        if not self._in_the_same_step:
            self._ended = torch.from_numpy(ended)
        return found

    def _flat(self, obs: np.ndarray) -> Float[Tensor, "N O"]:
        # A copy: native vector environments write into their own arrays.
        return torch.from_numpy(np.array(obs, dtype=np.float32).reshape(len(obs), -1))

    def _theirs(self, actions: Tensor) -> np.ndarray:
        here = actions.cpu().numpy()
        if self.actions.kind == "discrete":
            return here
        return np.clip(here, self.actions.low, self.actions.high)


def make_environments(
    name: str,
    count: int,
    *,
    native: bool = True,
    normalize: Sequence[str] = (),
    gamma: float = 0.99,
) -> GymnasiumEnvironments:
    """Copies of a registered Gymnasium environment.

    Args:
        name: its id, "CartPole-v1".
        count: how many.
        native: whether a vector form of its own is taken where it has one: one NumPy program in
            place of a loop over copies.
        normalize: "observations", "rewards" or both, by Gymnasium's own wrappers.
        gamma: the discount by which NormalizeReward scales.

    Raises:
        InvalidArgument: there is no such environment, or its spaces cannot be served.
    """
    if count < 1:
        raise InvalidArgument.of("count", count, "nothing would be stepped", "1 or more")
    # Gymnasium's NormalizeObservation takes no other mode.
    mode = AutoresetMode.NEXT_STEP if "observations" in normalize else AutoresetMode.SAME_STEP
    try:
        spec = gymnasium.spec(name)
        if native and spec.vector_entry_point is not None:
            made = gymnasium.make_vec(name, num_envs=count, vectorization_mode="vector_entry_point")
        else:
            made = gymnasium.make_vec(
                name, num_envs=count, vectorization_mode="sync",
                vector_kwargs={"autoreset_mode": mode},
            )  # fmt: skip
    except gymnasium.error.Error as problem:
        told = str(problem).strip().splitlines()[0]
        raise InvalidArgument.of("env", name, told, "the id of a registered one") from problem
    if not normalize:
        return GymnasiumEnvironments(made)
    _obs_size(made.single_observation_space)
    wrapped = normalised(made, normalize, gamma)
    return GymnasiumEnvironments(wrapped.vector, wrapped)


def _require_finite(**arrays: Tensor) -> None:
    """Refuses what is no number. A sum that is finite has none in it, and is half the work."""
    for name, array in arrays.items():
        if not math.isfinite(array.sum()) and not bool(torch.isfinite(array).all()):
            raise InvalidArgument.of(
                name, array, "the environment gave what is no number",
                "an environment whose rewards and observations are finite",
            )  # fmt: skip


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
    raise InvalidArgument.of(
        "env", space, "actions of this kind are not served", "Discrete from 0, or a flat Box"
    )

"""Gymnasium's own wrappers for observations and rewards of one scale, and what they remember.

The wrappers are Gymnasium's and are not written again here. What is added: their statistics can be
kept and taken back, and frozen; and the rewards as the environment gave them stay known, since a
return is to be reported as it was played.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from gymnasium.vector import VectorEnv, VectorWrapper
from gymnasium.wrappers.utils import RunningMeanStd
from gymnasium.wrappers.vector import NormalizeObservation, NormalizeReward
from torch import Tensor

from rlcheck.algorithms.saving import State, number, tensor
from rlcheck.errors import InvalidArgument

NORMALISED = ("observations", "rewards")


class LastRewards(VectorWrapper):
    """Remembers the rewards of the last step as they were given.

    Attributes:
        rewards: [N].
    """

    rewards: np.ndarray

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """Steps, and remembers."""
        found = super().step(actions)
        self.rewards = np.array(found[1], dtype=np.float32)
        return found


@dataclass(frozen=True, kw_only=True)
class Normalisers:
    """The wrappers around a vector environment.

    Attributes:
        vector: the outermost of them.
        played: the innermost.
        statistics: running mean and variance, by the name of what they are of.
        wrappers: those that Gymnasium has.
    """

    vector: VectorEnv
    played: LastRewards
    statistics: dict[str, RunningMeanStd]
    wrappers: tuple[NormalizeObservation | NormalizeReward, ...]

    def state(self) -> State:
        """The statistics; what a reset clears is not among them."""
        found: State = {}
        for name, kept in self.statistics.items():
            found[f"{name}.mean"] = torch.from_numpy(np.array(kept.mean))
            found[f"{name}.var"] = torch.from_numpy(np.array(kept.var))
            found[f"{name}.count"] = float(kept.count)
        return found

    def restore(self, state: State) -> None:
        """Takes the statistics back.

        Raises:
            InvalidArgument: they are those of other observations.
        """
        found = {}
        for name, kept in self.statistics.items():
            arrays = [tensor(state, f"{name}.{which}").numpy() for which in ("mean", "var")]
            if any(array.shape != np.shape(kept.mean) for array in arrays):
                raise InvalidArgument.of(
                    name, [array.shape for array in arrays],
                    "the saved state is of another shape", f"{np.shape(kept.mean)}",
                )  # fmt: skip
            found[name] = (*arrays, number(state, f"{name}.count"))
        for name, (mean, var, count) in found.items():
            kept = self.statistics[name]
            # [()] makes a number of a lone one, as Gymnasium has it, and leaves arrays alone.
            kept.mean, kept.var, kept.count = mean.copy()[()], var.copy()[()], count

    def freeze(self) -> None:
        """From now on the statistics are used and no longer gathered: for evaluation."""
        for wrapper in self.wrappers:
            wrapper.update_running_mean = False


def normalised(vector: VectorEnv, which: Sequence[str], gamma: float) -> Normalisers:
    """Wraps a vector environment.

    Args:
        vector: one that begins anew in the *next* step where observations are normalised.
        which: "observations", "rewards" or both.
        gamma: by which NormalizeReward discounts the returns whose variance it divides by.

    Raises:
        InvalidArgument: something else is to be normalised.
    """
    for name in which:
        if name not in NORMALISED:
            raise InvalidArgument.of("normalize", name, "no such one", " or ".join(NORMALISED))
    played = LastRewards(vector)
    outermost: VectorEnv = played
    statistics: dict[str, RunningMeanStd] = {}
    wrappers: list[NormalizeObservation | NormalizeReward] = []
    if "observations" in which:
        seen = outermost = NormalizeObservation(outermost)
        statistics["observations"] = seen.obs_rms
        wrappers.append(seen)
    if "rewards" in which:
        scaled = outermost = NormalizeReward(outermost, gamma=gamma)
        statistics["rewards"] = scaled.return_rms
        wrappers.append(scaled)
    return Normalisers(
        vector=outermost, played=played, statistics=statistics, wrappers=tuple(wrappers)
    )


def as_played(normalisers: Normalisers | None, rewards: Tensor) -> Tensor:
    """The rewards of the last step as the environment gave them, [N]."""
    return rewards if normalisers is None else torch.from_numpy(normalisers.played.rewards)

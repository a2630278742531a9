"""Episodes as they were played: undiscounted returns of the environment's own rewards.

While a rollout is played, references are kept and nothing is computed.
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from rlcheck.algorithms.environments import Transition
from rlcheck.algorithms.saving import State, tensor

Row = tuple[Tensor, Tensor, Tensor]


@dataclass(kw_only=True, eq=False)
class Episodes:
    """Running sums of N copies, and the episodes that ended.

    Attributes:
        count: N.
        counted: "all" episodes, or only the "first" one of each copy after a reset. Who plays until
            the last copy has ended sees the others begin again: what they then finish are short
            ones, since the long ones are not finished.
        ended: (return, length) of those that ended since the last `take`.
    """

    count: int
    counted: Literal["all", "first"]
    ended: list[tuple[float, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._rows: list[Row] = []
        self._clear()

    def add(self, step: Transition) -> None:
        """Keeps one step of all copies."""
        played = step.rewards if step.played is None else step.played
        self._rows.append((played, step.terminated | step.truncated, step.real))

    def break_off(self) -> None:
        """What is running is no episode: the environments begin anew."""
        self._go_through()
        self._clear()

    def take(self) -> list[tuple[float, int]]:
        """The episodes that ended since the last time."""
        self._go_through()
        ended, self.ended = self.ended, []
        return ended

    def state(self) -> State:
        """The running sums; whoever saves has taken the ended ones."""
        self._go_through()
        return {
            "returns": torch.from_numpy(self._returns.copy()),
            "lengths": torch.from_numpy(self._lengths.copy()),
            "over": torch.from_numpy(self._over.copy()),
        }

    def restore(self, state: State) -> None:
        """Takes them back."""
        self._returns = tensor(state, "returns").numpy().copy()
        self._lengths = tensor(state, "lengths").numpy().copy()
        self._over = tensor(state, "over").numpy().copy()

    def _clear(self) -> None:
        self._returns = np.zeros(self.count)
        self._lengths = np.zeros(self.count, dtype=np.int64)
        self._over = np.zeros(self.count, dtype=bool)

    def _go_through(self) -> None:
        if not self._rows:
            return
        rewards, ends, real = (
            torch.stack(list(column)) for column in zip(*self._rows, strict=True)
        )
        self._rows = []
        real_slots = real.cpu().numpy()
        sums = np.cumsum(rewards.double().cpu().numpy() * real_slots, axis=0) + self._returns
        lengths = np.cumsum(real_slots, axis=0) + self._lengths
        before, played = np.zeros(self.count), np.zeros(self.count, dtype=np.int64)
        for t, n in np.argwhere(ends.cpu().numpy() & real_slots).tolist():
            if not self._over[n]:
                self.ended.append((float(sums[t, n] - before[n]), int(lengths[t, n] - played[n])))
            before[n], played[n] = sums[t, n], lengths[t, n]
            self._over[n] = self.counted == "first"
        self._returns, self._lengths = sums[-1] - before, lengths[-1] - played

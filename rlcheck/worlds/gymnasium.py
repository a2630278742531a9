"""A finite world as a Gymnasium environment, with the sampler's meaning of every flag."""

from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.error import ResetNeeded

from rlcheck.errors import InvalidArgument
from rlcheck.worlds.tabular import TabularMDP


def to_gymnasium(world: TabularMDP) -> "TabularEnv":
    """The world as an environment, for code that wants to call `reset` and `step` itself.

    `terminated` and `truncated` are those of `TabularMDP`: the horizon terminates, the time limit
    truncates, and an end that is both terminates. The observation returned with an end is the
    final one. `info["state"]` and `info["steps"]` tell the state and the time since the reset.
    Do not wrap it in `TimeLimit`: the world's own time limit is already applied.

    Args:
        world: any finite world; later changes to it are impossible, so one may be shared.
    """
    return TabularEnv(world)


class TabularEnv(gymnasium.Env[np.ndarray, np.int64]):
    """The environment that `to_gymnasium` makes."""

    metadata: dict[str, Any] = {"render_modes": []}  # noqa: RUF012 - Gymnasium's own declaration

    def __init__(self, world: TabularMDP) -> None:
        """Copies the world's tables to NumPy."""
        self.world = world
        self._observations = world.observations.cpu().numpy()
        self._terminal = world.terminal.cpu().numpy()
        self._rewards = world.rewards.cpu().numpy()
        self._transitions = world.transitions.cpu().numpy()
        self._initial = world.initial.cpu().numpy()
        self._state: int | None = None  # None: a reset is due
        self._steps = 0
        low, high = self._observations.min(0), self._observations.max(0)
        # Gymnasium warns of a box without width, which an unvarying entry would make.
        self.observation_space = spaces.Box(
            low, np.where(high > low, high, low + 1), dtype=np.float64
        )
        self.action_space = spaces.Discrete(world.n_actions)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Begins an episode; `options` may give its first state as `{"state": s}`."""
        super().reset(seed=seed)
        if options and "state" in options:
            self._state = self._checked_state(options["state"])
        else:
            self._state = self._draw(self._initial)
        self._steps = 0
        return self._observe(self._state)

    def step(self, action: Any) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        """One transition: observation, reward, terminated, truncated, info."""
        if self._state is None:
            raise ResetNeeded("the episode has ended, or has not begun: call reset()")
        chosen = int(action)
        if not 0 <= chosen < self.world.n_actions:
            raise InvalidArgument.of(
                "action", action, "no such action", f"0 .. {self.world.n_actions - 1}"
            )
        state = self._draw(self._transitions[self._state, chosen])
        reward = float(self._rewards[self._state, chosen, state])
        self._steps += 1
        terminated = bool(self._terminal[state]) or self._steps == self.world.horizon
        truncated = self._steps == self.world.time_limit and not terminated
        observation, info = self._observe(state)
        self._state = None if terminated or truncated else state
        return observation, reward, terminated, truncated, info

    def _checked_state(self, state: Any) -> int:
        if state not in range(self.world.n_states) or self._terminal[state]:
            raise InvalidArgument.of(
                'options["state"]', state, "no state to begin in", "a state that is not terminal"
            )
        return int(state)

    def _observe(self, state: int) -> tuple[np.ndarray, dict[str, Any]]:
        return self._observations[state].copy(), {"state": state, "steps": self._steps}

    def _draw(self, probabilities: np.ndarray) -> int:
        possible = np.flatnonzero(probabilities)
        drawn = np.searchsorted(
            probabilities[possible].cumsum(), self.np_random.random(), side="right"
        )
        # The sum may be rounded to a little below one, and the variate lie above it.
        return int(possible[min(int(drawn), len(possible) - 1)])

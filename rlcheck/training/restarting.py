"""Environments that a run can be cut at: they begin anew where a checkpoint is, or are kept there.

Gymnasium cannot save an environment. So at each checkpoint every copy begins anew from a seed that
the run's seed and the number of steps determine, in a run that is never ended as in one that is
taken up again. To whoever learns that is a truncation like another: the last transition keeps its
true successor, `truncated` is set, and the observation to act on next is the reset's. Returns are
bootstrapped over it, recurrent states are cleared, no episode is counted.

Environments that expose their state (`Keepable`) are kept instead, and never cut.
"""

from dataclasses import replace

from torch import Tensor

from rlcheck.algorithms.environments import (
    Environments,
    GymnasiumEnvironments,
    Keepable,
    Transition,
)
from rlcheck.algorithms.saving import State, named, number, part, tensor
from rlcheck.algorithms.seeds import derived_seed
from rlcheck.training.episodes import Episodes


class Restarting:
    """N copies, as `Environments`, that begin anew after every so many steps.

    Attributes:
        environments: what is played.
        every: after how many steps of each copy; None where the algorithm resets them by itself.
        steps: of each copy, since the run began.
        begun_anew: whether they began anew after the last step.
    """

    def __init__(
        self, environments: Environments, *, every: int | None, seed: int, rank: int
    ) -> None:
        """Wraps environments.

        Args:
            environments: what is played.
            every: after how many steps of each copy they begin anew; None where the algorithm
                resets them before each update.
            seed: of the run.
            rank: of the process.
        """
        self.environments = environments
        self.every = every
        self.count = environments.count
        self.obs_size = environments.obs_size
        self.actions = environments.actions
        self.steps = 0
        self._episodes = Episodes(count=self.count, counted="first" if every is None else "all")
        self._seeds = (seed, rank)
        self._obs: Tensor | None = None
        self.begun_anew = False
        self._place: State | None = None

    @property
    def can_be_cut_anywhere(self) -> bool:
        """Whether a run that goes on from any update plays as one that was ended there."""
        return self.every is None or isinstance(self.environments, Keepable)

    def reset(self, seed: int) -> Tensor:
        """Begins anew; or, once after `take_up`, goes on where the earlier run was."""
        self._episodes.break_off()
        place, self._place = self._place, None
        if place is None:
            self._obs = self.environments.reset(seed).contiguous()
            return self._obs
        obs = self.environments.reset(self._seed()).contiguous()
        # A reset is seen by what gathers statistics: they are put back after it, not before.
        if "obs" in place:
            obs = tensor(place, "obs").to(obs.device)
            self._put_back(place)
            if isinstance(self.environments, Keepable):
                self.environments.restore(part(place, "environments"))
        self._obs = obs
        return obs

    def step(self, actions: Tensor) -> Transition:
        found = self.environments.step(actions)
        # As a checkpoint gives it back: how it lies in memory decides the last bit of a product.
        found = replace(found, obs=found.obs.contiguous())
        self._episodes.add(found)
        self.steps += 1
        self._obs, self.begun_anew = found.obs, False
        due = self.every is not None and self.steps % self.every == 0
        if not due or isinstance(self.environments, Keepable):
            return found
        self._episodes.break_off()
        self._obs, self.begun_anew = self.environments.reset(self._seed()).contiguous(), True
        return replace(found, obs=self._obs, truncated=found.real & ~found.terminated)

    def take_episodes(self) -> list[tuple[float, int]]:
        """(return, length) of the episodes that ended since the last time."""
        return self._episodes.take()

    def state(self) -> State:
        """Where the environments are, as far as that can be said of them."""
        found: State = {"steps": self.steps, **named("episodes", self._episodes.state())}
        if isinstance(self.environments, GymnasiumEnvironments) and self.environments.normalisers:
            found |= named("normalisers", self.environments.normalisers.state())
        if isinstance(self.environments, Keepable):
            found |= named("environments", self.environments.state())
        here = self.begun_anew or self.can_be_cut_anywhere
        if self.every is not None and here and self._obs is not None:
            found["obs"] = self._obs
        return found

    def take_up(self, state: State) -> None:
        """Goes on from there: at once where the algorithm resets, else at the coming `reset`."""
        self.steps = int(number(state, "steps"))
        self._put_back(state)
        if self.every is not None:
            self._place = state

    def _put_back(self, state: State) -> None:
        self._episodes.restore(part(state, "episodes"))
        if isinstance(self.environments, GymnasiumEnvironments) and self.environments.normalisers:
            self.environments.normalisers.restore(part(state, "normalisers"))

    def _seed(self) -> int:
        return derived_seed(*self._seeds, self.steps)

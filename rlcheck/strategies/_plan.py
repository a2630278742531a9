"""From what a family of worlds asks for to a world: the one place where a `TabularMDP` is drawn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from hypothesis import strategies as st
from torch import Tensor

from rlcheck.strategies._numbers import Draw, Row, choose, draw_numbers
from rlcheck.strategies.bounds import Limits
from rlcheck.worlds.tabular import TabularMDP

DISCOUNTS = (0.5, 0.75, 0.0, 0.875)
"""Below one, simplest first."""


@dataclass(frozen=True, kw_only=True)
class Size:
    """How large a world turned out.

    Attributes:
        states: S, terminal states included.
        actions: A.
    """

    states: int
    actions: int

    @classmethod
    def drawn(cls, draw: Draw, limits: Limits) -> "Size":
        """At least two of each: with one there is nothing to tell apart."""
        return cls(
            states=draw(st.integers(2, limits.max_states)),
            actions=draw(st.integers(2, limits.max_actions)),
        )


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What may be chosen in a family of worlds, everywhere the simplest first.

    Attributes:
        name: of the family.
        rows: the distributions over successors that (s, a) may have.
        initial: the initial distributions.
        discounts: gamma.
        horizons: of J.
        time_limits: of an episode.
        terminal: the states that end an episode.
        seen: which observation each state has; its own by default.
    """

    name: str
    rows: Callable[[int, int], Sequence[Row]]
    initial: Sequence[Row]
    discounts: Sequence[float] = DISCOUNTS
    horizons: Sequence[int | None] = (None,)
    time_limits: Sequence[int | None] = (None,)
    terminal: Sequence[int] = ()
    seen: Sequence[int] | None = None

    def drawn(self, draw: Draw, size: Size, limits: Limits) -> TabularMDP:
        """A world that the plan allows; where there is a horizon gamma may be one, too."""
        horizon = choose(draw, self.horizons)
        discounts = (*self.discounts, 1.0) if horizon is not None else self.discounts
        rows = [
            [choose(draw, self._rows(s, a, size)) for a in range(size.actions)]
            for s in range(size.states)
        ]
        seen = range(size.states) if self.seen is None else self.seen
        return TabularMDP(
            transitions=torch.tensor(rows, dtype=torch.float64),
            rewards=_rewards(draw, size, limits.max_reward),
            initial=torch.tensor(choose(draw, self.initial), dtype=torch.float64),
            gamma=choose(draw, discounts),
            horizon=horizon,
            time_limit=choose(draw, self.time_limits),
            terminal=torch.tensor([s in self.terminal for s in range(size.states)]),
            observations=torch.eye(size.states, dtype=torch.float64)[list(seen)],
            name=self.name,
        )

    def _rows(self, state: int, action: int, size: Size) -> Sequence[Row]:
        # Never used, and the world would store it so anyway.
        if state in self.terminal:
            return (certain(state, size.states),)
        return self.rows(state, action)


def certain(state: int, states: int) -> Row:
    """The distribution that has all of its mass on one state."""
    return tuple(float(s == state) for s in range(states))


def up_to(longest: int) -> tuple[int | None, ...]:
    """1, 2, ..., longest, and then no limit at all."""
    return (*range(1, longest + 1), None)


def _rewards(draw: Draw, size: Size, largest: float) -> Tensor:
    shape = (size.states, size.actions, size.states)
    flat = draw_numbers(draw, size.states * size.actions * size.states, largest)
    return torch.tensor(flat, dtype=torch.float64).reshape(shape)

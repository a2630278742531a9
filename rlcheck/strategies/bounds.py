"""How large a tabular world may be: the keyword arguments that every family of them takes."""

from dataclasses import dataclass
from typing import TypedDict

from rlcheck.strategies import _door


class Bounds(TypedDict, total=False):
    """Keyword arguments of the strategies of tabular worlds; each has a default."""

    max_states: int
    """S at most, terminal states included; from 2 to 8, by default 3."""
    max_actions: int
    """A at most; from 2 to 8, by default 3."""
    max_horizon: int
    """The longest horizon and time limit; from 2 to 64, by default 3."""
    max_reward: float
    """Rewards are multiples of 1/4 between this and its negative; up to 1000, by default 2."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """`Bounds` with the defaults filled in.

    Raises:
        InvalidArgument: a bound is outside its range.
    """

    max_states: int = 3
    max_actions: int = 3
    max_horizon: int = 3
    max_reward: float = 2.0

    def __post_init__(self) -> None:
        _door.whole_number("max_states", self.max_states, 2, 8)
        _door.whole_number("max_actions", self.max_actions, 2, 8)
        _door.whole_number("max_horizon", self.max_horizon, 2, 64)
        _door.real_number("max_reward", self.max_reward, 0.25, 1000.0)

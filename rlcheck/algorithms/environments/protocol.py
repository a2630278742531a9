"""Many copies of an environment, stepped together: what a rollout needs of them, and no more.

A slot of experience is a transition (o, a, r, o') with its two flags. Where an episode ends, o' is
its final observation and never the first of the next one: a truncated episode is bootstrapped with
V(o'), and V of a reset would be the value of another state.
"""

from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

from jaxtyping import Bool, Float
from torch import Tensor

from rlcheck.algorithms.saving import State
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
        """Acts once in every copy; [N] of indices, or [N, D] of indices or numbers."""
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


def positive_count(count: int) -> int:
    """How many copies there are; none is refused."""
    if count < 1:
        raise InvalidArgument.of("count", count, "nothing would be stepped", "1 or more")
    return count

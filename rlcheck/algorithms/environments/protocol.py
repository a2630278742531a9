"""Many copies of an environment, stepped together: what a rollout needs of them, and no more.

A slot of experience is a transition (o, a, r, o') with its two flags. Where an episode ends, o' is
its final observation and never the first of the next one: a truncated episode is bootstrapped with
V(o'), and V of a reset would be the value of another state.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias, runtime_checkable

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from rlcheck.errors import InvalidArgument

State: TypeAlias = Mapping[str, Tensor | int]
"""What a checkpoint keeps: tensors on the CPU, and numbers."""


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
    """

    obs: Float[Tensor, "N O"]
    next_obs: Float[Tensor, "N O"]
    rewards: Float[Tensor, " N"]
    terminated: Bool[Tensor, " N"]
    truncated: Bool[Tensor, " N"]
    real: Bool[Tensor, " N"]


class Environments(Protocol):
    """N copies of one environment.

    Attributes:
        count: N.
        obs_size: O.
        actions: what one action is.
        device: where observations lie, and actions are expected.
    """

    count: int
    obs_size: int
    actions: Actions
    device: torch.device

    def reset(self, seed: int) -> Float[Tensor, "N O"]:
        """Begins every copy anew; everything random from here on follows from the seed."""
        ...

    def step(self, actions: Tensor) -> Transition:
        """Acts once in every copy; [N] of indices, or [N, D]."""
        ...


@runtime_checkable
class Restorable(Protocol):
    """Environments that a checkpoint can keep: after `restore` they go on as if never stopped."""

    def state(self) -> dict[str, Tensor | int]:
        """All that decides what comes next, the generator's state included."""
        ...

    def restore(self, state: State) -> Float[Tensor, "N O"]:
        """Puts back what `state` gave, on any device; the observations to act on next.

        Raises:
            InvalidArgument: it is not the state of such environments.
        """
        ...


def positive_count(count: int) -> int:
    """How many copies there are; none is refused."""
    if count < 1:
        raise InvalidArgument.of("count", count, "nothing would be stepped", "1 or more")
    return count


def kept_tensor(state: State, name: str, like: Tensor) -> Tensor:
    """A copy of `state[name]` on the device of `like`.

    Raises:
        InvalidArgument: it is absent, or of another shape or type.
    """
    found = state.get(name)
    fits = isinstance(found, Tensor) and found.shape == like.shape and found.dtype == like.dtype
    if not fits:
        told = f"{found.dtype} {list(found.shape)}" if isinstance(found, Tensor) else found
        raise InvalidArgument.of(
            f"state[{name!r}]", told, "it is not the state of these environments",
            f"{like.dtype} {list(like.shape)}, as `state()` gives it",
        )  # fmt: skip
    return found.to(like.device, copy=True)


def restore_generator(generator: torch.Generator, state: State) -> None:
    """Sets a generator to `state["generator"]`.

    Raises:
        InvalidArgument: that is no state of a generator of this device.
    """
    kept_tensor(state, "generator", generator.get_state())
    found = state["generator"]
    assert isinstance(found, Tensor)
    generator.set_state(found.cpu())

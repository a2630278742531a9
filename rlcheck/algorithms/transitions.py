"""Transitions by themselves, for methods that ask nothing of their order; and a memory of them."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from rlcheck.algorithms.environments import Transition
from rlcheck.algorithms.saving import State, number, tensor
from rlcheck.errors import InvalidArgument


@dataclass(frozen=True, kw_only=True, eq=False)
class Transitions:
    """One row each. Whether a step was truncated is not kept: what did not terminate bootstraps.

    Attributes:
        obs: [B, O].
        actions: [B].
        rewards: [B].
        next_obs: the true successors, final observations included, [B, O].
        terminated: [B].
    """

    obs: Float[Tensor, "B O"]
    actions: Int[Tensor, " B"]
    rewards: Float[Tensor, " B"]
    next_obs: Float[Tensor, "B O"]
    terminated: Bool[Tensor, " B"]

    def __len__(self) -> int:
        return len(self.obs)

    def __getitem__(self, rows: Tensor) -> "Transitions":
        return Transitions(**{name: value[rows] for name, value in vars(self).items()})


def transitions_of(
    obs: Float[Tensor, "N O"],
    actions: Int[Tensor, " N"],
    step: Transition,
    device: torch.device | str,
) -> Transitions:
    """What a step of all copies gave, without the slots that are none."""
    every = Transitions(
        obs=obs, actions=actions, rewards=step.rewards, next_obs=step.next_obs,
        terminated=step.terminated,
    )  # fmt: skip
    there = every if bool(step.real.all()) else every[step.real]
    return Transitions(**{name: value.to(device) for name, value in vars(there).items()})


def epsilon_greedy(
    q_values: Float[Tensor, "N A"], epsilon: float, generator: torch.Generator
) -> Int[Tensor, " N"]:
    """argmax_a Q(o, a), or with probability epsilon any action, each as likely.

    Source: Sutton and Barto (2nd ed., 2018), section 2.2.
    """
    count, n_actions = q_values.shape
    device = generator.device
    anywhere = torch.randint(n_actions, (count,), generator=generator, device=device)
    explores = torch.rand(count, generator=generator, device=device) < epsilon
    return torch.where(explores, anywhere, q_values.argmax(-1))


class ReplayMemory:
    """The last `capacity` transitions; a newer one takes the place of the oldest."""

    def __init__(self, capacity: int, obs_size: int, device: torch.device | str = "cpu") -> None:
        if capacity < 1:
            raise InvalidArgument.of("capacity", capacity, "nothing would be kept", "1 or more")
        self.kept = Transitions(
            obs=torch.zeros(capacity, obs_size, device=device),
            actions=torch.zeros(capacity, dtype=torch.int64, device=device),
            rewards=torch.zeros(capacity, device=device),
            next_obs=torch.zeros(capacity, obs_size, device=device),
            terminated=torch.zeros(capacity, dtype=torch.bool, device=device),
        )
        self.seen = 0

    def __len__(self) -> int:
        return min(self.seen, len(self.kept))

    def add(self, new: Transitions) -> None:
        """Keeps more, in order."""
        # Of more than there is room for, the last: a place must not be written to twice at once.
        room, device = len(self.kept), self.kept.obs.device
        first = max(0, len(new) - room)
        places = torch.arange(self.seen + first, self.seen + len(new), device=device) % room
        for name, value in vars(self.kept).items():
            value[places] = getattr(new, name)[first:].to(value)
        self.seen += len(new)

    def sample(self, count: int, generator: torch.Generator) -> Transitions:
        """Some of them, each as likely, with repetition.

        Raises:
            InvalidArgument: there are none.
        """
        if self.seen == 0:
            raise InvalidArgument.of("memory", 0, "there is nothing in it", "transitions, by add")
        device = generator.device
        return self.kept[torch.randint(len(self), (count,), generator=generator, device=device)]

    def state(self) -> State:
        """What is kept, and how much was seen."""
        return {**vars(self.kept), "seen": self.seen}

    def restore(self, state: State) -> None:
        """Takes it back.

        Raises:
            InvalidArgument: it is the state of a memory of another size.
        """
        seen = int(number(state, "seen"))
        for name, value in vars(self.kept).items():
            found = tensor(state, name)
            if found.shape != value.shape:
                raise InvalidArgument.of(
                    name, list(found.shape), "the saved memory is of another size",
                    f"one of {list(value.shape)}",
                )  # fmt: skip
        for name, value in vars(self.kept).items():
            value.copy_(tensor(state, name))
        self.seen = seen

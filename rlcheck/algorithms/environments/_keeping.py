"""How environments on a device take back what they were, on the same device or another."""

import torch
from torch import Tensor

from rlcheck.algorithms.saving import State, tensor
from rlcheck.algorithms.seeds import derived_seed
from rlcheck.errors import InvalidArgument


def seed_generator(generator: torch.Generator, seed: int) -> None:
    """Seeds the chance of environments: none of it is that of whoever acts with the same seed."""
    generator.manual_seed(derived_seed(seed, 1))


def kept_like(state: State, name: str, like: Tensor) -> Tensor:
    """A copy of a tensor of a state, on the device of `like`.

    Raises:
        InvalidArgument: it is absent, or of another shape or type.
    """
    found = tensor(state, name)
    if found.shape != like.shape or found.dtype != like.dtype:
        raise InvalidArgument.of(
            name, f"{found.dtype} {list(found.shape)}", "the saved state is of other environments",
            f"{like.dtype} {list(like.shape)}",
        )  # fmt: skip
    return found.to(like.device, copy=True)


def set_generator(generator: torch.Generator, state: State) -> None:
    """Sets a generator to what `state` kept of one of the same device.

    Raises:
        InvalidArgument: it kept none, or one of another kind of device.
    """
    generator.set_state(kept_like(state, "generator", generator.get_state()))

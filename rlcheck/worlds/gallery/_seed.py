"""Where the random families of the gallery take their randomness from."""

import torch

from rlcheck.errors import InvalidArgument


def generator_of(seed: int | torch.Generator) -> torch.Generator:
    """A generator on the CPU for an integer seed; a generator is used, and advanced, as it is."""
    if isinstance(seed, torch.Generator):
        if seed.device.type != "cpu":
            raise InvalidArgument.of(
                "seed", seed.device, "not on the CPU", "a CPU generator; then world.to(device)"
            )
        return seed
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise InvalidArgument.of("seed", seed, "not a seed", "an int or a torch.Generator")
    return torch.Generator().manual_seed(seed)

"""PyTorch's global generators, which somebody else's code draws from: the CPU's and a device's."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

_CPU = torch.device("cpu")


@contextmanager
def seeded(seed: int, device: torch.device = _CPU) -> Iterator[None]:
    """Seeds the CPU's generator and the device's, and leaves both as they were.

    What is drawn on a device comes from a generator of its own, which a seed of the CPU's does
    not reach: two calls of one function with dropout would then never agree there.
    """
    # Not torch.manual_seed: that queues a traceback for CUDA at every call.
    before = torch.default_generator.get_state()
    torch.default_generator.manual_seed(seed)
    try:
        if device.type == "cpu":
            yield
        else:
            with _device_seeded(seed, device):
                yield
    finally:
        torch.default_generator.set_state(before)


@contextmanager
def _device_seeded(seed: int, device: torch.device) -> Iterator[None]:
    module = torch.get_device_module(device)
    before = module.get_rng_state(device)
    module.set_rng_state(torch.Generator(device).manual_seed(seed).get_state(), device)
    try:
        yield
    finally:
        module.set_rng_state(before, device)

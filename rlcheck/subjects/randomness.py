"""PyTorch's global generators, which networks and other people's code draw from.

There is one for the CPU and one for each device, and neither a seed nor `fork_rng(devices=[])` of
the CPU's reaches a device's: two calls of one function with dropout would never agree there.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

_CPU = torch.device("cpu")


@contextmanager
def kept(device: torch.device = _CPU) -> Iterator[None]:
    """Leaves the CPU's generator and the device's as they were."""
    before = torch.default_generator.get_state()
    there = None if device.type == "cpu" else torch.get_device_module(device).get_rng_state(device)
    try:
        yield
    finally:
        torch.default_generator.set_state(before)
        if there is not None:
            torch.get_device_module(device).set_rng_state(there, device)


@contextmanager
def seeded(seed: int, device: torch.device = _CPU) -> Iterator[None]:
    """Seeds the CPU's generator and the device's, and leaves both as they were."""
    with kept(device):
        # Not torch.manual_seed: that queues a traceback for CUDA at every call.
        torch.default_generator.manual_seed(seed)
        if device.type != "cpu":
            state = torch.Generator(device).manual_seed(seed).get_state()
            torch.get_device_module(device).set_rng_state(state, device)
        yield

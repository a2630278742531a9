"""One test body for every device: CUDA where there is one, elsewhere an emulated one."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import torch

from tests.devices.emulated import NAME, clone_storage, register
from tests.devices.launches import counted
from tests.devices.randomness import BoundGenerators, EitherGenerator

__all__ = ["NAME", "counted", "emulation", "register"]


@contextmanager
def emulation() -> Iterator[None]:
    """Generators can be made for the emulated device and are held to it; modules move in place."""
    with pytest.MonkeyPatch.context() as patch, BoundGenerators():
        patch.setattr(torch, "Generator", EitherGenerator)
        patch.setattr(torch.UntypedStorage, "clone", clone_storage)
        # A module that goes to CUDA keeps its parameters, and an optimiser made before holds them.
        before = torch.__future__.get_swap_module_params_on_conversion()
        torch.__future__.set_swap_module_params_on_conversion(True)
        try:
            yield
        finally:
            torch.__future__.set_swap_module_params_on_conversion(before)

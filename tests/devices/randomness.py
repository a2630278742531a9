"""Randomness of the emulated device: a default stream of its own, and generators bound to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

_CPU_GENERATOR = torch.Generator
_STREAM = torch.Generator()


class DefaultStream:
    """The device's module (`torch.emulated`): what PyTorch asks of `torch.cuda`."""

    def is_initialized(self) -> bool:
        return True

    def is_available(self) -> bool:
        return True

    def current_device(self) -> int:
        return 0

    def device_count(self) -> int:
        return 1

    def _is_in_bad_fork(self) -> bool:
        return False

    def manual_seed(self, seed: int) -> None:
        _STREAM.manual_seed(seed)

    def manual_seed_all(self, seed: int) -> None:
        _STREAM.manual_seed(seed)

    def get_rng_state(self, device: Any = None) -> Tensor:
        return _STREAM.get_state()

    def set_rng_state(self, state: Tensor, device: Any = None) -> None:
        _STREAM.set_state(state)

    @staticmethod
    @contextmanager
    def used() -> Iterator[None]:
        """What a kernel draws without a generator comes from the device's own stream."""
        before = torch.default_generator.get_state()
        torch.default_generator.set_state(_STREAM.get_state())
        try:
            yield
        finally:
            _STREAM.set_state(torch.default_generator.get_state())
            torch.default_generator.set_state(before)


class DeviceGenerator(_CPU_GENERATOR):
    """A generator of the device: the CPU's numbers under another name."""

    def __new__(cls) -> "DeviceGenerator":
        return _CPU_GENERATOR.__new__(cls)

    @property
    def device(self) -> torch.device:
        return torch.device("emulated:0")


class _Either(type):
    def __call__(cls, device: Any = "cpu") -> torch.Generator:
        there = torch.device(device).type == "emulated"
        return DeviceGenerator() if there else _CPU_GENERATOR(device)

    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, _CPU_GENERATOR)


class EitherGenerator(metaclass=_Either):
    """Stands in for `torch.Generator`, which makes none for a device without C++ of its own."""


class BoundGenerators(TorchFunctionMode):
    """Refuses a generator of one device in an operation on another, as PyTorch's kernels do."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        generator = kwargs.get("generator")
        if generator is None:
            generator = next((x for x in args if isinstance(x, _CPU_GENERATOR)), None)
        if generator is not None:
            device = _device_of(args, kwargs)
            if device.type != generator.device.type:
                raise RuntimeError(
                    f"Expected a '{device.type}' device type for generator but found "
                    f"'{generator.device.type}'"
                )
        return func(*args, **kwargs)


def _device_of(args: tuple[Any, ...], kwargs: dict[str, Any]) -> torch.device:
    if kwargs.get("device") is not None:
        return torch.device(kwargs["device"])
    tensors = [x for x in (*args, *kwargs.values()) if isinstance(x, Tensor)]
    return tensors[0].device if tensors else torch.device("cpu")

"""An accelerator that is not there: tensors on a device `emulated`, as strict as those of CUDA.

PyTorch leaves one device to others (PrivateUse1). Here it is given a memory in ordinary RAM and
kernels that run on the CPU, so that every test of `device=` runs on any machine. To PyTorch these
are plain tensors of a device that is not the CPU: autograd, views, subclasses, `nn.Module.to`,
forward-mode and `torch.func` are PyTorch's own and know nothing of the emulation.

What it enforces, as CUDA does:
- tensors of two devices in one operation raise RuntimeError, but for a 0-dim number from the CPU
  in elementwise operations, CPU indices into a tensor of the device, and copies (`rules`);
- `.numpy()`, and whatever NumPy makes an array of, raises TypeError;
- what is made without `device=` is on the CPU;
- a generator belongs to a device, and the device has a default one of its own, which neither
  `torch.default_generator` nor `torch.random.fork_rng(devices=[])` touches (`randomness`).

What it cannot show: CUDA's kernels and their numerics (order of sums, tf32, atomics), operations
that CUDA lacks, memory and speed, streams and asynchronous errors, more than one such device, and
code that spells "cuda" (`torch.cuda.is_available()` stays false). Assigning a tensor of the device
to `.data` of a CPU tensor, and a deep copy of a subclass, are refused here and work on CUDA.

A tensor's storage lies on the device and holds no bytes; its Python object carries the storage on
the CPU that does (`_HOST`). PyTorch keeps that object for as long as the storage lives.

`register()` must run before the first backward pass of the process: the autograd engine counts
devices once.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.utils.backend_registration import _setup_privateuseone_for_python_backend

from tests.devices import fused_cells, rules
from tests.devices.randomness import DefaultStream

NAME = "emulated"
_HOST = "host"
_CPU = torch.device("cpu")
_CPU_KEY = torch._C.DispatchKeySet(torch._C.DispatchKey.CPU)
_SET = torch.ops.aten.set_.source_Storage_storage_offset
# These kernels of the CPU look at sizes and strides alone, and leave the storage as it is.
_VIEWS = ("as_strided", "view", "_reshape_alias", "unfold")
_LIBRARIES: list[torch.library.Library] = []


def register() -> None:
    """Gives this process the device, once; nothing takes it away again."""
    if _LIBRARIES:
        return
    _setup_privateuseone_for_python_backend(NAME, DefaultStream())
    every, aten = torch.library.Library("_", "IMPL"), torch.library.Library("aten", "IMPL")
    every.fallback(_run_on_the_host, "PrivateUse1")
    kernels: dict[str, Callable[..., Any]] = {
        "empty.memory_format": _empty,
        "empty_strided": _empty_strided,
        "_copy_from": _copy_from,
        "resize_": _resize,
        "set_.source_Storage_storage_offset": _same_on_any_device(_SET),
        "convolution_overrideable": _convolution,
        "_thnn_fused_gru_cell": _on_the_host(fused_cells.gru_cell),
        "_thnn_fused_gru_cell_backward": _on_the_host(fused_cells.gru_cell_backward),
    }
    kernels |= {n: _same_on_any_device(getattr(torch.ops.aten, n).default) for n in _VIEWS}
    for name, kernel in kernels.items():
        aten.impl(name, kernel, "PrivateUse1")
    _LIBRARIES.extend((every, aten))


def is_emulated(value: object) -> bool:
    """Whether it is a tensor of the device."""
    return isinstance(value, Tensor) and value.device.type == NAME


class _Blank(Tensor):
    """Only its storage is used: of the right size, on the device, without memory."""

    @classmethod
    def __torch_dispatch__(cls, *args: Any, **kwargs: Any) -> Any:
        raise AssertionError("nothing is ever done with it")


def _adopt(host: Tensor) -> Tensor:
    """The tensor of the device whose bytes are those of a CPU tensor."""
    return _place(torch._C._acc.create_empty_tensor([0], host.dtype), host)


def _place(tensor: Tensor, host: Tensor) -> Tensor:
    """Makes a tensor of the device one whose bytes are those of a CPU tensor."""
    count = host.untyped_storage().nbytes() // host.element_size()
    storage = torch.Tensor._make_wrapper_subclass(
        _Blank, (count,), dtype=host.dtype, device=f"{NAME}:0"
    ).untyped_storage()
    setattr(storage, _HOST, host)
    offset, size, stride = host.storage_offset(), host.size(), host.stride()
    return _SET.redispatch(_CPU_KEY, tensor, storage, offset, size, stride)


def _host(tensor: Tensor) -> Tensor:
    """The CPU tensor over the bytes of a tensor of the device."""
    whole: Tensor = getattr(tensor.untyped_storage(), _HOST)
    size, stride = tensor.size(), tensor.stride()
    offset = tensor.storage_offset()
    same = size == whole.size() and stride == whole.stride() and offset == whole.storage_offset()
    if same and tensor.dtype == whole.dtype:
        return whole
    bare = torch.empty(0, dtype=tensor.dtype)
    return bare.set_(whole.untyped_storage(), offset, size, stride)  # type: ignore[arg-type]


def clone_storage(storage: torch.UntypedStorage) -> torch.UntypedStorage:
    """A copy of a storage, for `copy.deepcopy`, which would read the device's memory."""
    whole: Tensor | None = getattr(storage, _HOST, None)
    if whole is None:
        return type(storage)(storage.nbytes(), device=storage.device).copy_(storage)
    bytes_ = whole.untyped_storage().clone()
    bare = torch.empty(0, dtype=whole.dtype)
    bare.set_(bytes_, whole.storage_offset(), whole.size(), whole.stride())  # type: ignore[arg-type]
    return _adopt(bare).untyped_storage()


def _empty(size: Any, dtype: Any = None, **options: Any) -> Tensor:
    memory_format = options.get("memory_format") or torch.contiguous_format
    dtype = dtype or torch.get_default_dtype()
    return _adopt(torch.empty(size, dtype=dtype, memory_format=memory_format))


def _empty_strided(size: Any, stride: Any, dtype: Any = None, **options: Any) -> Tensor:
    return _adopt(torch.empty_strided(size, stride, dtype=dtype or torch.get_default_dtype()))


def _copy_from(source: Tensor, target: Tensor, non_blocking: bool = False) -> Tensor:
    """The one operation that takes tensors of two devices."""
    _lowered(target).copy_(_lowered(source))
    return target


def _resize(tensor: Tensor, size: Any, memory_format: Any = None) -> Tensor:
    _place(tensor, _host(tensor).clone().resize_(size))
    return tensor


def _convolution(*args: Any, **kwargs: Any) -> Tensor:
    """A device of its own maker is asked for a whole convolution under another name."""
    return _run_on_the_host(torch.ops.aten.convolution.default, *args, **kwargs)


def _same_on_any_device(operation: Any) -> Callable[..., Any]:
    return lambda *args, **kwargs: operation.redispatch(_CPU_KEY, *args, **kwargs)


def _on_the_host(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """A kernel that devices have and the CPU has not, written for the CPU."""

    def run(*args: Any) -> Any:
        return _lifted(kernel(*map(_lowered, args)))

    return run


def _lowered(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value if value.is_cpu else _host(value)
    if isinstance(value, (list, tuple)):
        return type(value)(_lowered(x) for x in value)
    return _CPU if isinstance(value, torch.device) else value


def _lifted(value: Any) -> Any:
    if isinstance(value, Tensor):
        return _adopt(value)
    return type(value)(_lifted(x) for x in value) if isinstance(value, (list, tuple)) else value


def _run_on_the_host(operation: Any, *args: Any, **kwargs: Any) -> Any:
    """One kernel of the device: the CPU's, on the same bytes."""
    rules.check(operation, args, kwargs)
    plan = _plan(operation)
    low = [_lowered(value) for value in args]
    low_kwargs = {name: _lowered(value) for name, value in kwargs.items()}
    for i in plan.tensors:
        if i < len(low) and not isinstance(low[i], Tensor | None):
            low[i] = _as_tensor(low[i], args)
    if plan.draws:
        with DefaultStream.used():
            found = operation(*low, **low_kwargs)
    else:
        found = operation(*low, **low_kwargs)
    if not plan.written:
        return _lifted(found)
    every = dict(zip(plan.names, args, strict=False)) | kwargs
    host = dict(zip(plan.names, low, strict=False)) | low_kwargs
    for name in plan.written:
        _follow(every.get(name), host.get(name))
    kept = tuple(every[name] for name in plan.returned)
    return kept[0] if len(kept) == 1 else kept or None


def _follow(tensor: Any, host: Any) -> None:
    """An `out=` that was resized is resized on the device too; lists are written in place."""
    if isinstance(tensor, Tensor) and tensor.size() != host.size():
        _place(tensor, host)


def _as_tensor(number: float, args: tuple[Any, ...]) -> Tensor:
    """A number where a tensor is due keeps the type of the tensor beside it, as a number would."""
    beside = next((x for x in args if isinstance(x, Tensor)), None)
    if beside is not None and (beside.is_floating_point() or not isinstance(number, float)):
        return torch.tensor(number, dtype=beside.dtype)
    return torch.tensor(number)


class _Plan:
    """What a schema says of its arguments, by name or by place, and of what it returns."""

    def __init__(self, operation: Any) -> None:
        arguments, returns = operation._schema.arguments, operation._schema.returns
        self.names = [a.name for a in arguments]
        self.tensors = [i for i, a in enumerate(arguments) if str(a.type) == "Tensor"]
        self.draws = torch.Tag.nondeterministic_seeded in operation.tags
        written = [a for a in arguments if a.alias_info is not None and a.alias_info.is_write]
        self.written = [a.name for a in written]
        places = {frozenset(a.alias_info.before_set): a.name for a in written}
        aliased = [r.alias_info for r in returns if r.alias_info is not None]
        if any(not alias.is_write for alias in aliased):
            raise NotImplementedError(f"{operation} gives a view: it needs a kernel of its own")
        self.returned = [places[frozenset(alias.before_set)] for alias in aliased]


_plan = cache(_Plan)

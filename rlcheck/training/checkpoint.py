"""All that changes in a run, in one file: tensors as safetensors, numbers as JSON in its header.

Nothing is pickled: reading a checkpoint runs no code of whoever wrote it. One file, so that there
is nothing that two could disagree about.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from rlcheck.algorithms.saving import State, named, part
from rlcheck.errors import InvalidArgument
from rlcheck.training.files import write_whole

_FORMAT = 1
_HEADER = "rlcheck"


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A run as of some number of steps.

    Attributes:
        steps: of all copies in all processes together.
        updates: how many were taken.
        seconds: how long that took.
        parts: the state of each process.
    """

    steps: int
    updates: int
    seconds: float
    parts: tuple[State, ...]


def write(path: Path, checkpoint: Checkpoint) -> None:
    """Replaces the file."""
    whole: State = {}
    for rank, state in enumerate(checkpoint.parts):
        whole |= named(str(rank), state)
    head = {
        "format": _FORMAT,
        "steps": checkpoint.steps,
        "updates": checkpoint.updates,
        "seconds": checkpoint.seconds,
        "processes": len(checkpoint.parts),
    }
    write_whole(path, packed(whole, head))


def read(path: Path) -> Checkpoint:
    """What is in the file.

    Raises:
        InvalidArgument: it is cut off, or no checkpoint of ours.
    """
    try:
        whole, head = unpacked(path.read_bytes())
        if head["format"] != _FORMAT:
            raise ValueError(f"format {head['format']}, and this rlcheck reads {_FORMAT}")
        return Checkpoint(
            steps=int(head["steps"]),
            updates=int(head["updates"]),
            seconds=float(head["seconds"]),
            parts=tuple(part(whole, str(rank)) for rank in range(int(head["processes"]))),
        )
    except (ValueError, KeyError, TypeError) as problem:
        told = str(problem).strip().split("\n", 1)[0]
        raise InvalidArgument.of(
            "checkpoint", str(path), f"it is cut off or no checkpoint ({told})",
            "a folder whose checkpoint is whole",
        ) from problem  # fmt: skip


def packed(state: State, head: dict[str, Any] | None = None) -> bytes:
    """A state as bytes, with a few words about it."""
    save = _safetensors().save
    tensors = {name: _bare(value) for name, value in state.items() if isinstance(value, Tensor)}
    numbers = {name: value for name, value in state.items() if not isinstance(value, Tensor)}
    return save(tensors, {_HEADER: json.dumps({"head": head or {}, "numbers": numbers})})


def unpacked(data: bytes) -> tuple[State, dict[str, Any]]:
    """The same back: the state, and the words.

    Raises:
        ValueError: it is cut off, or was not packed here.
    """
    library = _safetensors()
    try:
        tensors = library.load(data)
    except Exception as problem:
        # safetensors' own exception derives from Exception alone.
        raise ValueError(str(problem)) from problem
    length = int.from_bytes(data[:8], "little")
    told = json.loads(data[8 : 8 + length]).get("__metadata__", {})
    words = json.loads(told[_HEADER])
    return {**tensors, **words["numbers"]}, words["head"]


def require_library() -> None:
    """Refuses to begin what could not be kept.

    Raises:
        InvalidArgument: safetensors is not installed.
    """
    _safetensors()


def _bare(tensor: Tensor) -> Tensor:
    """Its numbers alone: no graph, no view of another's memory, on the CPU."""
    return tensor.detach().to("cpu", copy=True).contiguous()


def _safetensors() -> Any:
    try:
        import safetensors.torch
    except ModuleNotFoundError as problem:
        raise InvalidArgument.of(
            "rlcheck train", "safetensors", "checkpoints need it, and it is not installed",
            "pip install 'rlcheck[train]'",
        ) from problem  # fmt: skip
    return safetensors.torch

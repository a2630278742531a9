"""Where a subject is judged, and in which precision: its own networks may decide both."""

from dataclasses import replace
from typing import Any

import torch

from rlcheck.errors import InvalidArgument
from rlcheck.judges.brought import check_brought
from rlcheck.judges.floors import EPS32, EPS64
from rlcheck.subjects import Subject
from rlcheck.subjects.agent_networks import AgentNetworks


def on_device(subject: Subject, device: str) -> Subject:
    """The subject with its own networks on a device, where it brings any.

    Raises:
        InvalidArgument: there is no such device, or the networks are on another and cannot move.
    """
    _check_device(device)
    own = subject.own
    if own is None:
        return subject
    check_brought(own)
    if isinstance(own, AgentNetworks):
        return subject if device == "cpu" else replace(subject, own=own.to(device))
    there = next(iter(own.parameters.values())).device
    if there.type != torch.device(device).type:
        raise InvalidArgument.of(
            "device", device, f"the networks of {subject.name} are on {there}",
            f"device={str(there)!r}, or move them",
        )  # fmt: skip
    return subject


def precision_of(subject: Subject) -> float:
    """eps of the precision that the subject's own networks compute in."""
    single = subject.own is not None and subject.own.dtype == torch.float32
    return EPS32 if single else EPS64


def placed(case: Any, device: str) -> Any:
    """The case with its tensors on a device; one that cannot move stays on the CPU."""
    return case.to(device) if device != "cpu" and hasattr(case, "to") else case


def _check_device(device: str) -> None:
    try:
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise InvalidArgument.of(
            "device", device, str(error).split("\n")[0], "cpu, or cuda where there is one"
        ) from error

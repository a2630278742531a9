"""Where a subject is judged, and in which precision: its own networks may decide both."""

from dataclasses import replace

import torch

from rlcheck.errors import InvalidArgument
from rlcheck.judges.brought import check_brought
from rlcheck.judges.floors import EPS32, EPS64
from rlcheck.subjects import Subject
from rlcheck.subjects.agent_networks import AgentNetworks
from rlcheck.subjects.agents import try_out
from rlcheck.subjects.own import device_of
from rlcheck.subjects.recurrent import RecurrentNetworks


def existing_device(device: str) -> torch.device:
    """The device of a name, with its index.

    Raises:
        InvalidArgument: there is no such device here, or it keeps no float64 numbers.
    """
    try:
        probe = torch.zeros(1, dtype=torch.float64, device=device)
        float(probe)  # the device `meta` makes tensors and has no numbers to give back
    except (RuntimeError, AssertionError, TypeError) as error:
        raise InvalidArgument.of(
            "device", device, str(error).split("\n")[0], "cpu, or cuda where there is one"
        ) from error
    return probe.device


def on_device(subject: Subject, device: torch.device) -> Subject:
    """The subject with its own networks on a device, where it brings any.

    The agent that a loss is handed is a copy and is moved. Networks that an update holds on to,
    in its optimiser for one, stay where they are.

    Raises:
        InvalidArgument: the networks cannot be judged, or are on another device and stay there.
    """
    own = subject.own
    if own is None:
        return subject
    if not isinstance(own, RecurrentNetworks):
        check_brought(own)
    there = device_of(own.parameters)
    if there == device:
        return subject
    if isinstance(own, RecurrentNetworks) and subject.kind == "function":
        return replace(subject, own=own.to(device))
    if isinstance(own, AgentNetworks) and subject.kind == "function":
        moved = own.to(device)
        try_out(moved, subject.name)
        return replace(subject, own=moved)
    raise InvalidArgument.of(
        "device", str(device), f"the networks of {subject.name} are on {there}",
        f"device={str(there)!r}, or move them",
    )  # fmt: skip


def precision_of(subject: Subject) -> float:
    """eps of the precision that the subject's own networks compute in."""
    single = subject.own is not None and subject.own.dtype == torch.float32
    return EPS32 if single else EPS64

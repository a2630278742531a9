"""float32: the same batch in it, and whether a subject computes in it behind float64's back."""

import copy
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from rlcheck.judges.callers import Caller
from rlcheck.judges.floors import floor
from rlcheck.subjects.agent_networks import AgentNetworks
from rlcheck.subjects.batch import Batch
from rlcheck.subjects.networks import OwnNetworks
from rlcheck.subjects.unrolled import UnrolledNetworks

_STEP = 2.0**-20
# A float64 form bends as the right form does: Stable-Baselines3's and TorchRL's PPO to 1 % of it.
# Rounding to float32 bends Tianshou's PPO 10^5 times as much.
_CURVATURE = 1e3


def in_float32(batch: Batch) -> Batch:
    """The batch with float32 arrays and networks; flags and indices as they are."""
    rollout = batch.rollout
    networks = batch.networks
    if isinstance(networks, OwnNetworks):
        networks = networks.copied(lambda module: module.float())
    elif isinstance(networks, AgentNetworks | UnrolledNetworks):
        networks = networks.to(torch.float32)
    floating = {name: getattr(rollout, name).float() for name in ("obs", "next_obs", "rewards")}
    target_q_fn = batch.target_q_fn
    if target_q_fn is not None:
        target_q_fn = copy.deepcopy(target_q_fn).float()
    if rollout.actions.is_floating_point():
        floating["actions"] = rollout.actions.float()
    return replace(
        batch,
        rollout=replace(rollout, **floating),
        networks=networks,
        policy_old=copy.deepcopy(batch.policy_old).float(),
        target_q_fn=target_q_fn,
        **{name: getattr(batch, name).float() for name in Batch.STORED},
    )


def computes_in_float32(caller: Caller, reference: Caller, batch: Batch) -> bool:
    """Whether rounding to float32 shows in the second difference along a short line.

    A float64 computation is smooth at steps of 2^-20, and bends about as much as the right form,
    which is known to compute in float64; a float32 one moves in jumps of its own eps.
    """
    bend, allowed = _bend(caller, batch), _bend(reference, batch)
    # Three float64 answers, the middle one twice.
    rounding = 4 * floor(
        batch, reference(batch).vector, words=reference.words, gives=reference.claim.gives
    )
    return bend > _CURVATURE * allowed + rounding


class _Watching(TorchDispatchMode):
    """Notes whether an operation gives numbers in less than float64."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = False

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:  # the signature is PyTorch's
        result = func(*args, **(kwargs or {}))
        given = result if isinstance(result, tuple | list) else (result,)
        self.seen |= any(
            isinstance(one, Tensor) and one.is_floating_point() and one.dtype != torch.float64
            for one in given
        )
        return result


def makes_float32(caller: Caller, batch: Batch) -> bool:
    """Whether a call on a float64 batch makes tensors of a smaller floating type."""
    with _Watching() as watching:
        caller(batch)
    return watching.seen


def _bend(caller: Caller, batch: Batch) -> float:
    points = [caller(_moved(batch, k * _STEP)).vector for k in range(3)]
    return float((points[0] - 2 * points[1] + points[2]).norm())


def _moved(batch: Batch, step: float) -> Batch:
    """Every float that the subject may read, moved along one fixed random direction."""
    generator = torch.Generator().manual_seed(11)

    def nudge(values: Tensor) -> Tensor:
        direction = torch.rand(values.shape, generator=generator, dtype=torch.float64) - 0.5
        return values + step * direction.to(values.device)

    arrays = {name: nudge(getattr(batch, name)) for name in Batch.STORED}
    networks = batch.networks
    if isinstance(networks, OwnNetworks):
        networks = networks.copied(lambda module: module)
        with torch.no_grad():
            for parameter in networks.parameters.values():
                parameter.copy_(nudge(parameter))
    elif isinstance(networks, AgentNetworks | UnrolledNetworks):
        networks = networks.to(torch.float64)
        with torch.no_grad():
            for parameter in networks.parameters.values():
                parameter.copy_(nudge(parameter))
    rollout = replace(batch.rollout, rewards=nudge(batch.rollout.rewards))
    return replace(batch, rollout=rollout, networks=networks, **arrays)

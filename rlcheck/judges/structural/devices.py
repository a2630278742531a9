"""The same call on another device."""

import copy
from dataclasses import replace

from rlcheck.judges.structural.trial import Measured, NotTried, Trial
from rlcheck.subjects.agents import AgentNetworks
from rlcheck.subjects.batch import Batch
from rlcheck.subjects.networks import Networks, OwnNetworks
from rlcheck.subjects.unrolled import UnrolledNetworks


def devices_agree(trial: Trial) -> Measured:
    """The batch and its networks on the other device: the same answer, to rounding.

    Sums are taken there in another order and exp and log are other implementations, both of
    which the floor allows for. True away from kinks, of code that makes its tensors where its
    inputs are; what cannot run there is not tried.
    """
    other = moved(trial.batch, other_device(trial.batch))
    found, due = trial.caller(other).vector, trial.plain.vector
    yield trial.measure("devices-agree", found, due, note=f"on {other.rollout.rewards.device}")


def other_device(batch: Batch) -> str:
    """The accelerator, or the CPU where the batch is on an accelerator already."""
    return "cuda" if batch.rollout.rewards.device.type == "cpu" else "cpu"


def moved(batch: Batch, device: str) -> Batch:
    """The batch and its networks on a device."""
    target_q_fn = batch.target_q_fn
    if target_q_fn is not None:
        target_q_fn = copy.deepcopy(target_q_fn).to(device)
    return replace(
        batch,
        rollout=batch.rollout.to(device),
        networks=_networks_on(batch.networks, device),
        policy_old=copy.deepcopy(batch.policy_old).to(device),
        target_q_fn=target_q_fn,
        **{name: getattr(batch, name).to(device) for name in Batch.STORED},
    )


def _networks_on(networks: Networks, device: str) -> Networks:
    if isinstance(networks, OwnNetworks):
        return networks.copied(lambda module: module.to(device))
    if isinstance(networks, AgentNetworks | UnrolledNetworks):
        return networks.to(device)
    raise NotTried("its networks are inside an object that is not rlcheck's to move")

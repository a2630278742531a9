"""Stage `memory`: what a policy with a memory has in it at each step of a segment."""

from dataclasses import replace

import torch
from torch import Tensor

from rlcheck.subjects.unrolled import UnrolledNetworks
from rlcheck.variants.variant import Stage, fault, right
from rlcheck.variants.workspace import Workspace


class _ReadAcross(UnrolledNetworks):
    """Rows of one environment after another, read as rows of all environments."""

    def unroll(self, obs: Tensor) -> tuple[Tensor, Tensor]:
        length, count = obs.shape[:2]
        mixed = obs.transpose(0, 1).reshape(obs.shape)
        starts = self.starts.T.reshape(length, count)
        logits, values = UnrolledNetworks(
            recurrent=self.recurrent, initial_state=self.initial_state, starts=starts
        ).unroll(mixed)
        by_column = logits.reshape(count, length, -1).transpose(0, 1)
        return by_column, values.reshape(count, length).T


def _networks(x: Workspace) -> UnrolledNetworks:
    networks = x.batch.networks
    assert isinstance(networks, UnrolledNetworks), "the stage is of claims about a memory"
    return networks


def _not_reset(x: Workspace) -> UnrolledNetworks:
    networks = _networks(x)
    return replace(networks, starts=torch.zeros_like(networks.starts))


def _late(x: Workspace) -> UnrolledNetworks:
    networks = _networks(x)
    starts = networks.starts
    return replace(networks, starts=torch.cat([torch.zeros_like(starts[:1]), starts[:-1]]))


def _early(x: Workspace) -> UnrolledNetworks:
    return replace(_networks(x), starts=x.batch.array("dones"))


def _forgetting(x: Workspace) -> UnrolledNetworks:
    networks = _networks(x)
    return replace(networks, starts=torch.ones_like(networks.starts))


def _detached(x: Workspace) -> UnrolledNetworks:
    return replace(_networks(x), carry=Tensor.detach)


def _from_zeros(x: Workspace) -> UnrolledNetworks:
    networks = _networks(x)
    return replace(networks, initial_state=torch.zeros_like(networks.initial_state))


def _of_another(x: Workspace) -> UnrolledNetworks:
    networks = _networks(x)
    return replace(networks, initial_state=networks.initial_state.roll(1, 0))


def _read_across(x: Workspace) -> UnrolledNetworks:
    return _ReadAcross(**vars(_networks(x)))


def remembering(x: Workspace, networks: UnrolledNetworks) -> Workspace:
    """The same batch, on which networks remember in another way."""
    return Workspace(x.batch.with_networks(networks), x.asks)


MEMORY = Stage(
    id="memory",
    right=right("unrolled from the carried state, emptied where an episode begins", _networks),
    others=(
        fault("state-not-reset", "the state is not emptied where an episode begins", _not_reset),
        fault("state-reset-late", "the state is emptied one step after the beginning", _late),
        fault(
            "state-reset-early",
            "the state is emptied at the last step of an episode",
            _early,
            "LARG/jax-aht#115",
        ),
        fault("state-reset-always", "every step begins with an empty state", _forgetting),
        fault("state-detached", "no gradient goes through the state from step to step", _detached),
        # Not a convention: at the policy that sampled the ratio is then not one, and what is
        # improved is a policy that begins every segment with an empty state, which never acted.
        fault("state-from-zeros", "the carried state is replaced by an empty one", _from_zeros),
        fault("state-of-another", "the carried state is that of another rollout", _of_another),
        fault(
            "sequences-read-across",
            "steps of one rollout after another are read as steps of all rollouts",
            _read_across,
            "vwxyzjn/cleanrl#83",
        ),
    ),
)
"""What a policy remembers at each step of a segment."""

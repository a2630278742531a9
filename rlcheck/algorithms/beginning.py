"""How every algorithm begins: networks, a generator, and what was kept of an earlier run."""

from collections.abc import Callable
from typing import Any, TypeVar

import torch

from rlcheck.algorithms.environments import Environments
from rlcheck.algorithms.networks import make_networks
from rlcheck.algorithms.ranks import Ranks
from rlcheck.algorithms.saving import Saved, State
from rlcheck.algorithms.seeds import derived_seed

L = TypeVar("L", bound=Saved)


def own_seed(seed: int, ranks: Ranks) -> int:
    """The seed of what differs between processes: noise and environments.

    The first process's is the seed itself, so that it plays as a process alone would.
    """
    return seed if ranks.rank == 0 else derived_seed(seed, ranks.rank)


def begin(
    make: Callable[..., L],
    environments: Environments,
    settings: Any,
    seed: int,
    device: str,
    ranks: Ranks,
    saved: State | None,
) -> L:
    """A learner with networks for these environments: the same in every process.

    Args:
        make: the algorithm's `Learner`.
        environments: whose observations and actions the networks serve.
        settings: of the algorithm.
        seed: of networks, actions and minibatches.
        device: where the networks and the generator are.
        ranks: the processes that learn as one.
        saved: a state that the learner is to take back.

    Raises:
        InvalidArgument: the state is another learner's.
    """
    generator = torch.Generator(device).manual_seed(own_seed(seed, ranks))
    networks = make_networks(environments.obs_size, environments.actions, seed).to(device)
    learner = make(networks=networks, settings=settings, generator=generator, ranks=ranks)
    if saved is not None:
        learner.restore(saved)
    return learner

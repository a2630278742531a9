"""How a kept policy plays, without anything random: each action the one that it holds for best."""

from typing import Any, Protocol

import torch
from torch import Tensor, nn

from rlcheck.algorithms import dqn, q_learning
from rlcheck.algorithms.environments import Environments
from rlcheck.algorithms.networks import ActorCritic, make_networks
from rlcheck.algorithms.recurrent_networks import RecurrentActorCritic, make_recurrent_networks


class Player(Protocol):
    """A policy that is played, with whatever it remembers."""

    @property
    def networks(self) -> nn.Module:
        """What a checkpoint holds under `networks`."""
        ...

    def act(self, obs: Tensor, begins: Tensor) -> Tensor:
        """One action for each copy.

        Args:
            obs: [N, O].
            begins: where an observation is the first of an episode, [N].
        """
        ...


class Actor:
    """The most likely action; the mean of a normal policy."""

    def __init__(self, environments: Environments, settings: Any) -> None:
        self.networks = make_networks(environments.obs_size, environments.actions, 0)

    def act(self, obs: Tensor, begins: Tensor) -> Tensor:
        return self.networks.act(obs, _silence(self.networks, len(obs)))


class GreedyInQ:
    """argmax_a Q(o, a)."""

    def __init__(self, networks: nn.Module) -> None:
        self.networks = networks

    @classmethod
    def of_table(cls, environments: Environments, settings: q_learning.QLearning) -> "GreedyInQ":
        return cls(q_learning.make_learner(environments, settings, 0).networks)

    @classmethod
    def of_network(cls, environments: Environments, settings: dqn.DQN) -> "GreedyInQ":
        return cls(dqn.make_network(environments, settings, 0))

    def act(self, obs: Tensor, begins: Tensor) -> Tensor:
        return self.networks(obs).argmax(-1)


class ActorWithMemory:
    """The most likely action after all that was seen of the episode."""

    def __init__(self, environments: Environments, settings: Any) -> None:
        self.networks: RecurrentActorCritic = make_recurrent_networks(
            environments.obs_size, environments.actions, 0, settings.width
        )
        self._state = self.networks.initial_state(environments.count)

    def act(self, obs: Tensor, begins: Tensor) -> Tensor:
        silence = _silence(self.networks, len(obs))
        actions, self._state = self.networks.act(obs, self._state, begins, silence)
        return actions


def _silence(networks: ActorCritic | RecurrentActorCritic, count: int) -> Tensor:
    return torch.zeros_like(networks.noise((count,), torch.Generator()))

"""A continuous agent in CleanRL's form: the normal distribution that stands behind its actions.

The two methods tell log-probability and entropy as numbers, and a fault may sit in either of
them. What the agent acts by is the distribution that it samples: that one is looked for where it
is made, a `torch.distributions.Normal` inside `get_action_and_value`, with the graph to the
parameters. At the door a sample of it must be the agent's own action, draw for draw. From then on
it says what log pi and the entropy are, whatever the agent's methods say of an action: the call
that scores one may make another distribution, and that is a fault to be found.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.distributions import Independent, Normal

from rlcheck.errors import InvalidArgument
from rlcheck.subjects.agent_networks import AgentNetworks, tapped_agent
from rlcheck.subjects.own import TappedNetworks, diagonal_normal
from rlcheck.subjects.randomness import seeded

_SEED = 20_250_103
_INSTEAD = (
    "an agent whose get_action_and_value(obs) samples one torch.distributions.Normal(mean, std), "
    "neither squashed nor clipped"
)


@dataclass(frozen=True, kw_only=True, eq=False)
class GaussianAgentNetworks(AgentNetworks):
    """A continuous agent as networks; log pi and entropy are those of what it samples."""

    def distribution(self, obs: Float[Tensor, "*batch O"]) -> Independent:
        """pi(.|obs), with its graph."""
        flat = obs.reshape(-1, obs.shape[-1])
        normal = self.sampled_by(flat)
        if torch.is_grad_enabled() and not _has_graph(normal):
            # It acts without a graph; at the door the other call was seen to say the same.
            normal = self.scored_by(flat)
        return diagonal_normal(normal, obs.shape[:-1])

    def sampled_by(self, flat: Float[Tensor, "B O"]) -> Normal:
        """The distribution behind the call that acts."""
        with seeded(_SEED, flat.device), _recorded_normals() as made:
            self.agent.get_action_and_value(flat)
        return made[-1]

    def scored_by(self, flat: Float[Tensor, "B O"]) -> Normal:
        """The distribution behind the call that is given actions."""
        with _recorded_normals() as made:
            self.agent.get_action_and_value(flat, self.any_action(flat))
        return made[-1]

    def logp(self, obs: Tensor, actions: Tensor) -> Tensor:
        return self.distribution(obs).log_prob(actions)

    def entropy(self, obs: Tensor) -> Tensor:
        return self.distribution(obs).entropy()

    def tapped(self, wrap: Callable[[nn.Module], nn.Module], tape: Any) -> "TappedAgent":
        return TappedAgent(inner=self, wrap=wrap)

    def any_action(self, obs: Tensor) -> Tensor:
        return obs.new_zeros(*obs.shape[:-1], self.action.size)


@dataclass(frozen=True, kw_only=True, eq=False)
class TappedAgent(TappedNetworks):
    """Both views of a continuous agent behind a tap: its methods, and its distribution."""

    def modules(self) -> dict[str, Any]:
        return {**super().modules(), "agent": tapped_agent(self.inner.agent, self.wrap)}


def check_gaussian(networks: GaussianAgentNetworks, name: str) -> None:
    """Refuses an agent whose actions are not samples of one normal distribution.

    Raises:
        InvalidArgument: no `Normal` is made where it acts, its action is no sample of it, or it
            acts without a graph by another one than it scores by.
    """
    generator = torch.Generator().manual_seed(_SEED)
    obs = torch.rand(3, networks.obs_dim, generator=generator, dtype=torch.float64) - 0.5
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(_SEED)
        with _recorded_normals() as made:
            action = networks.agent.get_action_and_value(obs)[0]
        if not made:
            raise InvalidArgument.of(
                "agent", name, "its actions are continuous and no Normal is behind them", _INSTEAD
            )
        torch.default_generator.manual_seed(_SEED)
        normal = made[-1]
        sample = normal.sample()
    same = sample.shape == action.shape == (len(obs), networks.action.size)
    # One multiplication and one addition a number: far from here where it was squashed.
    allowed = 8 * torch.finfo(torch.float64).eps * (sample.abs() + normal.loc.abs() + normal.scale)
    if not same or bool(((sample - action).abs() > allowed).any()):
        raise InvalidArgument.of(
            "agent", name, "its actions are no plain samples of the Normal that it makes", _INSTEAD
        )
    with torch.enable_grad():
        acted_by = networks.sampled_by(obs)
        if not _has_graph(acted_by) and not _same(acted_by, networks.scored_by(obs)):
            raise InvalidArgument.of(
                "agent", name,
                "it acts by a Normal without a graph, and scores actions by another one",
                "one Normal for both, or a graph behind each",
            )  # fmt: skip


def _has_graph(normal: Normal) -> bool:
    return normal.loc.requires_grad or normal.scale.requires_grad


def _same(one: Normal, other: Normal) -> bool:
    return torch.equal(one.loc, other.loc) and torch.equal(one.scale, other.scale)


@contextmanager
def _recorded_normals() -> Iterator[list[Normal]]:
    """Every `Normal` that is made inside, in order."""
    made: list[Normal] = []
    make = Normal.__init__

    def recording(self: Normal, *arguments: Any, **more: Any) -> None:
        make(self, *arguments, **more)
        made.append(self)

    Normal.__init__ = recording
    try:
        yield made
    finally:
        Normal.__init__ = make

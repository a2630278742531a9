"""The small networks that rlcheck hands over, and what it needs to know of a user's own.

Both policies are linear in the observation: with one-hot observations the softmax one *is* the
tabular softmax, so every coordinate of its gradient belongs to one state and action.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.distributions import Categorical, Distribution, Independent, Normal


class SoftmaxPolicy(nn.Module):
    """pi(a|o) = softmax(network(o))_a."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, obs: Float[Tensor, "*batch O"]) -> Categorical:
        return Categorical(logits=self.network(obs), validate_args=False)


class GaussianPolicy(nn.Module):
    """pi(.|o) = N(mean(o), diag exp(2 log_std)), where network(o) = (mean, log_std)."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, obs: Float[Tensor, "*batch O"]) -> Independent:
        mean, log_std = self.network(obs)
        return Independent(Normal(mean, log_std.exp(), validate_args=False), 1)


class GaussianNetwork(nn.Module):
    """A linear mean and a free log_std, expanded to one row per observation.

    The expansion inside the module is what lets the tap see the free parameter row by row.
    """

    def __init__(self, obs_dim: int, action_dim: int) -> None:
        super().__init__()
        self.mean = nn.Linear(obs_dim, action_dim, dtype=torch.float64)
        self.log_std = nn.Parameter(torch.zeros(action_dim, dtype=torch.float64))

    def forward(self, obs: Float[Tensor, "*batch O"]) -> tuple[Tensor, Tensor]:
        mean = self.mean(obs)
        return mean, self.log_std.expand_as(mean)


class ValueFunction(nn.Module):
    """V(o) = features(o) . w, one number for each observation (no trailing axis)."""

    def __init__(self, n_features: int, quadratic: bool = False) -> None:
        super().__init__()
        self.quadratic = quadratic
        self.weight = nn.Parameter(torch.zeros(n_features, dtype=torch.float64))

    def forward(self, obs: Float[Tensor, "*batch O"]) -> Float[Tensor, "*batch"]:
        features = quadratic_features(obs) if self.quadratic else obs
        return features @ self.weight


def quadratic_features(obs: Float[Tensor, "*batch O"]) -> Float[Tensor, "*batch F"]:
    """(1, o, upper triangle of o oᵀ): the value of a linear-quadratic problem is linear here."""
    rows, columns = torch.triu_indices(obs.shape[-1], obs.shape[-1], device=obs.device)
    squares = obs[..., rows] * obs[..., columns]
    return torch.cat([torch.ones_like(obs[..., :1]), obs, squares], dim=-1)


@runtime_checkable
class Networks(Protocol):
    """What judges need of the implementation's networks, ours or the user's own."""

    @property
    def parameters(self) -> dict[str, nn.Parameter]:
        """Every trained parameter, by name; policy and value function together."""
        ...

    def modules(self) -> dict[str, Any]:
        """The vocabulary's modules (`policy`, `value_fn`, `q_fn`, `agent` ...) that exist here."""
        ...

    def logp(self, obs: Tensor, actions: Tensor) -> Tensor:
        """log pi(a | o), with its graph."""
        ...

    def entropy(self, obs: Tensor) -> Tensor:
        """H(pi(. | o)), with its graph."""
        ...

    def value(self, obs: Tensor) -> Tensor:
        """V(o), with its graph."""
        ...

    def tapped(self, wrap: Callable[[nn.Module], nn.Module], tape: Any) -> "Networks":
        """The same networks with every output passed through `wrap` or recorded on `tape`."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class OwnNetworks:
    """rlcheck's own policy and value function, and action values where a claim trains them."""

    policy: nn.Module
    value_fn: nn.Module
    q_fn: nn.Module | None = None

    @property
    def parameters(self) -> dict[str, nn.Parameter]:
        """Every trained parameter, by name; policy and value function together."""
        named = {f"policy.{n}": p for n, p in self.policy.named_parameters()}
        named |= {f"value_fn.{n}": p for n, p in self.value_fn.named_parameters()}
        if self.q_fn is not None:
            named |= {f"q_fn.{n}": p for n, p in self.q_fn.named_parameters()}
        # The tap's wrapper puts one level into the path; a parameter keeps one name.
        return {name.replace(".tapped", ""): p for name, p in named.items()}

    def modules(self) -> dict[str, Any]:
        """All of the vocabulary's modules."""
        found: dict[str, Any] = {
            "policy": self.policy,
            "network": self.policy.network,
            "value_fn": self.value_fn,
            "agent": Agent(self.policy, self.value_fn),
        }
        return found if self.q_fn is None else {**found, "q_fn": self.q_fn}

    def distribution(self, obs: Tensor) -> Distribution:
        """pi(. | o)."""
        return self.policy(obs)

    def logp(self, obs: Tensor, actions: Tensor) -> Tensor:
        """log pi(a | o), with its graph."""
        return self.policy(obs).log_prob(actions)

    def entropy(self, obs: Tensor) -> Tensor:
        """H(pi(. | o)), with its graph."""
        return self.policy(obs).entropy()

    def value(self, obs: Tensor) -> Tensor:
        """V(o), with its graph."""
        return self.value_fn(obs)

    def tapped(self, wrap: Callable[[nn.Module], nn.Module], tape: Any) -> "OwnNetworks":
        """The same networks with every output passed through `wrap`; `tape` is not needed here."""
        policy = copy.copy(self.policy)
        # A shallow copy shares its module table with the original: give it one of its own.
        policy._modules = dict(self.policy._modules)
        policy.network = wrap(self.policy.get_submodule("network"))
        q_fn = None if self.q_fn is None else wrap(self.q_fn)
        return OwnNetworks(policy=policy, value_fn=wrap(self.value_fn), q_fn=q_fn)

    def copied(self, change: Callable[[nn.Module], nn.Module]) -> "OwnNetworks":
        """Copies of the modules, each changed: moved, or in another precision."""
        q_fn = None if self.q_fn is None else change(copy.deepcopy(self.q_fn))
        return OwnNetworks(
            policy=change(copy.deepcopy(self.policy)),
            value_fn=change(copy.deepcopy(self.value_fn)),
            q_fn=q_fn,
        )


class Agent(nn.Module):
    """CleanRL's interface around a policy and a value function."""

    def __init__(self, policy: nn.Module, value_fn: nn.Module) -> None:
        super().__init__()
        self.actor = policy
        self.critic = value_fn

    def get_value(self, obs: Tensor) -> Tensor:
        return self.critic(obs).unsqueeze(-1)

    def get_action_and_value(
        self, obs: Tensor, action: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        distribution = self.actor(obs)
        taken = distribution.sample() if action is None else action
        return taken, distribution.log_prob(taken), distribution.entropy(), self.get_value(obs)

"""An agent in CleanRL's form as networks: what its two methods tell, and its parameters."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.distributions import Categorical, Distribution

from rlcheck.subjects.networks import Networks
from rlcheck.subjects.own import ActionSpec, Through


@dataclass(frozen=True, kw_only=True, eq=False)
class AgentNetworks:
    """A discrete agent as networks: one set of parameters, whatever is shared among its heads.

    Everything is known of it that a judge needs: its probabilities are exp(logp) of every action.

    Attributes:
        agent: what the loss is handed; a copy in float64, never the user's own object.
        named: its trained parameters, each once.
        obs_dim: length of one observation.
        action: kind and size of one action.
    """

    agent: Any
    named: dict[str, nn.Parameter]
    obs_dim: int
    action: ActionSpec
    dtype: torch.dtype = torch.float64

    @property
    def parameters(self) -> dict[str, nn.Parameter]:
        return self.named

    def modules(self) -> dict[str, Any]:
        return {
            "agent": self.agent,
            "value_fn": Through(self.value),
            "policy": Through(self.distribution),
        }

    def evaluate(self, obs: Tensor, actions: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(logp, entropy, value), each of the shape of the batch, with their graphs."""
        batch = obs.shape[:-1]
        flat = obs.reshape(-1, obs.shape[-1])
        acts = actions.reshape(len(flat), *actions.shape[len(batch) :])
        _, logp, entropy, value = self.agent.get_action_and_value(flat, acts)[:4]
        return logp.reshape(batch), entropy.reshape(batch), value.reshape(batch)

    def distribution(self, obs: Float[Tensor, "*batch O"]) -> Distribution:
        """pi(.|obs), from the log-probability of every action."""
        each = [
            self.logp(obs, torch.full(obs.shape[:-1], a, device=obs.device))
            for a in range(self.action.size)
        ]
        return Categorical(logits=torch.stack(each, -1), validate_args=False)

    def logp(self, obs: Tensor, actions: Tensor) -> Tensor:
        return self.evaluate(obs, actions)[0]

    def entropy(self, obs: Tensor) -> Tensor:
        """Of the probabilities themselves: what the agent says of it is to be judged."""
        return self.distribution(obs).entropy()

    def value(self, obs: Tensor) -> Tensor:
        flat = obs.reshape(-1, obs.shape[-1])
        return self.agent.get_value(flat).reshape(obs.shape[:-1])

    def tapped(self, wrap: Callable[[nn.Module], nn.Module], tape: Any) -> Networks:
        """The same agent with the outputs of its two methods on the tape."""
        return replace(self, agent=tapped_agent(self.agent, wrap))

    def to(self, *where: Any) -> "AgentNetworks":
        """A copy on another device or in another precision."""
        agent = copy.deepcopy(self.agent)
        cast(agent, *where)
        named = named_parameters(agent)
        dtype = next(iter(named.values())).dtype
        return replace(self, agent=agent, named=named, dtype=dtype)

    def any_action(self, obs: Tensor) -> Tensor:
        """Some action for each observation: where the answer does not depend on it."""
        return torch.zeros(obs.shape[:-1], dtype=torch.int64, device=obs.device)


def named_parameters(agent: Any) -> dict[str, nn.Parameter]:
    """Every trained parameter by name, each once; of a plain object, those of its attributes."""
    if isinstance(agent, nn.Module):
        return {n: p for n, p in agent.named_parameters() if p.requires_grad}
    found: dict[str, nn.Parameter] = {}
    for attribute, value in vars(agent).items():
        own = value.named_parameters() if isinstance(value, nn.Module) else []
        if isinstance(value, nn.Parameter):
            own = [("", value)]
        for inner, parameter in own:
            if parameter.requires_grad and all(parameter is not p for p in found.values()):
                found[f"{attribute}.{inner}".rstrip(".")] = parameter
    return found


def tapped_agent(agent: Any, wrap: Callable[[nn.Module], nn.Module]) -> Any:
    """A shallow copy whose two methods go through the tap; everything else is the original's."""
    shallow = copy.copy(agent)
    shallow.__dict__["get_value"] = lambda obs: wrap(Through(agent.get_value))(obs)

    def get_action_and_value(obs: Tensor, action: Tensor | None = None) -> Any:
        def every(plain: Tensor) -> Any:
            return tuple(agent.get_action_and_value(plain, action))

        return wrap(Through(every))(obs)

    shallow.__dict__["get_action_and_value"] = get_action_and_value
    return shallow


def cast(agent: Any, *where: Any) -> None:
    """Converts an agent in place, to a device or to a precision."""
    if isinstance(agent, nn.Module):
        agent.to(*where)
        return
    for attribute, value in list(vars(agent).items()):
        if isinstance(value, nn.Module):
            value.to(*where)
        elif isinstance(value, nn.Parameter):
            # A module knows how a parameter moves to another device and stays the same object.
            setattr(agent, attribute, nn.ParameterList([value]).to(*where)[0])

"""An agent that has only an update method: the small protocol by which it is checked.

    class MyAgent:
        policy: nn.Module                   # obs [B, O] -> Categorical or Independent(Normal, 1),
                                            # or `agent` below
        value_fn: nn.Module                 # obs [B, O] -> values; left out where there is none
        agent: ...                          # instead of both: CleanRL's two methods
        q_fn: nn.Module                     # or values of actions, obs [B, O] -> [B, A],
        target_q_fn: nn.Module              # and of the target network where there is one

        def load(self, batch: dict) -> None: ...   # one rollout with its advantages
        def update(self) -> None: ...              # one optimiser step over all of it

`batch` holds `obs` [T, N, O], `actions` ([T, N] of indices, or [T, N, D]), and `logp_old`,
`values_old`, `advantages`, `returns`, each [T, N], in float64; for an agent with a memory also
`initial_state`, in its own form, and `episode_starts` [T, N]; for an agent with `q_fn` it holds
`obs`, `actions`, `rewards`, `next_obs`, `terminated` and `truncated`. The gradient is caught at
`optimizer.step`, which may be any subclass of `torch.optim.Optimizer`; nothing of the agent is
edited, and it is a copy of it that is updated. One step over the whole batch is due: one epoch, one
minibatch. Clipping by norm is held back.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor, nn
from torch.distributions import Categorical, Distribution

from rlcheck.errors import InvalidArgument
from rlcheck.subjects.action_values import ActionValueNetworks, count_of_actions
from rlcheck.subjects.agent_networks import AgentNetworks, named_parameters
from rlcheck.subjects.agents import copied, is_agent, make_agent, width_of
from rlcheck.subjects.own import (
    ActionSpec,
    TappedNetworks,
    device_of,
    diagonal_normal,
    has_action_values,
)
from rlcheck.subjects.recurrent import RecurrentNetworks
from rlcheck.subjects.subject import Subject, make_subject


@runtime_checkable
class Updater(Protocol):
    """What an agent that has only an update is asked for."""

    def load(self, batch: dict[str, Any]) -> None:
        """Takes one rollout with its advantages, in place of collecting one."""
        ...

    def update(self) -> None:
        """Steps the optimiser once over what was loaded."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class ModuleNetworks:
    """A policy and perhaps a value function, as two modules of somebody's own.

    Attributes:
        policy: obs [B, O] -> `Categorical`, or `Independent(Normal, 1)`.
        value_fn: obs [B, O] -> [B] or [B, 1].
        named: every trained parameter by name, each once.
        obs_dim: length of one observation.
        action: kind and size of one action.
    """

    policy: Callable[[Tensor], Distribution]
    value_fn: Callable[[Tensor], Tensor] | None
    named: dict[str, nn.Parameter]
    obs_dim: int
    action: ActionSpec
    dtype: torch.dtype = torch.float64

    @property
    def parameters(self) -> dict[str, nn.Parameter]:
        return self.named

    def modules(self) -> dict[str, Any]:
        found: dict[str, Any] = {"policy": self.distribution}
        if self.value_fn is not None:
            found["value_fn"] = self.value
        return found

    def distribution(self, obs: Tensor) -> Distribution:
        flat = self.policy(obs.reshape(-1, obs.shape[-1]))
        if not isinstance(flat, Categorical):
            return diagonal_normal(flat, obs.shape[:-1])
        return Categorical(logits=flat.logits.reshape(*obs.shape[:-1], -1), validate_args=False)

    def logp(self, obs: Tensor, actions: Tensor) -> Tensor:
        return self.distribution(obs).log_prob(actions)

    def entropy(self, obs: Tensor) -> Tensor:
        return self.distribution(obs).entropy()

    def value(self, obs: Tensor) -> Tensor:
        assert self.value_fn is not None, "modules() says that there is none"
        return self.value_fn(obs.reshape(-1, obs.shape[-1])).reshape(obs.shape[:-1])

    def tapped(self, wrap: Callable[[nn.Module], nn.Module], tape: Any) -> TappedNetworks:
        return TappedNetworks(inner=self, wrap=wrap)


def is_updater(value: Any) -> bool:
    """Whether it has `load` and `update`, and is not a loss that can be called."""
    both = all(callable(getattr(value, m, None)) for m in ("load", "update"))
    return both and not isinstance(value, dict)


def make_update_subject(
    value: Any, *, name: str | None = None, settings: Mapping[str, float] | None = None
) -> Subject:
    """A subject of an object with `load` and `update`; it works on a copy in float64.

    Raises:
        InvalidArgument: it has no networks, or they fail on a batch.
    """
    name = name or type(value).__name__
    copy_of_it = copied(value, name)
    _to_float64(copy_of_it)
    own = _networks(copy_of_it, name)

    def with_credit(
        obs: Tensor, actions: Tensor, logp_old: Tensor, values_old: Tensor,
        advantages: Tensor, returns: Tensor,
    ) -> None:  # fmt: skip
        batch = {"obs": obs, "actions": actions, "logp_old": logp_old, "values_old": values_old}
        copy_of_it.load({**batch, "advantages": advantages, "returns": returns})
        copy_of_it.update()

    def update_with_memory(
        obs: Tensor, actions: Tensor, logp_old: Tensor, values_old: Tensor,
        advantages: Tensor, returns: Tensor, initial_state: Any, episode_starts: Tensor,
    ) -> None:  # fmt: skip
        batch = {"obs": obs, "actions": actions, "logp_old": logp_old, "values_old": values_old}
        batch |= {"initial_state": initial_state, "episode_starts": episode_starts}
        copy_of_it.load({**batch, "advantages": advantages, "returns": returns})
        copy_of_it.update()

    def of_transitions(
        obs: Tensor, actions: Tensor, rewards: Tensor, next_obs: Tensor,
        terminated: Tensor, truncated: Tensor,
    ) -> None:  # fmt: skip
        batch = {"obs": obs, "actions": actions, "rewards": rewards, "next_obs": next_obs}
        copy_of_it.load({**batch, "terminated": terminated, "truncated": truncated})
        copy_of_it.update()

    if isinstance(own, RecurrentNetworks):
        call = update_with_memory
    else:
        call = of_transitions if has_action_values(own) else with_credit
    return make_subject(call, name=name, kind="update", own=own, settings=settings)


def _to_float64(value: Any) -> None:
    """Modules are converted in place: the optimiser keeps the very parameters it has."""
    for attribute in vars(value).values():
        if isinstance(attribute, nn.Module):
            attribute.to(torch.float64)
        elif isinstance(attribute, torch.optim.Optimizer):
            # Loading casts the moments to the precision of the parameters.
            attribute.load_state_dict(attribute.state_dict())
        elif is_agent(attribute):
            _to_float64(attribute)


def _networks(
    value: Any, name: str
) -> "ModuleNetworks | AgentNetworks | RecurrentNetworks | ActionValueNetworks":
    if callable(getattr(value, "q_fn", None)):
        return _action_values(value, name)
    agent = value if is_agent(value) else getattr(value, "agent", None)
    if agent is not None and is_agent(agent):
        found = make_agent(agent, name=name)
        # The copy that is updated, and not one more copy of it.
        return replace(found, agent=agent, named=named_parameters(agent))
    policy: Any = getattr(value, "policy", None)
    value_fn: Any = getattr(value, "value_fn", None)
    if not callable(policy):
        raise InvalidArgument.of(
            "subject", name, "it has neither `agent` nor `policy` nor `q_fn`",
            "an object with load, update, and the networks that it trains: `policy` (and "
            "`value_fn`), `q_fn` (and `target_q_fn`), or `agent`",
        )  # fmt: skip
    named = _named({"policy": policy, "value_fn": value_fn})
    width = width_of(named, name)
    action = _action_of(policy, width, device_of(named), name)
    given: Any = policy  # callable() has narrowed it to something that returns objects
    return ModuleNetworks(
        policy=given, value_fn=value_fn, named=named, obs_dim=width, action=action
    )


def _action_values(value: Any, name: str) -> ActionValueNetworks:
    if not isinstance(value.q_fn, nn.Module):
        raise InvalidArgument.of(
            "subject", name, "its q_fn has no parameters to train", "q_fn as a module"
        )
    named = _named({"q_fn": value.q_fn})
    width = width_of(named, name)
    size = count_of_actions(value.q_fn, width, device_of(named), name)
    return ActionValueNetworks(
        online=value.q_fn, target=getattr(value, "target_q_fn", None), named=named,
        obs_dim=width, action=ActionSpec(kind="discrete", size=size),
    )  # fmt: skip


def _named(modules: dict[str, Any]) -> dict[str, nn.Parameter]:
    found: dict[str, nn.Parameter] = {}
    for prefix, module in modules.items():
        for inner, parameter in module.named_parameters() if module is not None else ():
            if parameter.requires_grad and all(parameter is not p for p in found.values()):
                found[f"{prefix}.{inner}"] = parameter
    return found


def _action_of(policy: Any, width: int, device: torch.device, name: str) -> ActionSpec:
    with torch.no_grad():
        try:
            found = policy(torch.zeros(1, width, dtype=torch.float64, device=device))
        except (Exception, SystemExit) as error:
            raise InvalidArgument.of(
                "subject", name, f"its policy failed with {type(error).__name__}: {error}",
                "a policy that takes observations [B, O]",
            ) from error  # fmt: skip
    if isinstance(found, Categorical):
        return ActionSpec(kind="discrete", size=int(found.logits.shape[-1]))
    if not isinstance(found, Distribution):
        raise InvalidArgument.of(
            "subject", found, "its policy gives no distribution",
            "obs [B, O] -> Categorical or Independent(Normal, 1)",
        )  # fmt: skip
    size = diagonal_normal(found, torch.Size([1])).event_shape[0]
    return ActionSpec(kind="continuous", size=int(size))

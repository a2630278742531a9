"""The user's own agent in CleanRL's form: `get_action_and_value(obs, action)`, `get_value(obs)`.

Of a discrete agent everything is known that a judge needs: its probabilities are exp(logp) over
all actions. Of a continuous one these two methods tell log-probability, entropy and value, but
not the distribution: a policy is then not among its modules, and what needs one is not tried.
"""

import copy
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.distributions import Categorical

from rlcheck.errors import InvalidArgument
from rlcheck.subjects.own import ActionSpec, Through, device_of
from rlcheck.subjects.randomness import seeded

OBS_DIM = 4
N_ACTIONS = 3
_SEED = 20_250_102
_METHODS = ("get_action_and_value", "get_value")
_INSTEAD = "a class or an instance with get_action_and_value(obs, action) and get_value(obs)"


@dataclass(frozen=True, kw_only=True, eq=False)
class AgentNetworks:
    """An agent as networks: one set of parameters, whatever is shared among its heads.

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
        found: dict[str, Any] = {"agent": self.agent, "value_fn": Through(self.value)}
        if self.action.kind == "discrete":
            found["policy"] = Through(self.distribution)
        return found

    def evaluate(self, obs: Tensor, actions: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(logp, entropy, value), each of the shape of the batch, with their graphs."""
        batch = obs.shape[:-1]
        flat = obs.reshape(-1, obs.shape[-1])
        acts = actions.reshape(len(flat), *actions.shape[len(batch) :])
        _, logp, entropy, value = self.agent.get_action_and_value(flat, acts)[:4]
        return logp.reshape(batch), entropy.reshape(batch), value.reshape(batch)

    def distribution(self, obs: Float[Tensor, "*batch O"]) -> Categorical:
        """pi(.|obs), from the log-probability of every action."""
        each = [
            self.logp(obs, torch.full(obs.shape[:-1], a, device=obs.device))
            for a in range(self.action.size)
        ]
        return Categorical(logits=torch.stack(each, -1), validate_args=False)

    def logp(self, obs: Tensor, actions: Tensor) -> Tensor:
        return self.evaluate(obs, actions)[0]

    def entropy(self, obs: Tensor) -> Tensor:
        return self.evaluate(obs, self._any_action(obs))[1]

    def value(self, obs: Tensor) -> Tensor:
        flat = obs.reshape(-1, obs.shape[-1])
        return self.agent.get_value(flat).reshape(obs.shape[:-1])

    def tapped(self, wrap: Callable[[nn.Module], nn.Module], tape: Any) -> "AgentNetworks":
        """The same agent with the outputs of its two methods on the tape."""
        return AgentNetworks(
            agent=_tapped(self.agent, wrap), named=self.named, obs_dim=self.obs_dim,
            action=self.action, dtype=self.dtype,
        )  # fmt: skip

    def to(self, *where: Any) -> "AgentNetworks":
        """A copy on another device or in another precision."""
        agent = copy.deepcopy(self.agent)
        _cast(agent, *where)
        named = named_parameters(agent)
        dtype = next(iter(named.values())).dtype
        return AgentNetworks(
            agent=agent, named=named, obs_dim=self.obs_dim, action=self.action, dtype=dtype
        )

    def _any_action(self, obs: Tensor) -> Tensor:
        if self.action.kind == "discrete":
            return torch.zeros(obs.shape[:-1], dtype=torch.int64, device=obs.device)
        return obs.new_zeros(*obs.shape[:-1], self.action.size)


def is_agent(value: Any) -> bool:
    """Whether it has CleanRL's two methods: a class, or an instance of one."""
    return all(callable(getattr(value, method, None)) for method in _METHODS)


def make_agent(
    value: Any,
    *,
    name: str = "agent",
    obs_dim: int | None = None,
    action: ActionSpec | None = None,
) -> AgentNetworks:
    """Networks of an agent.

    Args:
        value: a class, constructed with a stub of `envs` (or without arguments) and given
            weights that leave nothing near zero; or an instance, which is copied as it is.
        name: how messages call it.
        obs_dim: length of an observation; read off the first weight matrix where not given.
        action: kind and size of an action; for an instance it is found by trying.

    Raises:
        InvalidArgument: a method is missing, it cannot be constructed, or a call of it fails.
    """
    if not is_agent(value):
        missing = [m for m in _METHODS if not callable(getattr(value, m, None))]
        raise InvalidArgument.of("agent", name, f"it has no {' and no '.join(missing)}", _INSTEAD)
    if inspect.isclass(value):
        agent = _constructed(value, name, obs_dim or OBS_DIM, action)
        _cast(agent, torch.float64)
        _spread(named_parameters(agent))
    else:
        agent = copied(value, name)
        _cast(agent, torch.float64)
    named = named_parameters(agent)
    if not named:
        raise InvalidArgument.of("agent", name, "it has no parameters to train", _INSTEAD)
    width = obs_dim or _width(named, name)
    found = action or _action_of(agent, width, device_of(named), name)
    networks = AgentNetworks(agent=agent, named=named, obs_dim=width, action=found)
    try_out(networks, name)
    return networks


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


def copied(value: Any, name: str) -> Any:
    """A deep copy: nothing that is done to an agent may be seen in the user's own object."""
    try:
        return copy.deepcopy(value)
    except Exception as error:
        raise InvalidArgument.of(
            "agent", name, f"it cannot be copied ({type(error).__name__}: {error})",
            "its class, or an agent that copy.deepcopy takes",
        ) from error  # fmt: skip


def _tapped(agent: Any, wrap: Callable[[nn.Module], nn.Module]) -> Any:
    """A shallow copy whose two methods go through the tap; everything else is the original's."""
    shallow = copy.copy(agent)
    shallow.__dict__["get_value"] = lambda obs: wrap(Through(agent.get_value))(obs)

    def get_action_and_value(obs: Tensor, action: Tensor | None = None) -> Any:
        def every(plain: Tensor) -> Any:
            return tuple(agent.get_action_and_value(plain, action))

        return wrap(Through(every))(obs)

    shallow.__dict__["get_action_and_value"] = get_action_and_value
    return shallow


def _constructed(value: type, name: str, obs_dim: int, action: ActionSpec | None) -> Any:
    envs = stub_envs(obs_dim, action or ActionSpec(kind="discrete", size=N_ACTIONS))
    problems = []
    with seeded(_SEED):
        for arguments in ((envs,), ()):
            try:
                return value(*arguments)
            except (Exception, SystemExit) as error:
                problems.append(f"{type(error).__name__}: {error}")
    raise InvalidArgument.of(
        "agent", name,
        f"it cannot be constructed: with `envs`, {problems[0]}; without arguments, {problems[1]}",
        "an instance, or a class that is constructed with `envs` (single_observation_space, "
        "single_action_space) or with nothing",
    )  # fmt: skip


def stub_envs(obs_dim: int, action: ActionSpec) -> Any:
    """What an agent reads of a vectorised environment: its two spaces."""
    import numpy as np
    from gymnasium import spaces

    single = spaces.Box(-np.inf, np.inf, shape=(obs_dim,), dtype=np.float64)
    acts: Any = spaces.Discrete(action.size)
    if action.kind == "continuous":
        acts = spaces.Box(-np.inf, np.inf, shape=(action.size,), dtype=np.float64)
    return SimpleNamespace(
        single_observation_space=single, single_action_space=acts,
        observation_space=single, action_space=acts, num_envs=1,
    )  # fmt: skip


def _spread(named: dict[str, nn.Parameter]) -> None:
    """Moves fresh weights away from zero and symmetry, where a wrong gradient could hide."""
    generator = torch.Generator().manual_seed(_SEED)
    with torch.no_grad():
        for parameter in named.values():
            width = parameter.shape[-1] if parameter.ndim > 1 else 4
            noise = torch.rand(parameter.shape, generator=generator, dtype=torch.float64) * 2 - 1
            parameter.add_(noise.to(parameter) / width**0.5)


def _cast(agent: Any, *where: Any) -> None:
    if isinstance(agent, nn.Module):
        agent.to(*where)
        return
    for attribute, value in list(vars(agent).items()):
        if isinstance(value, nn.Module):
            value.to(*where)
        elif isinstance(value, nn.Parameter):
            # A module knows how a parameter moves to another device and stays the same object.
            setattr(agent, attribute, nn.ParameterList([value]).to(*where)[0])


def _width(named: dict[str, nn.Parameter], name: str) -> int:
    for parameter in named.values():
        if parameter.ndim == 2:
            return int(parameter.shape[1])
    raise InvalidArgument.of(
        "agent", name, "it has no weight matrix to read the length of an observation off",
        "a class that takes `envs`",
    )  # fmt: skip


def _action_of(agent: Any, width: int, device: torch.device, name: str) -> ActionSpec:
    """Kind and size of an action, from sampling one, and from the indices that it accepts."""
    obs = torch.zeros(1, width, dtype=torch.float64, device=device)
    with torch.no_grad(), seeded(_SEED, device):
        try:
            sampled = agent.get_action_and_value(obs)[0]
        except (Exception, SystemExit) as error:
            raise _failed(name, error) from error
        if sampled.is_floating_point():
            return ActionSpec(kind="continuous", size=int(sampled.shape[-1]))
        total, size = 0.0, 0
        # Probabilities of the actions add up to one exactly when all of them are counted.
        while size < 64 and abs(total - 1.0) > 1e-9:
            try:
                logp = agent.get_action_and_value(obs, torch.full((1,), size, device=device))[1]
            except (Exception, SystemExit) as error:
                raise _failed(name, error) from error
            total, size = total + float(logp.exp()), size + 1
    if abs(total - 1.0) > 1e-9:
        raise InvalidArgument.of(
            "agent", name, "its probabilities do not add up to one", "exp(logp) of every action"
        )
    return ActionSpec(kind="discrete", size=size)


def try_out(networks: AgentNetworks, name: str) -> None:
    """One call: whatever is wrong with the agent is told before anything is judged by it.

    Raises:
        InvalidArgument: one of its two methods failed.
    """
    there = device_of(networks.parameters)
    obs = torch.zeros(2, networks.obs_dim, dtype=networks.dtype, device=there)
    try:
        with torch.no_grad():
            networks.evaluate(obs, networks._any_action(obs))
            networks.value(obs)
    except (Exception, SystemExit) as error:
        raise _failed(name, error) from error


def _failed(name: str, error: BaseException) -> InvalidArgument:
    text = str(error).strip().split("\n")[0][:200]
    return InvalidArgument.of(
        "agent", name,
        f"get_action_and_value or get_value failed with {type(error).__name__}: {text}",
        "methods that take observations [B, O] and actions [B], and give (action, logp, entropy, "
        "value) and value",
    )  # fmt: skip

"""The user's own agent in CleanRL's form: `get_action_and_value(obs, action)`, `get_value(obs)`.

Of a discrete agent these methods say everything: its probabilities are exp(logp) over all actions.
Of a continuous one the distribution that it samples is looked at (see `gaussian_agents`).
"""

import copy
import inspect
from types import SimpleNamespace
from typing import Any

import torch
from torch import nn

from rlcheck.errors import InvalidArgument
from rlcheck.subjects.agent_networks import AgentNetworks, cast, named_parameters
from rlcheck.subjects.gaussian_agents import GaussianAgentNetworks, check_gaussian
from rlcheck.subjects.own import ActionSpec, device_of
from rlcheck.subjects.randomness import seeded
from rlcheck.subjects.recurrent import RecurrentNetworks, make_recurrent, remembers

OBS_DIM = 4
N_ACTIONS = 3
N_DIMENSIONS = 2
_SEED = 20_250_102
_METHODS = ("get_action_and_value", "get_value")
_INSTEAD = "a class or an instance with get_action_and_value(obs, action) and get_value(obs)"


def is_agent(value: Any) -> bool:
    """Whether it has CleanRL's two methods: a class, or an instance of one."""
    return all(callable(getattr(value, method, None)) for method in _METHODS)


def make_agent(
    value: Any,
    *,
    name: str = "agent",
    obs_dim: int | None = None,
    action: ActionSpec | None = None,
) -> AgentNetworks | RecurrentNetworks:
    """Networks of an agent, with a memory where its methods take a state (see `recurrent`).

    Args:
        value: a class, constructed with a stub of `envs` (or without arguments) and given
            weights that leave nothing near zero; or an instance, which is copied as it is.
        name: how messages call it.
        obs_dim: length of an observation; read off the first weight matrix where not given.
        action: kind and size of an action; for an instance it is found by trying.

    Raises:
        InvalidArgument: a method is missing, it cannot be constructed, a call of it fails, or its
            actions are continuous and no plain samples of a normal distribution.
    """
    if not is_agent(value):
        missing = [m for m in _METHODS if not callable(getattr(value, m, None))]
        raise InvalidArgument.of("agent", name, f"it has no {' and no '.join(missing)}", _INSTEAD)
    if inspect.isclass(value):
        agent = _constructed(value, name, obs_dim or OBS_DIM, action)
        cast(agent, torch.float64)
        _spread(named_parameters(agent))
    else:
        agent = copied(value, name)
        cast(agent, torch.float64)
    named = named_parameters(agent)
    if not named:
        raise InvalidArgument.of("agent", name, "it has no parameters to train", _INSTEAD)
    width = obs_dim or width_of(named, name)
    if remembers(agent):
        return make_recurrent(agent, named, width, name)
    return _without_memory(agent, named, width, action, name)


def _without_memory(
    agent: Any, named: dict[str, nn.Parameter], width: int, action: ActionSpec | None, name: str
) -> AgentNetworks:
    found = action or _action_of(agent, width, device_of(named), name)
    kind = GaussianAgentNetworks if found.kind == "continuous" else AgentNetworks
    networks = kind(agent=agent, named=named, obs_dim=width, action=found)
    try_out(networks, name)
    return networks


def assumed_action(value: Any, actions: str) -> ActionSpec | None:
    """The actions that a class is constructed for; an instance has its own."""
    continuous = inspect.isclass(value) and actions == "continuous"
    return ActionSpec(kind="continuous", size=N_DIMENSIONS) if continuous else None


def copied(value: Any, name: str) -> Any:
    """A deep copy: nothing that is done to an agent may be seen in the user's own object."""
    try:
        return copy.deepcopy(value)
    except Exception as error:
        raise InvalidArgument.of(
            "agent", name, f"it cannot be copied ({type(error).__name__}: {error})",
            "its class, or an agent that copy.deepcopy takes",
        ) from error  # fmt: skip


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
        "single_action_space) or with nothing; actions='continuous' for spaces of continuous "
        "actions",
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


def width_of(named: dict[str, nn.Parameter], name: str) -> int:
    """Length of an observation: the input width of the first weight matrix.

    Raises:
        InvalidArgument: there is none.
    """
    # A free log_std is a matrix too, [1, D], and comes first among the parameters of a module.
    weights = [p for n, p in named.items() if n.endswith("weight") or "weight_ih" in n]
    for matrices in (weights, [*named.values()]):
        for parameter in matrices:
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
                if size == 0:
                    raise _failed(name, error) from error
                break  # there are no more actions, and their probabilities were not one
            total, size = total + float(logp.exp()), size + 1
    if abs(total - 1.0) > 1e-9:
        raise InvalidArgument.of(
            "agent", name,
            f"the probabilities exp(logp) of its {size} actions add up to {total:.6g}, not to one",
            "log pi(a | o) of each action, whole and normalised",
        )  # fmt: skip
    return ActionSpec(kind="discrete", size=size)


def try_out(networks: AgentNetworks, name: str) -> None:
    """One call: whatever is wrong with the agent is told before anything is judged by it.

    Raises:
        InvalidArgument: one of its two methods failed.
    """
    there = device_of(networks.parameters)
    obs = torch.zeros(2, networks.obs_dim, dtype=networks.dtype, device=there)
    try:
        if isinstance(networks, GaussianAgentNetworks):
            check_gaussian(networks, name)
        with torch.no_grad():
            networks.logp(obs, networks.any_action(obs))
            networks.entropy(obs)
            networks.value(obs)
    except InvalidArgument:
        raise
    except (Exception, SystemExit) as error:
        raise _failed(name, error) from error


def _failed(name: str, error: BaseException) -> InvalidArgument:
    text = str(error).strip().split("\n")[0][:200]
    return InvalidArgument.of(
        "agent", name,
        f"get_action_and_value or get_value failed with {type(error).__name__}: {text}",
        "methods that take observations [B, O] and actions [B] or [B, D], and give (action, logp, "
        "entropy, value) and value",
    )  # fmt: skip

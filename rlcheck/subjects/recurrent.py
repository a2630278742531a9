"""An agent with a memory in CleanRL's recurrent form, as networks.

    get_action_and_value(obs, state, starts, action) -> action, log pi, entropy, V, state
    get_value(obs, state, starts) -> V

`obs` is [T N, O], step after step; `starts` [T N] says where one begins an episode; the state tells
how many columns N there are. One step is T = 1, and that is how rlcheck itself calls it: from step
to step, with a state that rlcheck has emptied. What the agent does with its own `starts`, and with
more than one step at a time, is left to be judged.
"""

import copy
import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.distributions import Categorical

from rlcheck.errors import InvalidArgument
from rlcheck.subjects.agent_networks import cast, named_parameters
from rlcheck.subjects.own import ActionSpec, Through
from rlcheck.subjects.remembered import StateForm, state_form

_INSTEAD = (
    "get_action_and_value(obs, state, starts, action) -> (action, logp, entropy, value, state) and "
    "get_value(obs, state, starts), with discrete actions"
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Step:
    """What networks say after one observation more.

    Attributes:
        logits: log pi(. | history), [M, A].
        values: V(history), [M].
        state: what is remembered afterwards, [M, K].
    """

    logits: Float[Tensor, "M A"]
    values: Float[Tensor, " M"]
    state: Float[Tensor, "M K"]


@dataclass(frozen=True, kw_only=True, eq=False)
class RecurrentNetworks:
    """An agent with a memory: one set of parameters, and one step at a time.

    Attributes:
        agent: what the loss is handed; a copy in float64, never the user's own object.
        named: its trained parameters, each once.
        obs_dim: length of one observation.
        action: kind and size of one action.
        form: how its state is laid out.
    """

    agent: Any
    named: dict[str, nn.Parameter]
    obs_dim: int
    action: ActionSpec
    form: StateForm
    dtype: torch.dtype = torch.float64

    @property
    def parameters(self) -> dict[str, nn.Parameter]:
        return self.named

    def modules(self) -> dict[str, Any]:
        """`agent`; `policy`: (obs, state, starts) -> (law, state); `value_fn`: the same -> V."""
        return {
            "agent": self.agent,
            "policy": RecurrentPolicy(self.agent, self.action.size),
            "value_fn": _Values(self.agent),
        }

    def step(self, obs: Float[Tensor, "M O"], state: Float[Tensor, "M K"]) -> Step:
        """One observation more for each of M histories: each is told once for every action."""
        count, size = len(obs), self.action.size
        actions = torch.arange(size, device=obs.device).repeat_interleave(count)
        never = torch.zeros(count * size, dtype=obs.dtype, device=obs.device)
        _, logp, _, values, after = self.agent.get_action_and_value(
            obs.repeat(size, 1), self.form.theirs(state.repeat(size, 1)), never, actions
        )
        return Step(
            logits=logp.reshape(size, count).T,
            values=values.reshape(-1)[:count],
            state=self.form.flat(after)[:count],
        )

    def tapped(self, wrap: Callable[[nn.Module], nn.Module], tape: Any) -> "RecurrentNetworks":
        """The same agent with all but its state on the tape: through the state gradients flow."""
        return replace(self, agent=_tapped(self.agent, wrap))

    def to(self, *where: Any) -> "RecurrentNetworks":
        """A copy on another device or in another precision."""
        agent = copy.deepcopy(self.agent)
        cast(agent, *where)
        named = named_parameters(agent)
        return replace(self, agent=agent, named=named, dtype=next(iter(named.values())).dtype)


class RecurrentPolicy(nn.Module):
    """pi(. | history) as a module: (obs, state, starts) -> (law, state)."""

    def __init__(self, agent: Any, n_actions: int) -> None:
        super().__init__()
        self.agent = agent
        self.n_actions = n_actions

    def forward(self, obs: Tensor, state: Any, starts: Tensor) -> tuple[Categorical, Any]:
        """Of one step [N, O], of a segment [T, N, O], or of its rows one after another."""
        rows, begins = obs.reshape(-1, obs.shape[-1]), starts.reshape(-1)
        answers = [
            self.agent.get_action_and_value(
                rows, state, begins, torch.full((len(rows),), action, device=obs.device)
            )
            for action in range(self.n_actions)
        ]
        logits = torch.stack([answer[1].reshape(-1) for answer in answers], -1)
        law = Categorical(logits=logits.reshape(*obs.shape[:-1], -1), validate_args=False)
        return law, answers[0][4]


class _Values(nn.Module):
    """V(history) as a module: (obs, state, starts) -> values of the shape of `starts`."""

    def __init__(self, agent: Any) -> None:
        super().__init__()
        self.agent = agent

    def forward(self, obs: Tensor, state: Any, starts: Tensor) -> Tensor:
        rows = obs.reshape(-1, obs.shape[-1])
        return self.agent.get_value(rows, state, starts.reshape(-1)).reshape(obs.shape[:-1])


def remembers(agent: Any) -> bool:
    """Whether an agent's methods take a state and the beginnings of episodes."""
    try:
        given = inspect.signature(agent.get_value).parameters.values()
    except (TypeError, ValueError):
        return False
    return sum(p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD for p in given) == 3


def make_recurrent(
    agent: Any, named: dict[str, nn.Parameter], obs_dim: int, name: str
) -> RecurrentNetworks:
    """Networks of an agent with a memory, which has been copied and cast.

    Raises:
        InvalidArgument: its state has no known form, its actions are not discrete, or a call of it
            fails.
    """
    form = state_form(agent, name)
    dtype = next(iter(named.values())).dtype
    networks = RecurrentNetworks(
        agent=agent, named=named, obs_dim=obs_dim, action=ActionSpec(kind="discrete", size=2),
        form=form, dtype=dtype,
    )  # fmt: skip
    device = next(iter(named.values())).device
    obs = torch.zeros(1, obs_dim, dtype=dtype, device=device)
    try:
        networks = replace(networks, action=_actions(networks, obs))
        with torch.no_grad():
            networks.step(obs.expand(3, -1), obs.new_zeros(3, form.size))
            networks.modules()["value_fn"](obs, form.theirs(obs.new_zeros(1, form.size)), obs[:, 0])
    except InvalidArgument:
        raise
    except (Exception, SystemExit) as error:
        text = str(error).strip().split("\n")[0][:200]
        raise InvalidArgument.of(
            "agent", name, f"a call of it failed with {type(error).__name__}: {text}", _INSTEAD
        ) from error
    return networks


@torch.no_grad()
def _actions(networks: RecurrentNetworks, obs: Tensor) -> ActionSpec:
    """How many actions there are: their probabilities add up to one when all are counted."""
    state = obs.new_zeros(1, networks.form.size)
    total, size = 0.0, 0
    while size < 64 and abs(total - 1.0) > 1e-9:
        action = torch.full((1,), size, device=obs.device)
        state_of = networks.form.theirs(state)
        try:
            logp = networks.agent.get_action_and_value(obs, state_of, obs[:, 0], action)[1]
        except (Exception, SystemExit):
            if size == 0:
                raise
            break  # there are no more actions, and their probabilities were not one
        total, size = total + float(logp.exp().sum()), size + 1
    if abs(total - 1.0) > 1e-9:
        raise InvalidArgument.of(
            "agent", networks.agent, f"exp(logp) of its actions add up to {total:.6g}, not to one",
            _INSTEAD,
        )  # fmt: skip
    return ActionSpec(kind="discrete", size=size)


def _tapped(agent: Any, wrap: Callable[[nn.Module], nn.Module]) -> Any:
    """A shallow copy whose two methods go through the tap; everything else is the original's."""
    shallow = copy.copy(agent)

    def get_value(obs: Tensor, state: Any, starts: Tensor) -> Tensor:
        return wrap(Through(lambda plain: agent.get_value(plain, state, starts)))(obs)

    def get_action_and_value(
        obs: Tensor, state: Any, starts: Tensor, action: Tensor | None = None
    ) -> Any:
        after = []

        def every(plain: Tensor) -> Any:
            *answers, state_after = agent.get_action_and_value(plain, state, starts, action)
            after.append(state_after)
            return tuple(answers)

        answers = wrap(Through(every))(obs)
        return (*answers, after[0])

    shallow.__dict__["get_value"] = get_value
    shallow.__dict__["get_action_and_value"] = get_action_and_value
    return shallow

"""`TabularMDP`: a finite Markov decision process, small enough for its truth to be computed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, SupportsIndex

import torch
from jaxtyping import Bool, Float
from numpy.typing import NDArray
from torch import Tensor

from rlcheck.errors import InvalidArgument
from rlcheck.worlds import _door, _graph

Numbers = Tensor | NDArray[Any] | Sequence[Any]  # whatever holds a table of numbers


@dataclass(frozen=True, eq=False, init=False)
class TabularMDP:
    """A finite Markov decision process, validated at the door, all of it in float64.

    One transition from state s by action a to state s' pays `rewards[s, a, s']`. With t counted
    from the beginning of the episode:

        terminated[t] = terminal[s_{t+1}] or t + 1 == horizon
        truncated[t]  = t + 1 == time_limit and not terminated[t]

    `horizon` is part of the problem: J and V end there. `time_limit` is not: episodes are cut
    there, and J and V remain those of the unlimited problem. Tensors, arrays and nested lists are
    accepted, and are copied; nothing that the caller does to them afterwards reaches the world.

    Rows of terminal states are never used. They are stored as absorbing with reward zero,
    whatever was passed, so that V is zero there by construction.

    Attributes:
        transitions: Pr(s' | s, a), [S, A, S].
        rewards: the reward of a transition, [S, A, S]; [S, A] is accepted and broadcast.
        initial: Pr(s_0 = s), [S]; no mass on terminal states.
        gamma: the discount, in [0, 1].
        horizon: number of steps after which J ends, or None for an infinite horizon.
        terminal: which states end the episode, bool [S]; none by default.
        time_limit: number of steps after which an episode is cut, or None.
        observations: what the agent sees of each state, [S, O]; one-hot by default. States may
            share one.
        name: a short name, for reports.
        description: one sentence, for reports.

    Raises:
        InvalidArgument: for wrong shapes and dtypes, non-finite entries, rows that are no
            distributions, gamma outside [0, 1], gamma = 1 with an infinite horizon and a state
            from which no terminal state can be reached, initial mass on a terminal state.
    """

    transitions: Float[Tensor, "S A S"]
    rewards: Float[Tensor, "S A S"]
    initial: Float[Tensor, " S"]
    gamma: float
    horizon: int | None
    terminal: Bool[Tensor, " S"]
    time_limit: int | None
    observations: Float[Tensor, "S O"]
    name: str
    description: str

    def __init__(
        self,
        *,
        transitions: Numbers,
        rewards: Numbers,
        initial: Numbers,
        gamma: float | int,
        horizon: SupportsIndex | None = None,
        terminal: Numbers | None = None,
        time_limit: SupportsIndex | None = None,
        observations: Numbers | None = None,
        name: str = "",
        description: str = "",
    ) -> None:
        """Converts, copies and checks; the fields are as the class says."""
        table = _door.real_tensor("transitions", transitions)
        shape, device = tuple(table.shape), table.device
        if table.ndim != 3 or shape[0] != shape[2] or 0 in shape:
            raise InvalidArgument.of(
                "transitions.shape", shape, "wrong shape", "[S, A, S] with S, A >= 1"
            )
        if terminal is None:
            terminal = torch.zeros(shape[0], dtype=torch.bool)
        if observations is None:
            observations = torch.eye(shape[0], dtype=torch.float64)
        self._store(
            transitions=table,
            rewards=_rewards(rewards, shape, device),
            initial=_door.real_tensor("initial", initial, device),
            gamma=_door.discount("gamma", gamma),
            horizon=_door.limit("horizon", horizon),
            terminal=_door.boolean_mask("terminal", terminal, shape[0], device),
            time_limit=_door.limit("time_limit", time_limit),
            observations=_door.real_tensor("observations", observations, device),
            name=name,
            description=description,
        )
        self._check_distributions()
        self._make_terminal_states_absorbing()
        self._check_observations()
        self._check_that_j_is_finite()

    def _store(self, **fields: object) -> None:
        for name, value in fields.items():
            object.__setattr__(self, name, value)  # the dataclass is frozen; this is its door

    def _check_distributions(self) -> None:
        _door.check_shape("initial", self.initial, (self.n_states,), "[S]")
        _door.check_probabilities("initial", self.initial, "[S]")
        if bool((self.initial[self.terminal] > 0).any()):
            raise InvalidArgument.of(
                "initial",
                self.initial.tolist(),
                f"mass on terminal states {torch.nonzero(self.terminal).flatten().tolist()}",
                "zero there: an episode cannot begin at its end",
            )
        # A terminal state's row is never used, so any row will do; a negative one is a mistake.
        used = self.transitions.clone()
        if bool((used >= 0).all()):
            used[self.terminal] = 1.0 / self.n_states
        _door.check_probabilities("transitions", used, "[S, A, S]")

    def _make_terminal_states_absorbing(self) -> None:
        self.transitions[self.terminal] = 0.0
        ends = torch.nonzero(self.terminal).flatten()
        self.transitions[ends, :, ends] = 1.0
        self.rewards[self.terminal] = 0.0

    def _check_observations(self) -> None:
        shape = tuple(self.observations.shape)
        if len(shape) != 2 or shape[0] != self.n_states or shape[1] < 1:
            raise InvalidArgument.of(
                "observations.shape", shape, "wrong shape", f"[S, O] = ({self.n_states}, O >= 1)"
            )

    def _check_that_j_is_finite(self) -> None:
        if self.gamma < 1 or self.horizon is not None:
            return
        lost = ~_graph.closure(self.terminal, _graph.edges(self.transitions, None).T)
        if bool(lost.any()):
            raise InvalidArgument.of(
                "gamma",
                self.gamma,
                "with gamma = 1 and an infinite horizon J is undefined: no end can be reached "
                f"from states {torch.nonzero(lost).flatten().tolist()}",
                "gamma < 1, a horizon, or transitions to a terminal state (a time_limit does not "
                "help: the agent does not see it)",
            )

    @property
    def n_states(self) -> int:
        """S, terminal states included."""
        return self.transitions.shape[0]

    @property
    def n_actions(self) -> int:
        """A."""
        return self.transitions.shape[1]

    @property
    def obs_dim(self) -> int:
        """O, the length of one observation."""
        return self.observations.shape[1]

    @property
    def device(self) -> torch.device:
        """Where the tensors lie."""
        return self.transitions.device

    @property
    def fully_observed(self) -> bool:
        """Whether no two non-terminal states share an observation."""
        seen = self.observations[~self.terminal]
        return torch.unique(seen, dim=0).shape[0] == seen.shape[0]

    def to(self, device: torch.device | str) -> "TabularMDP":
        """The same world with its tensors on `device`."""
        return replace(
            self,
            transitions=self.transitions.to(device),  # every other field follows this one
        )

    def reachable(self, policy_table: Float[Tensor, "S A"] | None = None) -> Bool[Tensor, " S"]:
        """Which states an episode can visit, ends included (horizon and time limit ignored).

        Args:
            policy_table: pi(a | s); None for any policy whatever.
        """
        return _graph.closure(self.initial > 0, _graph.edges(self.transitions, policy_table))

    def is_proper(self, policy_table: Float[Tensor, "S A"]) -> bool:
        """Whether J's own end is reached with probability one from every state reachable.

        True for a finite horizon. A time limit does not count: it is no end of J. In a finite
        chain a set that can be reached from everywhere is reached almost surely, so this is a
        question about the graph and needs no tolerance.
        """
        self.check_policy(policy_table)
        if self.horizon is not None:
            return True
        ending = _graph.closure(self.terminal, _graph.edges(self.transitions, policy_table).T)
        return bool(ending[self.reachable(policy_table)].all())

    def check_policy(self, policy_table: Float[Tensor, "S A"], name: str = "pi") -> None:
        """Refuses what is not a table of pi(a | s), [S, A], rows summing to one."""
        if not isinstance(policy_table, Tensor):
            raise InvalidArgument.of(name, policy_table, "not a tensor", "a float64 tensor [S, A]")
        _door.check_shape(name, policy_table, (self.n_states, self.n_actions), "[S, A]")
        _door.check_probabilities(name, _door.real_tensor(name, policy_table), "[S, A]")

    def with_time(self) -> "TabularMDP":
        """The same problem with t in the state: properly terminating, no horizon, one-hot.

        State (t, s) has index t S + s for t = 0 .. horizon; those with t = horizon are terminal.
        V is then a function of the observation, also where this world's states share one.

        Raises:
            InvalidArgument: where the horizon is infinite already.
        """
        if self.horizon is None:
            raise InvalidArgument.of("horizon", None, "nothing to unroll", "a world with a horizon")
        rest = self.initial.new_zeros(self.horizon * self.n_states)
        terminal = self.terminal.repeat(self.horizon + 1)
        terminal[-self.n_states :] = True
        return TabularMDP(
            transitions=_graph.unrolled(self.transitions, self.horizon),
            rewards=_graph.unrolled(self.rewards, self.horizon),
            initial=torch.cat([self.initial, rest]),
            gamma=self.gamma,
            terminal=terminal,
            time_limit=self.time_limit,
            name=f"{self.name} with time" if self.name else "",
            description=self.description,
        )


def _rewards(value: Numbers, shape: tuple[int, ...], device: torch.device) -> Tensor:
    """Rewards as [S, A, S], from that or from [S, A]."""
    rewards = _door.real_tensor("rewards", value, device)
    if tuple(rewards.shape) == shape[:2]:
        return rewards[:, :, None].repeat(1, 1, shape[2])
    _door.check_shape("rewards", rewards, shape, f"[S, A] = {shape[:2]} or [S, A, S]")
    return rewards

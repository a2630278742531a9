"""All rollouts of a small finite world, each with its probability.

The list grows breadth first, one slot at a time, as tensors: there is no loop over rollouts. Its
order is fixed: lexicographic in (s_0, a_0, s_1, a_1, ...), a reset's start state in its place.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from rlcheck.errors import InvalidArgument
from rlcheck.exact.chain import support
from rlcheck.worlds.rollout import Rollout
from rlcheck.worlds.tabular import TabularMDP

LARGEST_ENUMERATION = 2**20
"""How many rollouts are listed at most, unless the caller says otherwise."""


@dataclass(frozen=True, kw_only=True)
class _Edges:
    """The possible (a, s') of each state, grouped by state: `first[s]`, then `count[s]` of them."""

    action: Int[Tensor, "E"]
    successor: Int[Tensor, "E"]
    first: Int[Tensor, "S"]
    count: Int[Tensor, "S"]


@dataclass(frozen=True, kw_only=True)
class _Level:
    """Slot t of every rollout listed so far: its transition, and its row in slot t - 1."""

    parent: Int[Tensor, "M"]
    state: Int[Tensor, "M"]
    edge: Int[Tensor, "M"]
    steps: Int[Tensor, "M"]
    real: Bool[Tensor, "M"]
    started: Bool[Tensor, "M"]
    terminated: Bool[Tensor, "M"]
    truncated: Bool[Tensor, "M"]


def enumerate_episodes(
    world: TabularMDP,
    pi: Float[Tensor, "S A"],
    length: int | None = None,
    cap: int = LARGEST_ENUMERATION,
) -> Rollout:
    """Every whole episode of positive probability, once, with its probability.

    Pr(tau) = p_0(s_0) prod_t pi(a_t | s_t) P(s_{t+1} | s_t, a_t), which sums to one over the list.
    Episodes end by a terminal state, the horizon or the time limit; shorter ones are padded, and
    `mask` says where.

    Args:
        world: the problem.
        pi: the policy, [S, A]. Where it carries a graph, `probability` does too.
        length: cut episodes after this many steps (the last step then has neither flag); None
            where they end by themselves. T of the result is that of the longest.
        cap: the largest number of rollouts to list.

    Returns:
        A rollout [T, N] with `probability` [N].

    Raises:
        InvalidArgument: more than `cap` episodes, or episodes of unbounded length without `length`.
    """
    world.check_policy(pi)
    bound = longest_episode(world, pi)
    if length is None and bound is None:
        raise InvalidArgument.of(
            "length", None, "episodes of this world and policy have no longest one", "a length"
        )
    limits = [limit for limit in (length, bound) if limit is not None]
    return _enumerate(world, pi, _require_length(min(limits)), False, cap)


def enumerate_segments(
    world: TabularMDP, pi: Float[Tensor, "S A"], length: int, cap: int = LARGEST_ENUMERATION
) -> Rollout:
    """Every segment of `length` steps of positive probability, once, with its probability.

    A segment starts with a fresh episode. After an end in slot t the state of slot t + 1 is drawn
    from the initial distribution, `steps` starts again at zero, and `next_obs` of slot t keeps the
    final observation. `mask` is true everywhere.

    Args:
        world: the problem.
        pi: the policy, [S, A]. Where it carries a graph, `probability` does too.
        length: T, the number of slots.
        cap: the largest number of rollouts to list.

    Returns:
        A rollout [T, N] with `probability` [N], which sums to one.

    Raises:
        InvalidArgument: more than `cap` segments.
    """
    world.check_policy(pi)
    return _enumerate(world, pi, _require_length(length), True, cap)


def longest_episode(world: TabularMDP, pi: Float[Tensor, "S A"]) -> int | None:
    """The number of steps of the longest possible episode; None where there is no longest.

    Without horizon and time limit the live states must be left within S steps, or some state
    recurs and can do so for ever.
    """
    limits = [limit for limit in (world.horizon, world.time_limit) if limit is not None]
    steps = support(world, pi).any(1) & ~world.terminal
    here = world.initial > 0
    for t in range(world.n_states + 1):
        if t in limits or not bool(here.any()):
            return t
        here = (steps & here[:, None]).any(0)
    return min(limits, default=None)


def _require_length(length: int) -> int:
    if isinstance(length, bool) or not isinstance(length, int) or length < 1:
        raise InvalidArgument.of("length", length, "is no number of steps", "an integer from 1 on")
    return length


def _enumerate(
    world: TabularMDP, pi: Float[Tensor, "S A"], length: int, resets: bool, cap: int
) -> Rollout:
    edges = _edges(support(world, pi))
    starts = (world.initial > 0).nonzero().flatten()
    none = torch.zeros_like(starts)
    level = _transitions(world, edges, none, starts, none, none, none == 0, none == 0, cap)
    levels = [level]
    for _ in range(1, length):
        ended = level.terminated | level.truncated | ~level.real
        if bool(ended.all()) and not resets:
            break
        level = _follow(world, edges, level, starts, ended, resets, cap)
        levels.append(level)
    return _assemble(world, pi, edges, levels)


def _edges(possible: Bool[Tensor, "S A S"]) -> _Edges:
    entries = possible.nonzero()
    count = possible.flatten(1).sum(1)
    return _Edges(
        action=entries[:, 1],
        successor=entries[:, 2],
        first=count.cumsum(0) - count,
        count=count,
    )


def _fan_out(count: Int[Tensor, "M"], cap: int) -> tuple[Int[Tensor, "M2"], Int[Tensor, "M2"]]:
    """Repeats row m `count[m]` times: the rows' indices, and each copy's number among its own."""
    total = int(count.sum())
    if total > cap:
        raise InvalidArgument.of(
            "cap",
            cap,
            f"there are at least {total} rollouts of positive probability",
            "a smaller world, a shorter length or horizon, or a larger cap",
        )
    row = torch.repeat_interleave(torch.arange(len(count), device=count.device), count)
    number = torch.arange(total, device=count.device) - (count.cumsum(0) - count)[row]
    return row, number


def _follow(
    world: TabularMDP,
    edges: _Edges,
    level: _Level,
    starts: Int[Tensor, "I"],
    ended: Bool[Tensor, "M"],
    resets: bool,
    cap: int,
) -> _Level:
    """Slot t + 1 from slot t: first where each rollout stands, then what it may do there."""
    fresh = ended & resets
    parent, number = _fan_out(torch.where(fresh, len(starts), 1), cap)
    fresh, ended = fresh[parent], ended[parent]
    edge, real = level.edge[parent], ~ended | fresh
    arrived = torch.where(ended, level.state[parent], edges.successor[edge])
    state = torch.where(fresh, starts[number.clamp(max=len(starts) - 1)], arrived)
    steps = torch.where(fresh, 0, level.steps[parent] + (~ended).long())
    return _transitions(world, edges, parent, state, edge, steps, real, fresh, cap)


def _transitions(
    world: TabularMDP,
    edges: _Edges,
    parent: Int[Tensor, "M"],
    state: Int[Tensor, "M"],
    edge: Int[Tensor, "M"],
    steps: Int[Tensor, "M"],
    real: Bool[Tensor, "M"],
    started: Bool[Tensor, "M"],
    cap: int,
) -> _Level:
    """Every (a, s') that may follow; a rollout that is over stays as it is, once."""
    row, number = _fan_out(torch.where(real, edges.count[state], 1), cap)
    real, state, steps = real[row], state[row], steps[row]
    edge = torch.where(real, edges.first[state] + number, edge[row])
    terminated = world.terminal[edges.successor[edge]] | (steps + 1 == (world.horizon or 0))
    truncated = (steps + 1 == (world.time_limit or 0)) & ~terminated
    return _Level(
        parent=parent[row],
        state=state,
        edge=edge,
        steps=steps,
        real=real,
        started=started[row],
        terminated=terminated & real,
        truncated=truncated & real,
    )


def _assemble(
    world: TabularMDP, pi: Float[Tensor, "S A"], edges: _Edges, levels: list[_Level]
) -> Rollout:
    """Reads every rollout back from its last slot to its first, and multiplies it out."""
    row = torch.arange(len(levels[-1].state), device=levels[-1].state.device)
    rows = [row]
    for level in reversed(levels[1:]):
        row = level.parent[row]
        rows.append(row)
    rows.reverse()

    def column(name: str) -> Tensor:
        return torch.stack([getattr(level, name)[r] for level, r in zip(levels, rows, strict=True)])

    state, edge, mask, started = (column(n) for n in ("state", "edge", "real", "started"))
    successor = edges.successor[edge]
    action = torch.where(mask, edges.action[edge], 0)
    chance = pi[state, action] * world.transitions[state, action, successor]
    factors = torch.where(mask, chance, 1.0) * torch.where(started, world.initial[state], 1.0)
    probability = factors[0]
    for factor in factors[1:]:
        probability = probability * factor
    return Rollout(
        obs=world.observations[state],
        actions=action,
        rewards=torch.where(mask, world.rewards[state, action, successor], 0.0),
        next_obs=world.observations[successor],
        terminated=column("terminated"),
        truncated=column("truncated"),
        mask=mask,
        steps=column("steps"),
        states=state,
        next_states=successor,
        probability=probability,
    )

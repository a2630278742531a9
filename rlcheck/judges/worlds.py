"""The small worlds that verdicts are reached on: dyadic numbers, few rollouts, every boundary."""

from dataclasses import dataclass

import torch
from torch import Tensor

from rlcheck.claims import Form
from rlcheck.judges.chooser import Chooser
from rlcheck.worlds import TabularMDP


@dataclass(frozen=True, kw_only=True)
class Size:
    """How large a generated world is.

    Attributes:
        n_states: live states.
        n_actions: actions.
        horizon: steps of an episode, or T of a segment.
        successors: how many states an action may lead to; one is deterministic.
    """

    n_states: int = 2
    n_actions: int = 3
    horizon: int = 3
    successors: int = 2


FULL = Size()
SMALL = Size(n_actions=2, horizon=2, successors=1)
"""At most sixteen rollouts: every batch of two, three or four of them can be tried.

Deterministic and two steps long, so that a step and its action decide how long the rollout is: the
weight 1/L of a mean over unequal lengths is then independent of what an estimated advantage adds.
"""


def world(
    form: Form, size: Size, gamma: float, chooser: Chooser, limit: bool
) -> tuple[TabularMDP, TabularMDP]:
    """A world of the form, all of its numbers dyadic: as it is used, and before it was unrolled.

    Args:
        form: which kind of batch it is for.
        size: its size.
        gamma: discount.
        chooser: where the numbers come from.
        limit: whether a segment's episodes are cut by a time limit.
    """
    ends = form in ("ragged", "segments")
    n_live = size.n_states
    n_states = n_live + int(ends)
    transitions = torch.zeros(n_states, size.n_actions, n_states, dtype=torch.float64)
    for state in range(n_live):
        for action in range(size.n_actions):
            _fill(
                transitions[state, action], _successors(state, action, n_live, ends, size), chooser
            )
    if ends:
        transitions[-1, :, -1] = 1.0
    shape = (n_states, size.n_actions, n_states)
    rewards = torch.tensor(
        [chooser.number() for _ in range(transitions.numel())],
        dtype=torch.float64,
    ).reshape(shape)
    initial = torch.zeros(n_states, dtype=torch.float64)
    initial[:n_live] = 1.0 / n_live if n_live in (1, 2, 4) else 0.0
    if n_live not in (1, 2, 4):
        initial[:2] = 0.5
    terminal = torch.zeros(n_states, dtype=torch.bool)
    terminal[n_live:] = True
    found = TabularMDP(
        transitions=transitions,
        rewards=rewards,
        initial=initial,
        terminal=terminal,
        gamma=gamma,
        horizon=size.horizon if form in ("fixed", "delayed", "ragged") else None,
        time_limit=_limit(form, size, limit),
        name=form,
    )
    if found.horizon is None:
        return found, found
    # With t in the state V is a function of the observation, as an exact critic needs.
    unrolled = found.with_time()
    if form == "delayed":
        unrolled = _only_at_the_end(unrolled, size.horizon)
    return unrolled, found


def _limit(form: Form, size: Size, limit: bool) -> int | None:
    if form == "time-limit":
        return size.horizon
    # Two steps: an end in the middle of every segment, whatever the policy does.
    return min(2, max(1, size.horizon - 1)) if form == "segments" and limit else None


def _successors(state: int, action: int, n_live: int, ends: bool, size: Size) -> list[int]:
    if size.successors == 1:
        stop = ends and (action + state) % size.n_actions == size.n_actions - 1
        return [n_live] if stop else [(state + action + 1) % n_live]
    if ends and action == size.n_actions - 1:
        return [(state + 1) % n_live, n_live]
    return [state, (state + action + 1) % n_live] if n_live > 1 else [0]


def _fill(row: Tensor, successors: list[int], chooser: Chooser) -> None:
    distinct = sorted(set(successors))
    if len(distinct) == 1:
        row[distinct[0]] = 1.0
        return
    share = chooser.choice((4, 2, 6, 3, 5)) / 8
    row[distinct[0]], row[distinct[1]] = share, 1 - share


def _only_at_the_end(unrolled: TabularMDP, horizon: int) -> TabularMDP:
    """The same world in which only the last step pays."""
    rewards = unrolled.rewards.clone()
    base = unrolled.n_states // (horizon + 1)
    rewards[: (horizon - 1) * base] = 0.0
    return TabularMDP(
        transitions=unrolled.transitions,
        rewards=rewards,
        initial=unrolled.initial,
        terminal=unrolled.terminal,
        gamma=unrolled.gamma,
        name="delayed",
    )


# (pi_old, pi) in multiples of 1/32: inside every clip range in use, or far outside it, and beyond
# the three at which dual clip begins. With two actions pi_old is a multiple of 1/4, so that a batch
# can list each rollout as often as it is likely.
_PAIRS = {
    2: (((16, 16), (17, 15)), ((8, 24), (15, 17)), ((24, 8), (14, 18)), ((8, 24), (28, 4))),
    3: (
        ((8, 12, 12), (14, 13, 5)),
        ((16, 8, 8), (6, 18, 8)),
        ((12, 12, 8), (13, 5, 14)),
        ((10, 12, 10), (17, 11, 4)),
        ((8, 12, 12), (26, 3, 3)),
    ),
}


# Ratios close to the ends of the clip ranges in use, on either side: where a range that is slightly
# off (in log space, reciprocal, a number in the code, half as wide on one side) differs.
_NEAR = {
    2: (((16, 16), (12.24, 19.76)), ((16, 16), (13.6, 18.4)), ((16, 16), (14.08, 17.92))),
    3: (
        ((9.6, 9.6, 12.8), (7.344, 12.192, 12.464)),
        ((9.6, 9.6, 12.8), (8.16, 11.712, 12.128)),
        ((9.6, 9.6, 12.8), (8.448, 10.848, 12.704)),
        ((9.6, 9.6, 12.8), (7.68, 11.328, 12.992)),
    ),
}


# Policies that leave a trust region: a rare action becomes likely faster than a quadratic says.
_STEEP = {
    2: ((30, 2), (3, 29), (16, 16)),
    3: ((28, 3, 1), (2, 4, 26), (12, 12, 8), (1, 29, 2)),
}


def steep_policy(n_states: int, n_actions: int, chooser: Chooser) -> Tensor:
    """log pi, [S, A]: nearly deterministic in most states."""
    rows = chooser.ordering(list(_STEEP[n_actions]))
    table = [rows[state % len(rows)] for state in range(n_states)]
    return (torch.tensor(table, dtype=torch.float64) / 32).log()


def policies(n_states: int, n_actions: int, chooser: Chooser, near: bool) -> tuple[Tensor, Tensor]:
    """(log pi_old, log pi), [S, A]: a row per state; the first stays inside the clip range.

    With `near`, ratios lie close to the ends of the clip range, inside and outside.
    """
    first, *others = (_NEAR if near else _PAIRS)[n_actions]
    pairs = [first, *chooser.ordering(others)]
    rows = [pairs[state % len(pairs)] for state in range(n_states)]
    old, new = (torch.tensor([row[i] for row in rows], dtype=torch.float64) for i in (0, 1))
    return (old / 32).log(), (new / 32).log()

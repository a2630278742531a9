"""Worlds by how their episodes end: in a terminal state, or at a time limit."""

from typing import Unpack

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from rlcheck.strategies._numbers import Draw, Row, choose, distributions
from rlcheck.strategies._plan import DISCOUNTS, Plan, Size, up_to
from rlcheck.strategies.bounds import Bounds, Limits
from rlcheck.worlds.tabular import TabularMDP


def terminating_mdps(**bounds: Unpack[Bounds]) -> SearchStrategy[TabularMDP]:
    """Worlds whose last state is terminal and surely reached by every policy of full support.

    There is no horizon and no time limit, so that V is a function of the state; gamma may be 1.

    Args:
        **bounds: the largest sizes and rewards (see `Bounds`).

    Raises:
        InvalidArgument: a bound is outside its range.
    """
    return _terminating(Limits(**bounds))


def truncating_mdps(**bounds: Unpack[Bounds]) -> SearchStrategy[TabularMDP]:
    """Worlds with a time limit at which every policy of full support may be cut.

    J and V are those of the problem without the limit: its horizon is infinite, or longer than the
    limit. The last state may be terminal, so that one batch can hold both kinds of end.

    Args:
        **bounds: the largest sizes and rewards (see `Bounds`); the limit is below `max_horizon`.

    Raises:
        InvalidArgument: a bound is outside its range.
    """
    return _truncating(Limits(**bounds))


@st.composite
def _terminating(draw: Draw, limits: Limits) -> TabularMDP:
    size = Size.drawn(draw, limits)
    last = size.states - 1
    every = distributions(size.states)
    ways_out = [choose(draw, range(size.actions)) for _ in range(last)]

    # One action of each state may lead to a state with a larger number: the last is within reach.
    def rows(state: int, action: int) -> list[Row]:
        return [row for row in every if action != ways_out[state] or any(row[state + 1 :])]

    plan = Plan(
        name="terminating",
        rows=rows,
        initial=[row for row in every if row[last] == 0],
        discounts=(*DISCOUNTS, 1.0),
        terminal=[last],
    )
    return plan.drawn(draw, size, limits)


@st.composite
def _truncating(draw: Draw, limits: Limits) -> TabularMDP:
    size = Size.drawn(draw, limits)
    terminal = choose(draw, [(), (size.states - 1,)])
    live = size.states - len(terminal)
    every = distributions(size.states)
    ways_on = [choose(draw, range(size.actions)) for _ in range(size.states)]
    limit = choose(draw, range(1, limits.max_horizon))

    # One action of each state may lead to a live one: an episode can last as long as it likes.
    def rows(state: int, action: int) -> list[Row]:
        return [row for row in every if action != ways_on[state] or any(row[:live])]

    plan = Plan(
        name="truncating",
        rows=rows,
        initial=[row for row in every if not any(row[live:])],
        horizons=[end for end in up_to(limits.max_horizon) if end is None or end > limit],
        time_limits=[limit],
        terminal=terminal,
    )
    return plan.drawn(draw, size, limits)

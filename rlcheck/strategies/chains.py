"""Worlds by the chain that every policy makes of them: periodic, absorbed, or exact in binary."""

from typing import Unpack

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from rlcheck.strategies._numbers import DYADIC, Draw, Row, choose, distributions
from rlcheck.strategies._plan import Plan, Size, certain, up_to
from rlcheck.strategies.bounds import Bounds, Limits
from rlcheck.worlds.tabular import TabularMDP


def cyclic_mdps(**bounds: Unpack[Bounds]) -> SearchStrategy[TabularMDP]:
    """Worlds that go round: state s belongs to class s mod p, and the next state to the next class.

    The period p is drawn from 2 to S. Episodes start in class 0, so that the class at time t is
    t mod p whatever the policy, and no state law ever settles. Nothing is terminal.

    Args:
        **bounds: the largest sizes and rewards (see `Bounds`).

    Raises:
        InvalidArgument: a bound is outside its range.
    """
    return _cyclic(Limits(**bounds))


def absorbing_mdps(**bounds: Unpack[Bounds]) -> SearchStrategy[TabularMDP]:
    """Worlds whose last state is never left and yet not terminal: it may go on paying.

    Every policy of full support reaches it in the end. An implementation that takes it for
    terminal, or the other way round, gets V wrong there.

    Args:
        **bounds: the largest sizes and rewards (see `Bounds`).

    Raises:
        InvalidArgument: a bound is outside its range.
    """
    return _absorbing(Limits(**bounds))


def dyadic_mdps(**bounds: Unpack[Bounds]) -> SearchStrategy[TabularMDP]:
    """Worlds with a horizon in which every probability is a multiple of 1/8, exact in binary.

    Rewards and gamma are dyadic too. The last state may be terminal. A batch that lists each
    rollout as often as it is likely has the exact expectation as its plain mean.

    Args:
        **bounds: the largest sizes and rewards (see `Bounds`).

    Raises:
        InvalidArgument: a bound is outside its range.
    """
    return _dyadic(Limits(**bounds))


@st.composite
def _cyclic(draw: Draw, limits: Limits) -> TabularMDP:
    size = Size.drawn(draw, limits)
    period = choose(draw, range(2, size.states + 1))
    every = distributions(size.states)

    def within(number: int) -> list[Row]:
        return [
            row for row in every if all(p == 0 or s % period == number for s, p in enumerate(row))
        ]

    plan = Plan(
        name="cyclic",
        rows=lambda state, _action: within((state + 1) % period),
        initial=within(0),
        horizons=up_to(limits.max_horizon),
    )
    return plan.drawn(draw, size, limits)


@st.composite
def _absorbing(draw: Draw, limits: Limits) -> TabularMDP:
    size = Size.drawn(draw, limits)
    last = size.states - 1
    every = distributions(size.states)
    ways_out = [choose(draw, range(size.actions)) for _ in range(last)]

    # One action of each state may lead to a state with a larger number, as in `terminating_mdps`.
    def rows(state: int, action: int) -> list[Row]:
        if state == last:
            return [certain(last, size.states)]
        return [row for row in every if action != ways_out[state] or any(row[state + 1 :])]

    plan = Plan(
        name="absorbing",
        rows=rows,
        initial=[row for row in every if row[last] < 1],
        horizons=up_to(limits.max_horizon),
    )
    return plan.drawn(draw, size, limits)


@st.composite
def _dyadic(draw: Draw, limits: Limits) -> TabularMDP:
    size = Size.drawn(draw, limits)
    rows = distributions(size.states, DYADIC)
    terminal = choose(draw, [(), (size.states - 1,)])
    live = size.states - len(terminal)
    plan = Plan(
        name="dyadic",
        rows=lambda _state, _action: rows,
        initial=[row for row in rows if not any(row[live:])],
        horizons=range(1, limits.max_horizon + 1),
        terminal=terminal,
    )
    return plan.drawn(draw, size, limits)

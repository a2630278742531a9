"""Worlds that are hard on numbers or on agents: rare events, slow sums, states that look alike."""

from collections.abc import Sequence
from typing import Unpack

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from rlcheck.strategies._numbers import Draw, Row, choose, distributions
from rlcheck.strategies._plan import Plan, Size, up_to
from rlcheck.strategies.bounds import Bounds, Limits
from rlcheck.worlds.tabular import TabularMDP

RARE = (1e-3, 1e-6, 1e-9)
"""Probabilities of the unlikely successor in a near-deterministic world."""

CONDITIONS = (1e3, 1e4, 1e6)
"""Condition numbers of an ill-conditioned world."""


def near_deterministic_mdps(**bounds: Unpack[Bounds]) -> SearchStrategy[TabularMDP]:
    """Worlds in which every action has one likely successor, and another that is hardly ever seen.

    The rare one has a probability of 1e-3, 1e-6 or 1e-9, the same in the whole world.

    Args:
        **bounds: the largest sizes and rewards (see `Bounds`).

    Raises:
        InvalidArgument: a bound is outside its range.
    """
    return _near_deterministic(Limits(**bounds))


def ill_conditioned_mdps(**bounds: Unpack[Bounds]) -> SearchStrategy[TabularMDP]:
    """Worlds whose values are long sums: I - gamma P has a condition c of 1e3, 1e4 or 1e6.

    Precisely, the largest row sum of the inverse of I - gamma P over the live states is c under
    every policy. Either nothing ends and gamma = 1 - 1/c, or gamma = 1 and every action ends the
    episode with probability 1/c, so that it lasts c steps on average.

    Args:
        **bounds: the largest sizes and rewards (see `Bounds`).

    Raises:
        InvalidArgument: a bound is outside its range.
    """
    return st.one_of(_far_sighted(Limits(**bounds)), _rarely_ending(Limits(**bounds)))


def aliased_mdps(**bounds: Unpack[Bounds]) -> SearchStrategy[TabularMDP]:
    """Worlds in which the first two states, and perhaps others, cannot be told apart.

    Episodes may start in either of them. Observations are one-hot.

    Args:
        **bounds: the largest sizes and rewards (see `Bounds`).

    Raises:
        InvalidArgument: a bound is outside its range.
    """
    return _aliased(Limits(**bounds))


@st.composite
def _near_deterministic(draw: Draw, limits: Limits) -> TabularMDP:
    size = Size.drawn(draw, limits)
    rare = choose(draw, RARE)
    rows = [
        tuple({likely: 1 - rare, other: rare}.get(s, 0.0) for s in range(size.states))
        for likely in range(size.states)
        for other in range(size.states)
        if likely != other
    ]
    plan = Plan(
        name="near-deterministic",
        rows=lambda _state, _action: rows,
        initial=distributions(size.states),
        horizons=up_to(limits.max_horizon),
    )
    return plan.drawn(draw, size, limits)


@st.composite
def _far_sighted(draw: Draw, limits: Limits) -> TabularMDP:
    size = Size.drawn(draw, limits)
    rows = distributions(size.states)
    plan = Plan(
        name="ill-conditioned",
        rows=lambda _state, _action: rows,
        initial=rows,
        discounts=[1 - 1 / choose(draw, CONDITIONS)],
    )
    return plan.drawn(draw, size, limits)


@st.composite
def _rarely_ending(draw: Draw, limits: Limits) -> TabularMDP:
    size = Size.drawn(draw, limits)
    last = size.states - 1
    exit_probability = 1 / choose(draw, CONDITIONS)
    going_on = distributions(last)
    rows = [_ending(row, exit_probability) for row in going_on]
    plan = Plan(
        name="ill-conditioned",
        rows=lambda _state, _action: rows,
        initial=[(*row, 0.0) for row in going_on],
        discounts=[1.0],
        terminal=[last],
    )
    return plan.drawn(draw, size, limits)


def _ending(row: Sequence[float], exit_probability: float) -> Row:
    return (*(p * (1 - exit_probability) for p in row), exit_probability)


@st.composite
def _aliased(draw: Draw, limits: Limits) -> TabularMDP:
    size = Size.drawn(draw, limits)
    rows = distributions(size.states)
    others = [choose(draw, range(size.states)) for _ in range(size.states - 2)]
    plan = Plan(
        name="aliased",
        rows=lambda _state, _action: rows,
        initial=[row for row in rows if row[0] > 0 and row[1] > 0],
        horizons=up_to(limits.max_horizon),
        seen=[0, 0, *others],
    )
    return plan.drawn(draw, size, limits)

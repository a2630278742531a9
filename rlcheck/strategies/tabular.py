"""Tabular worlds of any kind: the families of this folder, and plain ones with nothing special."""

from typing import Unpack

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from rlcheck.strategies._numbers import Draw, distributions
from rlcheck.strategies._plan import Plan, Size, up_to
from rlcheck.strategies.bounds import Bounds, Limits
from rlcheck.strategies.chains import absorbing_mdps, cyclic_mdps, dyadic_mdps
from rlcheck.strategies.difficult import (
    aliased_mdps,
    ill_conditioned_mdps,
    near_deterministic_mdps,
)
from rlcheck.strategies.ending import terminating_mdps, truncating_mdps
from rlcheck.worlds.tabular import TabularMDP


def tabular_mdps(**bounds: Unpack[Bounds]) -> SearchStrategy[TabularMDP]:
    """Small worlds of every family, and plain ones.

    Probabilities are simple fractions, rewards multiples of 1/4, gamma one of 1/2, 3/4, 0, 7/8 and,
    where the sum ends, 1; an ill-conditioned world's are what its family says. The simplest world
    has two states, two actions, one step, rewards of zero and probabilities of 1/2.

    Args:
        **bounds: the largest sizes and rewards (see `Bounds`).

    Raises:
        InvalidArgument: a bound is outside its range.
    """
    return st.one_of(
        plain_mdps(**bounds),
        terminating_mdps(**bounds),
        truncating_mdps(**bounds),
        cyclic_mdps(**bounds),
        absorbing_mdps(**bounds),
        near_deterministic_mdps(**bounds),
        ill_conditioned_mdps(**bounds),
        aliased_mdps(**bounds),
        dyadic_mdps(**bounds),
    )


def plain_mdps(**bounds: Unpack[Bounds]) -> SearchStrategy[TabularMDP]:
    """Fully observed worlds without terminal states, with any successors, horizon and time limit.

    Args:
        **bounds: the largest sizes and rewards (see `Bounds`).

    Raises:
        InvalidArgument: a bound is outside its range.
    """
    return _plain(Limits(**bounds))


@st.composite
def _plain(draw: Draw, limits: Limits) -> TabularMDP:
    size = Size.drawn(draw, limits)
    rows = distributions(size.states)
    plan = Plan(
        name="plain",
        rows=lambda _state, _action: rows,
        initial=rows,
        horizons=up_to(limits.max_horizon),
        time_limits=(None, *range(1, limits.max_horizon + 1)),
    )
    return plan.drawn(draw, size, limits)

"""Continuous worlds: linear dynamics, Gaussian noise, quadratic reward."""

import torch
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from torch import Tensor

from rlcheck.strategies import _door
from rlcheck.strategies._numbers import Draw, choose, distributions, draw_numbers
from rlcheck.strategies._plan import DISCOUNTS, up_to
from rlcheck.worlds.linear_gaussian import LinearGaussianMDP

LARGEST_ROW_SUM = 0.5
"""Of the dynamics, of the control, and of the gain of the policies drawn for these worlds."""


def linear_gaussian_mdps(
    *,
    max_state_dim: int = 2,
    max_action_dim: int = 2,
    max_horizon: int = 3,
    max_points: int = 2,
) -> SearchStrategy[LinearGaussianMDP]:
    """Worlds s' = A s + B a + c + L e with a quadratic reward.

    The absolute row sums of A and of B are at most 1/2. Under a policy of `gaussian_policies` those
    of A + B K are at most 3/4, so that every value exists, with an infinite horizon too. Noise,
    noise of the start, a time limit and several initial points may each be there or not. The
    simplest world has one dimension of each and one step, and everything in it is zero.

    Args:
        max_state_dim: S at most, from 1 to 4.
        max_action_dim: D at most, from 1 to 4.
        max_horizon: the longest horizon and time limit, from 1 to 64.
        max_points: initial points at most, from 1 to 4.

    Raises:
        InvalidArgument: a bound is outside its range.
    """
    _door.whole_number("max_state_dim", max_state_dim, 1, 4)
    _door.whole_number("max_action_dim", max_action_dim, 1, 4)
    _door.whole_number("max_horizon", max_horizon, 1, 64)
    _door.whole_number("max_points", max_points, 1, 4)
    return _worlds(max_state_dim, max_action_dim, max_horizon, max_points)


@st.composite
def _worlds(
    draw: Draw, max_state_dim: int, max_action_dim: int, max_horizon: int, max_points: int
) -> LinearGaussianMDP:
    state = draw(st.integers(1, max_state_dim))
    action = draw(st.integers(1, max_action_dim))
    points = draw(st.integers(1, max_points))
    horizon = choose(draw, up_to(max_horizon))
    discounts = DISCOUNTS if horizon is None else (*DISCOUNTS, 1.0)
    return LinearGaussianMDP(
        dynamics=contraction(draw, state, state),
        control=contraction(draw, state, action),
        drift=matrix(draw, state, largest=1.0),
        noise=_factor(draw, state),
        reward_quadratic=matrix(draw, state + action, state + action, largest=1.0),
        reward_linear=matrix(draw, state + action, largest=1.0),
        reward_constant=draw_numbers(draw, 1, 1.0)[0],
        initial_points=matrix(draw, points, state, largest=1.0),
        initial_weights=choose(draw, distributions(points)),
        initial_noise=_factor(draw, state),
        gamma=choose(draw, discounts),
        horizon=horizon,
        time_limit=choose(draw, [None, *range(1, max_horizon + 1)]),
        name="linear-Gaussian",
    )


def _factor(draw: Draw, size: int) -> Tensor:
    """A noise factor [S, K] with K from 0, which is no noise, to S."""
    return matrix(draw, size, draw(st.integers(0, size)), largest=1.0)


def matrix(draw: Draw, *shape: int, largest: float) -> Tensor:
    """Readable numbers in [-largest, largest]."""
    count = int(torch.Size(shape).numel())
    return torch.tensor(draw_numbers(draw, count, largest), dtype=torch.float64).reshape(shape)


def contraction(draw: Draw, rows: int, columns: int) -> Tensor:
    """A matrix [rows, columns] whose absolute row sums are at most 1/2."""
    return matrix(draw, rows, columns, largest=1.0) * LARGEST_ROW_SUM / columns

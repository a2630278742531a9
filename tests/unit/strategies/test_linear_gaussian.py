import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rlcheck.errors import InvalidArgument
from rlcheck.exact import linear_gaussian as exact
from rlcheck.strategies import gaussian_policies, linear_gaussian_mdps
from tests.unit.strategies.reach import simplest, unreached

CORNERS = {
    "two state dimensions": lambda w: w.state_dim == 2,
    "two action dimensions": lambda w: w.action_dim == 2,
    "two initial points": lambda w: len(w.initial_points) == 2,
    "uneven initial weights": lambda w: bool((w.initial_weights == 0.25).any()),
    "no noise": lambda w: w.noise.shape[1] == 0,
    "noise of full rank": lambda w: np.linalg.matrix_rank(w.noise.numpy()) == 2,
    "noise at the start": lambda w: bool((w.initial_noise != 0).any()),
    "no horizon": lambda w: w.horizon is None,
    **{f"horizon {h}": lambda w, h=h: w.horizon == h for h in (1, 2, 3)},
    "a time limit": lambda w: w.time_limit == 1,
    "gamma one": lambda w: w.gamma == 1,
    "gamma zero": lambda w: w.gamma == 0,
    "a cross term": lambda w: bool(w.reward_quadratic[0, -1] != 0),
    "a drift": lambda w: bool((w.drift != 0).any()),
    "dynamics at their bound": lambda w: bool((w.dynamics.abs().sum(-1) == 0.5).any()),
}


def test_worlds_of_every_kind_are_reached():
    assert unreached(linear_gaussian_mdps(), CORNERS) == set()


def test_the_simplest_world_has_one_dimension_and_one_step():
    world = simplest(linear_gaussian_mdps())
    assert (world.state_dim, world.action_dim, world.horizon, world.gamma) == (1, 1, 1, 0.5)
    assert (world.noise.shape[1], len(world.initial_points), world.time_limit) == (0, 1, None)
    assert not world.dynamics.any()


def test_needed_dynamics_shrink_to_one_half():
    world = simplest(linear_gaussian_mdps(), lambda w: bool(w.dynamics.any()))
    assert world.dynamics.tolist() == [[0.5]]
    assert not world.control.any()


def contracts(world, policy):
    closed = world.dynamics + world.control @ policy.gain.detach()
    return bool((closed.abs().sum(-1) <= 0.75).all())


@settings(max_examples=40)
@given(st.data())
def test_every_policy_drawn_for_a_world_has_values(data):
    world = data.draw(linear_gaussian_mdps())
    policy = data.draw(gaussian_policies(world))
    assert contracts(world, policy)
    assert torch.isfinite(exact.objective(world, policy))


def test_a_policy_of_a_larger_gain_would_not_contract():
    world = simplest(linear_gaussian_mdps(), lambda w: bool(w.control.any()))
    policy = simplest(gaussian_policies(world))
    with torch.no_grad():
        policy.gain += 2
    assert not contracts(world, policy)


@settings(max_examples=30)
@given(linear_gaussian_mdps(max_state_dim=1, max_action_dim=1, max_horizon=1, max_points=1))
def test_the_bounds_are_kept(world):
    assert (world.state_dim, world.action_dim, len(world.initial_points)) == (1, 1, 1)
    assert world.horizon in (1, None)
    assert world.time_limit in (1, None)


@pytest.mark.parametrize("bound", ["max_state_dim", "max_action_dim", "max_horizon", "max_points"])
@pytest.mark.parametrize("value", [0, 1000, 1.5, True])
def test_a_bound_outside_its_range_is_refused_at_the_call(bound, value):
    with pytest.raises(InvalidArgument, match=bound):
        linear_gaussian_mdps(**{bound: value})

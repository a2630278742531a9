from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rlcheck.errors import InvalidArgument
from rlcheck.strategies import aliased_mdps, policy_pairs, tabular_mdps
from rlcheck.worlds import TabularMDP
from rlcheck.worlds.gallery import two_state_chain
from tests.unit.strategies.reach import reaches, simplest, unreached

WORLD = two_state_chain()
EPS = 2.0**-52


def furthest(world, pair):
    """max over live s of 1 - sum_a min(old, new), which is the total variation by another way."""
    overlap = torch.minimum(pair.old, pair.new).sum(-1)
    return float((1 - overlap)[~world.terminal].max())


@settings(max_examples=60)
@given(st.data(), st.sampled_from([0.25, 0.5, 0.875, 2.0**-20]))
def test_the_distance_is_the_chosen_one_to_the_last_bit(data, distance):
    world = data.draw(tabular_mdps(max_states=4))
    pair = data.draw(policy_pairs(world, total_variation=distance))
    assert furthest(world, pair) == distance
    assert pair.total_variation[~world.terminal].max() == distance
    for pi in (pair.old, pair.new):
        world.check_policy(pi)
        assert (pi > 0).all()
    assert torch.equal(pair.ratio, pair.new / pair.old)


@settings(max_examples=40)
@given(st.data(), st.floats(1e-3, 1 - 1e-3))
def test_other_distances_are_met_to_rounding(data, distance):
    world = data.draw(tabular_mdps())
    pair = data.draw(policy_pairs(world, total_variation=distance))
    # Each entry is rounded three times and is below one; A of them are summed.
    assert abs(furthest(world, pair) - distance) <= 4 * world.n_actions * EPS
    world.check_policy(pair.old)
    world.check_policy(pair.new)


def test_a_pair_that_was_moved_has_another_distance():
    pair = simplest(policy_pairs(WORLD, total_variation=0.25))
    assert furthest(WORLD, replace(pair, new=pair.old)) == 0
    assert furthest(WORLD, replace(pair, new=(pair.old + pair.new) / 2)) == 0.125


@settings(max_examples=30)
@given(st.data())
def test_states_that_look_alike_have_one_row(data):
    world = data.draw(aliased_mdps())
    pair = data.draw(policy_pairs(world))
    assert torch.equal(pair.old[0], pair.old[1])
    assert torch.equal(pair.new[0], pair.new[1])


def test_the_simplest_pair_differs_in_the_first_state_by_swapping_two_actions():
    pair = simplest(policy_pairs(WORLD, total_variation=0.5))
    assert pair.old.tolist() == [[0.75, 0.25], [0.5, 0.5]]
    assert pair.new.tolist() == [[0.25, 0.75], [0.5, 0.5]]


CORNERS = {
    "above a clip range": lambda p: bool((p.ratio > 1.2).any()),
    "below it": lambda p: bool((p.ratio < 0.8).any()),
    "both within one state": lambda p: bool(
        ((p.ratio.max(-1).values > 1.2) & (p.ratio.min(-1).values < 0.8)).any()
    ),
    "only the second state": lambda p: p.total_variation.tolist() == [0.0, 0.25],
    "half as far": lambda p: p.total_variation.tolist() == [0.25, 0.125],
    "both as far": lambda p: p.total_variation.tolist() == [0.25, 0.25],
    "an uneven policy": lambda p: bool((p.old.max(-1).values > 0.75).any()),
}


def test_pairs_of_every_kind_are_reached():
    assert unreached(policy_pairs(WORLD), CORNERS) == set()


def test_three_actions_leave_one_untouched():
    worlds = tabular_mdps().filter(lambda w: w.n_actions == 3)
    pairs = worlds.flatmap(policy_pairs)
    assert reaches(pairs, lambda p: bool(((p.ratio == 1).sum(-1) == 1).any()))


@pytest.mark.parametrize("distance", [0, 1, -0.5, float("nan"), "far"])
def test_a_distance_outside_its_range_is_refused_at_the_call(distance):
    with pytest.raises(InvalidArgument, match="total_variation"):
        policy_pairs(WORLD, total_variation=distance)


def test_a_single_action_leaves_nothing_to_move():
    world = TabularMDP(transitions=[[[1.0]]], rewards=[[0.0]], initial=[1.0], gamma=0.5)
    with pytest.raises(InvalidArgument, match="n_actions"):
        policy_pairs(world)

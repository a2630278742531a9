"""Every rollout that is drawn is one of those that the world can produce, and every kind occurs."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rlcheck.errors import InvalidArgument
from rlcheck.exact import enumerate_episodes, enumerate_segments
from rlcheck.strategies import (
    episodes,
    linear_gaussian_mdps,
    rollouts,
    segments,
    tabular_mdps,
    truncating_mdps,
)
from rlcheck.worlds import Rollout, gaussian_bandit, point_mass
from rlcheck.worlds.gallery import truncation_flip, two_state_chain
from tests.unit.strategies.reach import reaches, simplest, unreached

LENGTH = 3
SMALL = tabular_mdps(max_states=2, max_actions=2)


def uniform(world):
    return torch.full((world.n_states, world.n_actions), 1 / world.n_actions).double()


def column(rollout, n):
    """Everything that one column says, as something to compare; the mask says where it ends."""
    names = ("states", "actions", "rewards", "next_states", "terminated", "truncated", "steps")
    length = int(rollout.lengths[n])
    facts = [getattr(rollout, name)[:length, n].tolist() for name in names]
    seen = [getattr(rollout, name)[:length, n].flatten().tolist() for name in ("obs", "next_obs")]
    return str(facts + seen)


def listed(rollout, listing):
    return {column(rollout, n) for n in range(rollout.N)} <= {
        column(listing, n) for n in range(listing.N)
    }


@settings(max_examples=60)
@given(st.data())
def test_episodes_are_among_those_that_enumeration_lists(data):
    world = data.draw(SMALL)
    rollout = data.draw(episodes(world, max_length=LENGTH))
    assert listed(rollout, enumerate_episodes(world, uniform(world), LENGTH))
    assert rollout.lengths.max() == rollout.T


@settings(max_examples=60)
@given(st.data())
def test_segments_are_among_those_that_enumeration_lists(data):
    world = data.draw(SMALL)
    rollout = data.draw(segments(world, max_length=LENGTH))
    assert listed(rollout, enumerate_segments(world, uniform(world), rollout.T))
    assert rollout.mask.all()


@settings(max_examples=40)
@given(st.data())
def test_a_policys_impossible_actions_are_never_taken(data):
    world = data.draw(SMALL)
    pi = torch.zeros(world.n_states, world.n_actions, dtype=torch.float64)
    pi[:, 1] = 1.0
    rollout = data.draw(rollouts(world, pi, max_length=LENGTH))
    assert (rollout.actions[rollout.mask] == 1).all()


@pytest.mark.parametrize("name", ["terminated", "truncated", "rewards", "actions", "next_states"])
def test_a_changed_rollout_is_not_listed(name):
    world = truncation_flip()
    rollout = simplest(episodes(world, max_length=LENGTH))
    listing = enumerate_episodes(world, uniform(world), LENGTH)
    assert listed(rollout, listing)
    value = getattr(rollout, name).clone()
    value[-1, 0] = ~value[-1, 0] if value.dtype == torch.bool else value[-1, 0] + 10
    assert not listed(replace(rollout, **{name: value}), listing)


def places(flag):
    """Whether the flag is raised in each slot of a column."""
    return {
        f"{flag} at {t}": lambda r, t=t: t < r.T and bool(getattr(r, flag)[t].any())
        for t in range(4)
    }


SHAPES = {
    "one step": lambda r: r.T == 1,
    "four steps": lambda r: r.T == 4,
    "three rollouts": lambda r: r.N == 3,
    "an open end": lambda r: not bool(r.dones[r.lengths - 1, torch.arange(r.N)].all()),
    "both kinds of end": lambda r: bool(r.terminated.any() and r.truncated.any()),
}
IN_SEGMENTS = {
    "an end in every slot": lambda r: r.T == 4 and bool(r.dones[:, 0].all()),
    "one in the middle alone": lambda r: (
        r.T > 2 and [0, 1, 0] in [column[:3] for column in r.dones.T.tolist()]
    ),
    "both kinds in one column": lambda r: bool((r.terminated.any(0) & r.truncated.any(0)).any()),
}


def test_ends_and_truncations_lie_in_every_place_of_episodes():
    worlds = truncating_mdps(max_horizon=6)
    corners = {
        **places("terminated"),
        **places("truncated"),
        **SHAPES,
        "ragged": lambda r: bool((r.lengths != r.T).any()),
    }
    assert unreached(worlds.flatmap(episodes), corners) == set()


def test_ends_and_truncations_lie_in_every_place_of_segments():
    worlds = truncating_mdps(max_horizon=6)
    corners = {**places("terminated"), **places("truncated"), **SHAPES, **IN_SEGMENTS}
    assert unreached(worlds.flatmap(segments), corners) == set()


def test_without_a_world_one_is_drawn():
    corners = {
        "aliased": lambda r: bool(((r.obs[..., 1:] == 0) & (r.states[..., None] == 1)).any()),
        "segments": lambda r: r.T > 1 and bool(r.dones[0].any() and r.mask.all()),
        "padding": lambda r: not r.mask.all(),
    }
    assert unreached(rollouts(), corners) == set()
    smallest = simplest(rollouts())
    assert (smallest.T, smallest.N) == (1, 1)
    assert smallest.rewards.item() == 0


def test_a_needed_second_step_shrinks_to_two_steps_of_one_rollout():
    rollout = simplest(rollouts(), lambda r: r.T > 1)
    assert (rollout.T, rollout.N) == (2, 1)
    assert not rollout.rewards.any()


def obeys(world, rollout):
    """Whether s' - (A s + B a + c) lies in the span of the noise, and the rewards are right."""
    real = rollout.mask
    states, actions, after = rollout.obs[real], rollout.actions[real], rollout.next_obs[real]
    rest = after - states @ world.dynamics.T - actions @ world.control.T - world.drift
    span = world.noise @ torch.linalg.pinv(world.noise)
    joint = torch.cat([states, actions], -1)
    rewards = torch.einsum("bi,ij,bj->b", joint, world.reward_quadratic, joint)
    rewards = rewards + joint @ world.reward_linear + world.reward_constant
    return torch.allclose(rest @ span.T, rest) and torch.allclose(rewards, rollout.rewards[real])


@settings(max_examples=40)
@given(st.data())
def test_continuous_rollouts_obey_the_dynamics(data):
    world = data.draw(linear_gaussian_mdps())
    rollout = data.draw(rollouts(world))
    assert obeys(world, rollout)
    end = torch.zeros_like(rollout.steps) if world.horizon is None else rollout.steps + 1
    assert torch.equal(rollout.terminated, (end == world.horizon) & rollout.mask)
    cut = (rollout.steps + 1 == world.time_limit) & ~rollout.terminated & rollout.mask
    assert torch.equal(rollout.truncated, cut)


def test_a_state_or_reward_that_was_moved_does_not():
    world = gaussian_bandit()
    rollout = simplest(rollouts(world))
    assert obeys(world, rollout)
    assert not obeys(world, replace(rollout, next_obs=rollout.next_obs + 1))
    assert not obeys(world, replace(rollout, rewards=rollout.rewards + 1))


def test_continuous_rollouts_reset_and_are_cut():
    corners = {
        "truncated": lambda r: bool(r.truncated.any()),
        "reset": lambda r: r.T == 4 and bool((r.steps[1:] == 0).any()),
        "moved": lambda r: bool((r.obs[-1] != r.obs[0]).any()),
    }
    assert unreached(rollouts(point_mass(time_limit=2)), corners) == set()


def test_the_bounds_are_kept():
    world = two_state_chain()

    @settings(max_examples=30)
    @given(rollouts(world, max_length=2, max_rollouts=1))
    def check(rollout):
        assert isinstance(rollout, Rollout)
        assert rollout.T <= 2
        assert rollout.N == 1

    check()
    assert reaches(rollouts(world, max_length=9, max_rollouts=9), lambda r: r.N > 5)


@pytest.mark.parametrize("strategy", [rollouts, episodes, segments])
@pytest.mark.parametrize(
    "wrong",
    [{"max_length": 0}, {"max_rollouts": 1.5}, {"pi": torch.ones(2, 2, dtype=torch.float64)}],
)
def test_wrong_use_is_refused_at_the_call(strategy, wrong):
    with pytest.raises(InvalidArgument, match=next(iter(wrong))):
        strategy(two_state_chain(), **wrong)


def test_a_policy_needs_a_tabular_world():
    pi = torch.full((2, 2), 0.5, dtype=torch.float64)
    with pytest.raises(InvalidArgument, match="belongs to no world"):
        rollouts(pi=pi)
    with pytest.raises(InvalidArgument, match="no table of actions"):
        rollouts(point_mass(), pi)

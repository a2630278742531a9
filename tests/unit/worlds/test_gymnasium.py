"""The environment means by every flag what the sampler means."""

import warnings

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium.utils.env_checker import check_env

from rlcheck.errors import InvalidArgument
from rlcheck.worlds import GALLERY, sample_episodes, sample_segments, to_gymnasium
from rlcheck.worlds.gallery import cliff_walk, garnet, truncation_flip, vacuum_corridor
from tests.unit.worlds.paths import distance, exact_law, paths_of, tolerance


def blind():
    return garnet(0, n_observations=1)


@pytest.mark.parametrize("make", [*GALLERY.values(), blind], ids=lambda make: make.__name__)
def test_gymnasiums_own_checker_passes_without_a_warning(make):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(to_gymnasium(make()), skip_render_check=True)


def play(world, rollout):
    """Drives the environment with the rollout's actions, resetting where it says that it ended."""
    env = to_gymnasium(world)
    for n in range(rollout.N):
        done = True
        for t in range(int(rollout.lengths[n])):
            if done:
                obs, info = env.reset(options={"state": int(rollout.states[t, n])})
                assert info["steps"] == 0
            assert np.array_equal(obs, rollout.obs[t, n].numpy())
            obs, reward, terminated, truncated, info = env.step(rollout.actions[t, n].item())
            done = terminated or truncated
            assert np.array_equal(obs, rollout.next_obs[t, n].numpy())
            assert info["steps"] == rollout.steps[t, n] + 1
            yield (reward, terminated, truncated, info["state"]), (t, n)


@pytest.mark.parametrize(
    "world",
    [
        cliff_walk(time_limit=5),
        cliff_walk(time_limit=40),
        vacuum_corridor(time_limit=2),
        truncation_flip(time_limit=None),
        truncation_flip(time_limit=1),
        truncation_flip(time_limit=2),
        truncation_flip(time_limit=3),
        garnet(1, n_states=1, n_actions=2, branching=1, horizon=3, time_limit=3),
        garnet(1, n_states=1, n_actions=2, branching=1, horizon=3, time_limit=2),
    ],
    ids=lambda world: f"{world.name}, H = {world.horizon}, limit = {world.time_limit}",
)
@pytest.mark.parametrize("form", ["episodes", "segments"])
def test_where_nothing_is_random_it_plays_the_samplers_rollouts(world, form):
    assert set(world.transitions.unique().tolist()) <= {0.0, 1.0}
    pi = torch.full((world.n_states, world.n_actions), 1 / world.n_actions, dtype=torch.float64)
    random = torch.Generator().manual_seed(0)
    if form == "episodes":
        rollout = sample_episodes(world, pi, 20, random)
    else:
        rollout = sample_segments(world, pi, 20, 30, random)
    seen = 0
    for found, (t, n) in play(world, rollout):
        names = ("rewards", "terminated", "truncated", "next_states")
        assert found == tuple(getattr(rollout, name)[t, n].item() for name in names)
        seen += 1
    assert seen == rollout.mask.sum()


@pytest.mark.parametrize("limits", [(3, None), (None, 2), (3, 2), (2, 2)])
def test_episodes_have_their_exact_law(limits):
    n = 5_000
    horizon, time_limit = limits
    world = garnet(1, n_states=2, end_probability=0.25, horizon=horizon, time_limit=time_limit)
    pi = torch.tensor([[0.25, 0.75], [0.5, 0.5], [0.5, 0.5]], dtype=torch.float64)
    env, choose = to_gymnasium(world), np.random.default_rng(1)
    paths = []
    env.reset(seed=7)
    for _ in range(n):
        _, info = env.reset()
        path, done = [], False
        while not done:
            before, action = info, int(choose.random() >= pi[info["state"], 0].item())
            _, _, terminated, truncated, info = env.step(action)
            done = terminated or truncated
            step = (before["state"], action, info["state"], terminated, truncated)
            path.append((*step, before["steps"]))
        paths.append(tuple(path))
    law = exact_law(world, pi, 3, reset=False)
    assert distance(law, paths) <= tolerance(n)
    # and the sampler's, by the same measure: one meaning, two players
    rollout = sample_episodes(world, pi, n, torch.Generator().manual_seed(0))
    assert distance(law, paths_of(rollout)) <= tolerance(n)
    wrong = exact_law(world, pi.flip(1), 3, reset=False)
    assert distance(wrong, paths) > tolerance(n)


@pytest.mark.parametrize("world", [truncation_flip(time_limit=2), truncation_flip(time_limit=None)])
def test_a_step_after_the_end_asks_for_a_reset(world):
    env = to_gymnasium(world)
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.step(0)
    env.reset(seed=0)
    env.step(0)
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.step(0)


@pytest.mark.parametrize("action", [-1, 2])
def test_an_action_that_does_not_exist_is_refused(action):
    env = to_gymnasium(truncation_flip())
    env.reset(seed=0)
    with pytest.raises(InvalidArgument, match=r"action: no such action"):
        env.step(action)


@pytest.mark.parametrize("state", [3, 4, -1, "0"])
def test_a_first_state_that_cannot_be_is_refused(state):
    with pytest.raises(InvalidArgument, match="no state to begin in"):
        to_gymnasium(truncation_flip()).reset(options={"state": state})


def test_observations_are_copies():
    env = to_gymnasium(truncation_flip())
    observation, _ = env.reset(seed=0)
    observation[...] = 7
    assert env.reset(seed=0)[0].max() == 1

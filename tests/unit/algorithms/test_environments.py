"""Slots are transitions, whichever way an environment begins anew."""

from dataclasses import replace

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from rlcheck.algorithms.environments import GymnasiumEnvironments, make_environments
from rlcheck.errors import InvalidArgument


class Counting(gymnasium.Env):
    """obs = 10 i + t in copy i; ends after i + 2 steps, even copies by terminating."""

    action_space = gymnasium.spaces.Discrete(2)
    observation_space = gymnasium.spaces.Box(-100, 1000, (1,), np.float32)

    def __init__(self, index, reward=1.0):
        self.index, self.reward = index, reward

    def reset(self, *, seed=None, options=None):
        self.t = 0
        return self._obs(), {}

    def step(self, action):
        self.t += 1
        ends = self.t == self.index + 2
        terminated = ends and self.index % 2 == 0
        return self._obs(), self.reward, terminated, ends and not terminated, {}

    def _obs(self):
        return np.array([10 * self.index + self.t], dtype=np.float32)


def copies(mode, count=3, reward=1.0, kind=GymnasiumEnvironments):
    makers = [lambda i=i: Counting(i, reward) for i in range(count)]
    return kind(SyncVectorEnv(makers, autoreset_mode=mode))


def played(environments, steps):
    """(obs, transition) of every step."""
    obs, slots = environments.reset(0), []
    for _ in range(steps):
        step = environments.step(torch.zeros(environments.count, dtype=torch.int64))
        slots.append((obs, step))
        obs = step.obs
    return slots


@pytest.mark.parametrize("mode", [AutoresetMode.SAME_STEP, AutoresetMode.NEXT_STEP])
def test_every_real_slot_is_a_transition(mode):
    slots = played(copies(mode), 12)
    for obs, step in slots:
        real = step.real
        assert torch.equal(step.next_obs[real], obs[real] + 1)
        ends = step.terminated | step.truncated
        last = torch.tensor([[10.0 * i + i + 2] for i in range(3)])
        assert torch.equal(step.next_obs[ends & real], last[ends & real])
        assert not bool((ends & ~real).any())
        assert torch.equal(step.obs[real & ~ends], step.next_obs[real & ~ends])


class EverySlotCounts(GymnasiumEnvironments):
    """The fault since next-step resets are the default: the slot that resets is a transition."""

    def step(self, actions):
        step = super().step(actions)
        return replace(step, real=torch.ones_like(step.real))


class TheResetFollows(GymnasiumEnvironments):
    """The older one: what follows an end is the first observation of the next episode."""

    def step(self, actions):
        step = super().step(actions)
        return replace(step, next_obs=step.obs)


def transitions(mode, kind=GymnasiumEnvironments):
    """Of each copy, the true ones in order."""
    rows = [
        (i, float(obs[i]), float(step.next_obs[i]), float(step.rewards[i]),
         bool(step.terminated[i]), bool(step.truncated[i]))
        for obs, step in played(copies(mode, kind=kind), 30)
        for i in range(3)
        if bool(step.real[i])
    ]  # fmt: skip
    return {i: [row for row in rows if row[0] == i] for i in range(3)}


def same(one, other):
    """Whether two runs hold the same transitions, as far as the shorter one goes."""
    for i in range(3):
        fewest = min(len(one[i]), len(other[i]))
        assert fewest >= 15
        if one[i][:fewest] != other[i][:fewest]:
            return False
    return True


def test_both_ways_hold_the_same_transitions():
    assert same(transitions(AutoresetMode.SAME_STEP), transitions(AutoresetMode.NEXT_STEP))


@pytest.mark.parametrize(
    ("kind", "mode"),
    [(EverySlotCounts, AutoresetMode.NEXT_STEP), (TheResetFollows, AutoresetMode.SAME_STEP)],
)
def test_a_wrapper_that_forgets_an_end_is_seen(kind, mode):
    assert same(transitions(mode), transitions(AutoresetMode.SAME_STEP))
    assert not same(transitions(mode, kind), transitions(AutoresetMode.SAME_STEP))


def test_slots_that_are_none_follow_an_end_in_the_next_step_alone():
    reals = {
        mode: torch.stack([step.real for _, step in played(copies(mode), 12)])
        for mode in (AutoresetMode.SAME_STEP, AutoresetMode.NEXT_STEP)
    }
    assert bool(reals[AutoresetMode.SAME_STEP].all())
    assert reals[AutoresetMode.NEXT_STEP][:, 0].tolist() == [True, True, False] * 4


def test_without_a_reset_of_its_own_it_is_refused():
    with pytest.raises(InvalidArgument, match="begin anew by itself"):
        copies(AutoresetMode.DISABLED)


def test_what_is_no_number_is_refused():
    environments = copies(AutoresetMode.SAME_STEP, reward=float("nan"))
    environments.reset(0)
    with pytest.raises(InvalidArgument, match="rewards"):
        environments.step(torch.zeros(3, dtype=torch.int64))


@pytest.mark.parametrize("native", [True, False])
def test_cart_pole_ends_out_of_its_bounds(native):
    """The final observation is the fallen pole's, in the native vector form as well."""
    environments = make_environments("CartPole-v1", 4, native=native)
    obs, ends = environments.reset(3), 0
    for _ in range(200):
        step = environments.step(torch.ones(4, dtype=torch.int64))
        fallen = (step.next_obs[:, 2].abs() > 0.2095) | (step.next_obs[:, 0].abs() > 2.4)
        assert torch.equal(fallen & step.real, step.terminated)
        # The cart moves by its speed: holds in a transition, and not across a reset.
        moved = obs[:, 0] + 0.02 * obs[:, 1]
        assert torch.allclose(step.next_obs[step.real, 0], moved[step.real], atol=1e-6)
        ends += int(step.terminated.sum())
        obs = step.obs
    assert ends > 20


def test_an_unknown_one_is_refused():
    with pytest.raises(InvalidArgument, match="the id of a registered one"):
        make_environments("NoSuch-v0", 2)


class Wordy(gymnasium.Env):
    """It speaks, and for as long as it likes."""

    observation_space = gymnasium.spaces.Sequence(gymnasium.spaces.Discrete(26))
    action_space = gymnasium.spaces.Discrete(2)


def test_observations_that_are_no_numbers_are_refused(monkeypatch):
    spec = gymnasium.envs.registration.EnvSpec("Wordy-v0", entry_point=Wordy)
    monkeypatch.setitem(gymnasium.registry, "Wordy-v0", spec)
    with pytest.raises(InvalidArgument, match="observations of this kind"):
        make_environments("Wordy-v0", 2)


def test_counted_observations_are_one_hot_rows_the_final_ones_too():
    """FrozenLake by hand: what follows is the one-hot row of the state that the lake itself names,
    also where an episode ends and another begins in the same step."""
    ours, theirs = make_environments("FrozenLake-v1", 1), gymnasium.make("FrozenLake-v1")
    obs, (state, _) = ours.reset(3), theirs.reset(seed=3)
    ends = 0
    for n in range(200):
        assert obs.tolist() == [[float(s == state) for s in range(16)]]
        action = n * 7 % 4
        step = ours.step(torch.tensor([action]))
        state, _, terminated, truncated, _ = theirs.step(action)
        assert step.next_obs.tolist() == [[float(s == state) for s in range(16)]]
        assert (bool(step.terminated), bool(step.truncated)) == (terminated, truncated)
        if terminated or truncated:
            ends += 1
            state, _ = theirs.reset()
        obs = step.obs
    assert ends > 5

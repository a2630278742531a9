"""What is said of episodes is what was played; lines and checkpoint agree."""

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from rlcheck.algorithms.environments import GymnasiumEnvironments, make_environments
from rlcheck.algorithms.normalisers import normalised
from rlcheck.algorithms.ranks import ALONE
from rlcheck.training.metrics import MetricsFile, of_episodes, read_lines
from rlcheck.training.restarting import Restarting
from tests.unit.training.running import lines, small, whole


class Paying(gymnasium.Env):
    """Copy i pays 10 i + t at step t, and ends after 3 + i steps; odd copies by truncation."""

    action_space = gymnasium.spaces.Discrete(2)
    observation_space = gymnasium.spaces.Box(-100, 1000, (1,), np.float32)

    def __init__(self, index):
        self.index = index

    def reset(self, *, seed=None, options=None):
        self.t, self.seeded = 0, seed
        return np.zeros(1, np.float32), {}

    def step(self, action):
        self.t += 1
        ends = self.t == 3 + self.index
        odd = self.index % 2 == 1
        obs = np.array([self.t], np.float32)
        return obs, 10.0 * self.index + self.t, ends and not odd, ends and odd, {}


def paying(mode, normalize=()):
    made = SyncVectorEnv([lambda i=i: Paying(i) for i in range(3)], autoreset_mode=mode)
    if not normalize:
        return GymnasiumEnvironments(made)
    wrapped = normalised(made, normalize, 0.9)
    return GymnasiumEnvironments(wrapped.vector, wrapped)


def play(stage, steps):
    stage.reset(0)
    for _ in range(steps):
        stage.step(torch.zeros(stage.count, dtype=torch.int64))
    return stage.take_episodes()


DUE = {i: (sum(10.0 * i + t for t in range(1, 4 + i)), 3 + i) for i in range(3)}


@pytest.mark.parametrize("mode", [AutoresetMode.SAME_STEP, AutoresetMode.NEXT_STEP])
@pytest.mark.parametrize("normalize", [(), ("rewards",)])
def test_returns_are_those_that_were_played(mode, normalize):
    found = play(Restarting(paying(mode, normalize), every=1000, seed=0, rank=0), 40)
    slots = 1 if mode == AutoresetMode.NEXT_STEP else 0
    assert {one: found.count(one) for one in found} == {
        DUE[i]: (40 + slots) // (3 + i + slots) for i in range(3)
    }


def test_an_episode_that_is_broken_off_is_not_counted():
    stage = Restarting(paying(AutoresetMode.SAME_STEP), every=7, seed=0, rank=0)
    assert sorted(play(stage, 14)) == sorted([DUE[0]] * 4 + [DUE[1]] * 2 + [DUE[2]] * 2)


def test_only_the_first_episode_after_a_reset_counts_where_all_are_waited_for():
    stage = Restarting(paying(AutoresetMode.SAME_STEP), every=None, seed=0, rank=0)
    assert sorted(play(stage, 9)) == sorted(DUE.values())
    assert sorted(play(stage, 9)) == sorted(DUE.values())


def test_running_returns_can_be_kept():
    one, other = (
        Restarting(paying(AutoresetMode.SAME_STEP), every=99, seed=0, rank=0) for _ in "ab"
    )
    play(one, 4)
    other._episodes.restore(one._episodes.state())
    zeros = torch.zeros(3, dtype=torch.int64)
    other.environments = one.environments
    other.step(zeros)
    assert other.take_episodes() == [DUE[2]]


def test_means_and_deviations():
    found = of_episodes([(1.0, 3), (5.0, 4)], ALONE)
    assert found == {"episodes": 2, "return": 3.0, "return_std": 2.0, "length": 3.5}
    assert of_episodes([], ALONE)["return"] is None


def test_lines_behind_the_checkpoint_and_broken_ones_are_cut_off(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"steps": 1}\n{"steps": 2}\n{"steps": 3}\n{"st')
    file = MetricsFile(path, 2)
    file.write({"steps": 9})
    file.keep()
    file.close()
    assert read_lines(path) == [{"steps": 1}, {"steps": 2}, {"steps": 9}]


def test_a_run_s_lines_say_what_it_did(tmp_path):
    found = lines(whole(small("ppo"), tmp_path / "run"))
    assert [line["steps"] for line in found][-1] == 832
    assert found[-1]["updates"] == 832 // 64
    for line in found:
        assert 0 < line["entropy"] <= np.log(2) + 1e-6
        assert line["kl"] >= 0
        assert line["explained_variance"] <= 1
        assert line["gradient_norm"] > 0
        assert np.isfinite(line["loss"])
    played = sum(line["episodes"] * line["length"] for line in found if line["episodes"])
    # CartPole pays one a step, and resets take a slot each.
    assert all(line["return"] == line["length"] for line in found if line["episodes"])
    assert 0 < played < 832


@pytest.mark.parametrize("native", [True, False])
def test_a_return_of_cart_pole_is_its_length(native):
    stage = Restarting(
        make_environments("CartPole-v1", 4, native=native), every=500, seed=0, rank=0
    )
    found = play(stage, 200)
    assert len(found) > 10
    assert all(one == length for one, length in found)

"""Environments that expose their state are kept in the checkpoint, and no episode is cut."""

import contextlib

import torch

from rlcheck.algorithms.environments import Actions, Transition
from rlcheck.training import begun, taken_up, train
from tests.unit.training.running import (
    StopAfter,
    Stopped,
    checkpoint,
    differences,
    lines,
    small,
)


class Walk:
    """A walk on a line: a step to either side, or by chance; it ends nine steps from its start."""

    count, obs_size = 4, 2
    actions = Actions(kind="discrete", size=2)

    def reset(self, seed):
        self.generator = torch.Generator().manual_seed(seed)
        self.place = torch.zeros(self.count, dtype=torch.int64)
        self.seen = self.place.clone()
        return self._obs()

    def step(self, actions):
        chance = torch.rand(self.count, generator=self.generator) < 0.3
        self.place += torch.where(chance, 1, 2 * actions - 1)
        self.seen += 1
        next_obs = self._obs()
        ended, cut = self.place.abs() >= 9, self.seen >= 60
        rewards = self.place.float().abs()
        self.place[ended | cut], self.seen[ended | cut] = 0, 0
        return Transition(
            obs=self._obs(), next_obs=next_obs, rewards=rewards, terminated=ended,
            truncated=cut & ~ended, real=torch.ones(self.count, dtype=torch.bool),
        )  # fmt: skip

    def state(self):
        generator = self.generator.get_state()
        return {"place": self.place, "seen": self.seen, "generator": generator}

    def restore(self, state):
        self.generator.set_state(state["generator"])
        self.place, self.seen = state["place"].clone(), state["seen"].clone()

    def _obs(self):
        return torch.stack([self.place / 9, self.seen / 60], dim=-1)


class Forgetful(Walk):
    """The plant: its chance is not kept."""

    def restore(self, state):
        super().restore({**state, "generator": torch.Generator().manual_seed(0).get_state()})


def run(folder, kind, *onlookers, begin=True):
    asked = small("ppo")
    if begin:
        begun(asked, folder)
    kept = None if begin else taken_up(asked, folder)
    with contextlib.suppress(Stopped):
        train(asked, folder, kept, environments=kind(), onlookers=onlookers)
    return folder


def test_it_goes_on_in_the_midst_of_its_episodes(tmp_path):
    whole = run(tmp_path / "whole", Walk)
    broken = run(tmp_path / "broken", Walk, StopAfter(6))
    assert checkpoint(broken).steps == 256
    assert bool((checkpoint(broken).parts[0]["stage.environments.seen"] > 0).any())
    assert differences(whole, run(broken, Walk, begin=False)) == []
    # 832 steps, none of them lost to a restart: what is no ended episode is one that runs still.
    played = sum(line["episodes"] * (line["length"] or 0) for line in lines(whole))
    running = checkpoint(whole).parts[0]["stage.episodes.lengths"].sum()
    assert round(played) + int(running) == 832


def test_a_state_that_is_not_kept_whole_is_seen(tmp_path):
    whole = run(tmp_path / "whole", Forgetful)
    broken = run(tmp_path / "broken", Forgetful, StopAfter(6))
    found = differences(whole, run(broken, Forgetful, begin=False))
    assert any(name.startswith("learner.networks") for name in found)

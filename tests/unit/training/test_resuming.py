"""A run that was ended at any moment and taken up again is the run that was never ended."""

import random
import signal
import time
from dataclasses import replace

import pytest

from rlcheck.algorithms import ppo_recurrent, saving
from rlcheck.training.folders import CHECKPOINT, METRICS
from rlcheck.training.metrics import read_lines
from tests.tiers import spread
from tests.unit.training.running import (
    SMALL,
    as_words,
    checkpoint,
    command,
    differences,
    resumed,
    small,
    stopped,
    whole,
)


@pytest.mark.parametrize("algorithm", spread(list(SMALL), quick=4))
def test_a_run_that_was_stopped_ends_as_one_that_was_not(tmp_path, algorithm):
    asked = small(algorithm)
    due = whole(asked, tmp_path / "whole")
    broken = stopped(asked, tmp_path / "broken", lines=6)
    assert 0 < checkpoint(broken).steps < checkpoint(due).steps
    assert read_lines(broken / METRICS)[-1]["steps"] > checkpoint(broken).steps
    assert differences(due, resumed(asked, broken)) == []


@pytest.mark.parametrize("envs", [2, pytest.param(3, marks=pytest.mark.thorough)])
@pytest.mark.parametrize("env", ["CartPole-v1", "rlcheck:CartPole"])
def test_what_is_kept_lies_in_memory_as_it_lay(tmp_path, env, envs):
    """Few rows: there a product is another one, in the last bit, of columns than of rows."""
    asked = small("ppo-recurrent", env=env, envs=envs, steps=480, checkpoint_every=96)
    broken = stopped(asked, tmp_path / "broken", lines=3)
    assert differences(whole(asked, tmp_path / "whole"), resumed(asked, broken)) == []


def test_a_memory_of_other_episodes_is_emptied(tmp_path, monkeypatch):
    """A run is extended from where it ended: what it acts on next is a reset's observation."""
    asked = small("ppo-recurrent", envs=2, steps=80, checkpoint_every=10_000)
    folder, begun_at = whole(asked, tmp_path / "run"), []
    begin = ppo_recurrent.Learner.begin

    def watched(self, obs):
        begin(self, obs)
        begun_at.append((self.position.obs.clone(), self.position.starts.clone()))

    monkeypatch.setattr(ppo_recurrent.Learner, "begin", watched)
    resumed(replace(asked, steps=128), folder)
    [(obs, starts)] = begun_at
    assert bool(starts.all())
    assert float(obs.abs().max()) <= 0.05  # CartPole begins there


@pytest.mark.parametrize(
    "which",
    [
        ("observations", "rewards"),
        *(pytest.param(w, marks=pytest.mark.thorough) for w in [("observations",), ("rewards",)]),
    ],
    ids="+".join,
)
def test_normalisers_go_on_as_well(tmp_path, which):
    asked = small("a2c", normalize=which)
    broken = stopped(asked, tmp_path / "broken", lines=6)
    assert differences(whole(asked, tmp_path / "whole"), resumed(asked, broken)) == []


def test_a_run_without_a_vector_form_of_its_own(tmp_path):
    asked = small("a2c", env="Acrobot-v1", steps=800)
    broken = stopped(asked, tmp_path / "broken", lines=6)
    assert differences(whole(asked, tmp_path / "whole"), resumed(asked, broken)) == []


@pytest.mark.parametrize(
    "algorithm", ["a2c", *(pytest.param(n, marks=pytest.mark.thorough) for n in ("trpo", "ppo"))]
)
def test_a_state_of_the_optimiser_that_is_not_kept_is_seen(tmp_path, monkeypatch, algorithm):
    """The plant: moments begin at zero again. Were it not seen, the tests above held nothing."""
    monkeypatch.setattr(saving, "optimizer_state", lambda optimizer: {})
    asked = small(algorithm)
    broken = stopped(asked, tmp_path / "broken", lines=6)
    found = differences(whole(asked, tmp_path / "whole"), resumed(asked, broken))
    assert any(name.startswith("learner.networks.") for name in found)


def test_a_generator_that_is_not_kept_is_seen(tmp_path, monkeypatch):
    learner_state = saving.learner_state

    def forgetful(networks, optimizer, generator):
        return {**learner_state(networks, optimizer, generator), "generator": FIRST}

    import torch

    from rlcheck.algorithms import a2c

    FIRST = torch.Generator().manual_seed(0).get_state()
    monkeypatch.setattr(a2c, "learner_state", forgetful)
    asked = small("a2c")
    broken = stopped(asked, tmp_path / "broken", lines=6)
    found = differences(whole(asked, tmp_path / "whole"), resumed(asked, broken))
    assert any(name.startswith("learner.networks.") for name in found)


def test_a_longer_run_goes_on_where_a_shorter_one_ended(tmp_path):
    folder = whole(small("a2c", steps=300), tmp_path / "run")
    before = checkpoint(folder).steps
    resumed(small("a2c", steps=600), folder)
    assert before < 600 <= checkpoint(folder).steps
    steps = [line["steps"] for line in read_lines(folder / METRICS)]
    assert steps == sorted(set(steps))


KILLED_IN_A_WRITE = """
import os, signal, sys
replace, calls = os.replace, 0
def half(source, target):
    global calls
    if str(target).endswith("checkpoint.safetensors"):
        calls += 1
        if calls == 2:
            os.truncate(source, os.path.getsize(source) // 2)
            os.kill(os.getpid(), signal.SIGKILL)
    replace(source, target)
os.replace = half
from rlcheck.cli import main
main()
"""


def test_killed_in_the_midst_of_a_write(tmp_path):
    """A real kill -9 of a process that has written half of its second checkpoint."""
    asked, folder = small("ppo"), tmp_path / "killed"
    child = command(*as_words(asked, folder), code=KILLED_IN_A_WRITE)
    child.communicate(timeout=120)
    assert child.returncode == -signal.SIGKILL
    assert (folder / f"{CHECKPOINT}.partial").exists()
    assert differences(whole(asked, tmp_path / "whole"), resumed(asked, folder)) == []


@pytest.mark.thorough
@pytest.mark.parametrize("algorithm", SMALL)
def test_killed_at_ten_moments(tmp_path, algorithm):
    """Ten times kill -9 in one run, at moments drawn anew: before, between and in writes."""
    asked, folder = small(algorithm, steps=20_000, checkpoint_every=500), tmp_path / "killed"
    moments = random.Random(algorithm)
    kills = 0
    while kills < 10:
        child = command(*as_words(asked, folder), "--resume")
        before = (folder / METRICS).stat().st_mtime_ns if (folder / METRICS).exists() else 0
        while child.poll() is None and _unchanged(folder / METRICS, before):
            time.sleep(0.001)
        time.sleep(moments.uniform(0.0, 0.5))
        child.kill()
        child.communicate(timeout=60)
        if child.returncode != -signal.SIGKILL:
            break  # it came to its end first, which is checked below
        kills += 1
    assert kills >= 5
    assert differences(whole(asked, tmp_path / "whole"), resumed(asked, folder)) == []


def _unchanged(path, before):
    return not path.exists() or path.stat().st_mtime_ns == before

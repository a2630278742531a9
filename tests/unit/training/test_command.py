"""`rlcheck train`: what it leaves, what it refuses in one line, how it exits."""

import json
import os
import sys
from dataclasses import replace

import gymnasium
import numpy as np
import pytest
import torch

from rlcheck import cli
from rlcheck.training.folders import CHECKPOINT, CONFIG, CURVES, METRICS
from rlcheck.training.table import ALGORITHMS
from tests.unit.training.running import as_words, small


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", os.environ.get("OMP_NUM_THREADS", "1"))
    yield
    torch.set_num_threads(1)


@pytest.fixture
def rlcheck(monkeypatch, capsys):
    """Runs the console script; exit status, stdout, stderr."""

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["rlcheck", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        printed = capsys.readouterr()
        return end.value.code, printed.out, printed.err

    return run


def contents(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


class Spoilt(gymnasium.Env):
    """Gives what is no number at its tenth step."""

    action_space = gymnasium.spaces.Discrete(2)
    observation_space = gymnasium.spaces.Box(-1, 1, (1,), np.float32)

    def __init__(self, what):
        self.what, self.t = what, 0

    def reset(self, *, seed=None, options=None):
        return np.zeros(1, np.float32), {}

    def step(self, action):
        self.t += 1
        spoilt = float("nan") if self.t == 10 else 0.5
        obs = np.full(1, spoilt if self.what == "obs" else 0.5, np.float32)
        return obs, spoilt if self.what == "reward" else 1.0, False, False, {}


@pytest.fixture
def spoilt():
    names = []
    for what in ("obs", "reward"):
        gymnasium.register(f"Spoilt-{what}-v0", entry_point=lambda what=what: Spoilt(what))
        names.append(f"Spoilt-{what}-v0")
    yield names
    for name in names:
        del gymnasium.registry[name]


def test_a_run_from_its_first_word_to_its_pictures(rlcheck, tmp_path):
    folder = tmp_path / "run"
    code, out, err = rlcheck(*as_words(small("ppo", steps=500), folder), "--plot")
    assert (code, err) == (0, "")
    assert contents(folder).keys() == {CONFIG, CHECKPOINT, METRICS, CURVES}
    assert json.loads((folder / CONFIG).read_text())["settings"]["surrogate"] == "penalty"
    assert "512 steps, 8 updates" in out
    curves = (folder / CURVES).read_text()
    assert curves.startswith("<svg xmlns=")
    assert "mean return" in curves

    code, out, err = rlcheck("evaluate", folder, "--episodes", "5")
    assert code == 0
    assert "in the mean of 5 episodes" in out

    code, out, err = rlcheck(*as_words(small("ppo", steps=500), folder), "--resume")
    assert code == 0
    assert "nothing is left to do" in out


def test_a_folder_that_exists_is_refused_and_left_alone(rlcheck, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    code, _, err = rlcheck(*as_words(small("a2c"), tmp_path))
    assert code == 2
    assert "--out: it exists, and nothing in it is overwritten" in err
    code, _, err = rlcheck(*as_words(small("a2c"), tmp_path), "--resume")
    assert code == 2
    assert "there is no run in it" in err
    assert contents(tmp_path) == {"thesis.txt": b"mine"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--env", "NoSuch-v0"], "env: "),
        (["--bounds", "squashed"], "lie in no box to squash into"),
        (["--env", "rlcheck:point-mass", "--bounds", "squashed"], "lie in no box to squash into"),
        (["--bounds", "cut"], "clipped or squashed"),
        (["--set", "clip=1"], "no such setting"),
        (["--set", "clip"], "is not a pair"),
        (["--device", "cuda:99"], "device: "),
        (["--normalize", "actions"], "observations or rewards"),
    ],
)
def test_wrong_use_is_one_message_and_leaves_nothing(rlcheck, tmp_path, words, said):
    folder = tmp_path / "run"
    code, _, err = rlcheck(*as_words(small("ppo"), folder), *words)
    assert code == 2
    assert err.startswith("rlcheck: ")
    assert said in err
    assert not folder.exists()


def test_an_unknown_algorithm_is_refused(rlcheck, tmp_path):
    code, _, err = rlcheck("train", "sac", "--env", "CartPole-v1", "--steps", 10, "--out", tmp_path)
    assert code == 2
    assert "one of reinforce, a2c" in err


def test_a_table_wants_counted_observations_and_says_so_before_anything_is_written(
    rlcheck, tmp_path
):
    words = [*as_words(small("q-learning"), tmp_path / "run"), "--env", "CartPole-v1"]
    code, _, err = rlcheck(*words)
    assert code == 2
    assert "q-learning has a column for each state" in err
    assert not (tmp_path / "run").exists()


def test_a_setting_that_is_given_twice_is_refused(rlcheck, tmp_path):
    words = [*as_words(small("ppo"), tmp_path / "run"), "--set", "gamma=0.9", "--set", "gamma=0.8"]
    code, _, err = rlcheck(*words)
    assert code == 2
    assert "it is given twice" in err


def test_the_help_names_every_algorithm(rlcheck):
    _, out, _ = rlcheck("train", "--help")
    told = " ".join(out.replace("\u2502", " ").split())
    *most, last = ALGORITHMS
    assert f"{', '.join(most)} or {last}." in told


def test_actions_that_it_does_not_serve_are_refused(rlcheck, tmp_path, monkeypatch):
    monkeypatch.setitem(ALGORITHMS, "ppo", replace(ALGORITHMS["ppo"], actions=("discrete",)))
    words = [*as_words(small("ppo"), tmp_path / "run"), "--env", "Pendulum-v1"]
    code, _, err = rlcheck(*words)
    assert code == 2
    assert "its actions are continuous" in err
    assert not (tmp_path / "run").exists()


def test_what_is_no_number_from_an_environment_ends_a_run(rlcheck, tmp_path, spoilt):
    for name, said in zip(spoilt, ("next_obs", "rewards"), strict=True):
        code, _, err = rlcheck(*as_words(small("ppo"), tmp_path / name), "--env", name)
        assert code == 2
        assert err.startswith(f"rlcheck: {said}: the environment gave what is no number")


@pytest.fixture
def run(rlcheck, tmp_path):
    folder = tmp_path / "run"
    assert rlcheck(*as_words(small("ppo", steps=128), folder))[0] == 0
    return folder


def refused(rlcheck, folder, said, **changed):
    before = contents(folder)
    code, _, err = rlcheck(*as_words(small("ppo", **changed), folder), "--resume")
    assert code == 2
    assert said in err
    assert contents(folder) == before


def test_another_configuration_is_refused(rlcheck, run):
    refused(rlcheck, run, "the run in this folder was begun with 0", seed=1)


def test_a_checkpoint_that_is_cut_off_is_refused(rlcheck, run):
    data = (run / CHECKPOINT).read_bytes()
    (run / CHECKPOINT).write_bytes(data[: len(data) // 2])
    refused(rlcheck, run, "it is cut off or no checkpoint")


def test_a_checkpoint_of_another_shape_is_refused(rlcheck, run, tmp_path):
    other = tmp_path / "other"
    words = [*as_words(small("ppo", steps=64), other), "--env", "Acrobot-v1"]
    assert rlcheck(*words)[0] == 0
    (run / CHECKPOINT).write_bytes((other / CHECKPOINT).read_bytes())
    refused(rlcheck, run, "the saved state is of another shape")


def test_a_configuration_that_cannot_be_read_is_refused(rlcheck, run):
    (run / CONFIG).write_text('{"algor')
    refused(rlcheck, run, "config.json cannot be read")


def test_a_run_that_was_killed_before_its_first_checkpoint_begins(rlcheck, run):
    (run / CHECKPOINT).unlink()
    code, out, _ = rlcheck(*as_words(small("ppo", steps=128), run), "--resume")
    assert code == 0
    assert "128 steps" in out


def test_without_safetensors_it_says_what_to_install(rlcheck, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "safetensors.torch", None)
    monkeypatch.setitem(sys.modules, "safetensors", None)
    code, _, err = rlcheck(*as_words(small("ppo"), tmp_path / "run"))
    assert code == 2
    assert "pip install 'rlcheck[train]'" in err
    assert not (tmp_path / "run").exists()


def test_without_tensorboard_it_says_so_and_trains(rlcheck, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    words = [
        w for w in as_words(small("ppo", steps=64), tmp_path / "run") if w != "--no-tensorboard"
    ]
    code, out, _ = rlcheck(*words)
    assert code == 0
    assert "no TensorBoard logs: pip install 'rlcheck[train]'" in out


def test_with_tensorboard_every_number_is_there(rlcheck, tmp_path):
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    folder = tmp_path / "run"
    words = [w for w in as_words(small("ppo", steps=128), folder) if w != "--no-tensorboard"]
    assert rlcheck(*words)[0] == 0
    logged = accumulator.EventAccumulator(str(folder))
    logged.Reload()
    lines = [json.loads(line) for line in (folder / METRICS).read_text().splitlines()]
    due = [(line["steps"], line["entropy"]) for line in lines]
    found = [(event.step, event.value) for event in logged.Scalars("entropy")]
    assert found == [(step, pytest.approx(value, rel=1e-6)) for step, value in due]

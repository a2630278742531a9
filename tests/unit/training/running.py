"""Small runs, ended where one wants, and what they left compared bit by bit."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import torch

from rlcheck.training import Configuration, begun, configured, taken_up, train
from rlcheck.training.checkpoint import Checkpoint, read
from rlcheck.training.folders import CHECKPOINT, METRICS
from rlcheck.training.metrics import read_lines

ROOT = Path(__file__).parents[3]
SMALL = {
    "reinforce": {"form": "baseline"},
    "a2c": {"n_steps": "8", "staleness": "2"},
    "trpo": {"n_steps": "16", "critic_epochs": "2", "minibatch": "32"},
    "ppo": {"n_steps": "16", "epochs": "2", "minibatch": "32", "surrogate": "penalty"},
    "ppo-recurrent": {"n_steps": "16", "epochs": "2", "environments_at_once": "3", "width": "8"},
    "q-learning": {"epsilon": "0.3"},
    "dqn": {"capacity": "300", "learning_starts": "8", "train_every": "4", "target_every": "24"},
}
"""Settings with which everything that can change does, soon."""

TIMES = ("seconds", "steps_per_second")


PLAYED = {"q-learning": "Taxi-v4"}
"""What is played where it is not CartPole: a table needs observations that are counted."""


def small(algorithm: str = "ppo", **changed: Any) -> Configuration:
    options = {
        "env": PLAYED.get(algorithm, "CartPole-v1"), "envs": 4,
        "steps": 2000 if algorithm == "reinforce" else 800,
        "settings": SMALL[algorithm], "checkpoint_every": 250, "log_every": 60,
    }  # fmt: skip
    return configured(algorithm, **{**options, **changed})


class Stopped(Exception):
    """The test has seen enough."""


class StopAfter:
    """An onlooker that ends the run after so many lines."""

    def __init__(self, lines: int) -> None:
        self.left = lines

    def see(self, line):
        self.left -= 1
        if self.left == 0:
            raise Stopped

    def checkpointed(self, line):
        pass


def whole(configuration: Configuration, folder: Path) -> Path:
    begun(configuration, folder)
    train(configuration, folder, None)
    return folder


def stopped(configuration: Configuration, folder: Path, lines: int) -> Path:
    begun(configuration, folder)
    try:
        train(configuration, folder, None, onlookers=[StopAfter(lines)])
    except Stopped:
        return folder
    raise AssertionError("it ended before it was stopped")


def resumed(configuration: Configuration, folder: Path) -> Path:
    train(configuration, folder, taken_up(configuration, folder))
    return folder


def differences(one: Path, other: Path) -> list[str]:
    """The names of what is not the same to the last bit in two runs' checkpoints and metrics."""
    first, second = (read(folder / CHECKPOINT) for folder in (one, other))
    found = [n for n in ("steps", "updates") if getattr(first, n) != getattr(second, n)]
    for mine, theirs in zip(first.parts, second.parts, strict=True):
        found += sorted(mine.keys() ^ theirs.keys())
        found += [
            name for name in mine.keys() & theirs.keys() if not same(mine[name], theirs[name])
        ]
    if lines(one) != lines(other):
        found.append(METRICS)
    return sorted(found)


def same(one: Any, other: Any) -> bool:
    if isinstance(one, torch.Tensor):
        return one.dtype == other.dtype and torch.equal(one, other)
    return one == other


def lines(folder: Path) -> list[dict[str, Any]]:
    """The metrics without what a clock says."""
    found = read_lines(folder / METRICS)
    return [{name: v for name, v in line.items() if name not in TIMES} for line in found]


def checkpoint(folder: Path) -> Checkpoint:
    return read(folder / CHECKPOINT)


def command(*words: str, code: str | None = None) -> subprocess.Popen[str]:
    """`rlcheck` in a process of its own, or a program that ends in it."""
    start = [sys.executable, "-m", "rlcheck"] if code is None else [sys.executable, "-c", code]
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "RLCHECK_"))}
    environment = {**kept, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [*start, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )


def as_words(configuration: Configuration, folder: Path) -> list[str]:
    """The command that asks for it."""
    return [
        "train", configuration.algorithm, "--env", configuration.env,
        "--steps", str(configuration.steps), "--envs", str(configuration.envs),
        "--seed", str(configuration.seed), "--out", str(folder),
        "--checkpoint-every", str(configuration.checkpoint_every),
        "--log-every", str(configuration.log_every), "--no-tensorboard",
        *(f"--set={name}={value}" for name, value in SMALL[configuration.algorithm].items()),
    ]  # fmt: skip

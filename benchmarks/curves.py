"""How does each algorithm learn? Its returns over steps, on ten seeds, for its page on the site.

    pip install -c constraints.txt -e '.[bench]'
    OMP_NUM_THREADS=1 python benchmarks/curves.py

Every run is one of `rlcheck train`, with the settings that stand here and the defaults otherwise;
what is recorded is what its `metrics.jsonl` says: the mean return of the episodes that ended, with
the noise of the policy that learns. Writes `curves.json` beside this file, from which
`rlcheck docs build` draws a figure for each algorithm.
"""

import argparse
import json
import platform
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch

from rlcheck.training import begun, configured, train
from rlcheck.training.folders import METRICS
from rlcheck.training.metrics import read_lines

RECORD = Path(__file__).with_name("curves.json")
POINTS = 40


@dataclass(frozen=True, kw_only=True)
class Task:
    """An algorithm in an environment.

    Attributes:
        algorithm: its name in `rlcheck train`.
        env: what it learns in.
        steps: of all copies together.
        settings: as words, where they are not the defaults.
    """

    algorithm: str
    env: str
    steps: int
    settings: dict[str, str] = field(default_factory=dict)


TASKS = (
    Task(algorithm="reinforce", env="CartPole-v1", steps=100_000),
    Task(algorithm="a2c", env="CartPole-v1", steps=100_000),
    Task(algorithm="trpo", env="CartPole-v1", steps=60_000, settings={"n_steps": "128"}),
    Task(
        algorithm="ppo", env="CartPole-v1", steps=60_000,
        settings={"learning_rate": "1e-3", "n_steps": "64", "epochs": "10"},
    ),
    Task(
        algorithm="ppo-recurrent", env="CartPole-v1", steps=60_000,
        settings={"learning_rate": "1e-3", "n_steps": "64"},
    ),
    # A step is the mean of eight updates.
    Task(
        algorithm="q-learning", env="FrozenLake-v1", steps=160_000,
        settings={"learning_rate": "0.8"},
    ),
    Task(
        algorithm="dqn", env="CartPole-v1", steps=60_000,
        settings={"target": "double", "train_every": "8", "minibatch": "128"},
    ),
)  # fmt: skip


def curve(task: Task, seed: int) -> list[float]:
    """Mean returns at equally many steps apart; before an episode ended, the first that did."""
    torch.set_num_threads(1)
    asked = configured(
        task.algorithm, env=task.env, steps=task.steps, seed=seed, settings=task.settings,
        log_every=task.steps // POINTS, checkpoint_every=10 * task.steps,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as there:
        folder = Path(there) / "run"
        begun(asked, folder)
        train(asked, folder, None)
        lines = [line for line in read_lines(folder / METRICS) if line["return"] is not None]
    steps, returns = zip(*((line["steps"], line["return"]) for line in lines), strict=True)
    return [round(float(x), 3) for x in np.interp(grid(task), steps, returns)]


def grid(task: Task) -> list[float]:
    """The steps at which curves are told."""
    return [task.steps * (k + 1) / POINTS for k in range(POINTS)]


def recorded(tasks: tuple[Task, ...], seeds: int, processes: int) -> Iterator[dict[str, object]]:
    """Every task with the curves of its seeds."""
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        for task in tasks:
            curves = list(pool.map(curve, [task] * seeds, range(seeds)))
            last = np.median([one[-1] for one in curves])
            print(f"{task.algorithm:<14}{task.env:<16}{task.steps:>9,} steps, at last {last:8.2f}")
            yield {
                "algorithm": task.algorithm, "env": task.env, "settings": task.settings,
                "steps": grid(task), "curves": curves,
            }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--only", choices=[task.algorithm for task in TASKS], action="append")
    arguments = parser.parse_args()
    tasks = tuple(t for t in TASKS if not arguments.only or t.algorithm in arguments.only)
    found = list(recorded(tasks, arguments.seeds, arguments.processes))
    if arguments.only:
        return  # a part is tried, and is no record
    made_by = {"torch": torch.__version__, "python": platform.python_version()}
    RECORD.write_text(json.dumps({"made by": made_by, "tasks": found}) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

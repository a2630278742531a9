"""`metrics.jsonl`: what is written about a run, and how it is kept in step with the checkpoint."""

import json
import math
import os
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from rlcheck.algorithms.experience import Experience, Segment
from rlcheck.algorithms.networks import Evaluation
from rlcheck.algorithms.ranks import Ranks
from rlcheck.algorithms.sequences import Sequences
from rlcheck.estimators import kl_k3
from rlcheck.training.files import write_whole

Line = dict[str, Any]


class MetricsFile:
    """Lines of JSON; those behind a checkpoint are cut off before the first one is added."""

    def __init__(self, path: Path, after: int) -> None:
        """Opens the file.

        Args:
            path: of the file.
            after: steps of the checkpoint that the run goes on from; zero where there is none.
        """
        cut_back(path, after)
        self._file = path.open("a", encoding="utf-8")

    def write(self, line: Line) -> None:
        self._file.write(json.dumps(line, allow_nan=False) + "\n")
        self._file.flush()

    def keep(self) -> None:
        """Puts all lines on the disk: a checkpoint is about to say that they are there."""
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


def cut_back(path: Path, steps: int) -> None:
    """Takes away what was written after so many steps, and a line that did not come to its end."""
    if path.exists():
        kept = [line for line in read_lines(path) if line["steps"] <= steps]
        write_whole(path, "".join(json.dumps(line) + "\n" for line in kept).encode())


def read_lines(path: Path) -> list[Line]:
    """The lines that are whole, in order."""
    found = []
    for text in path.read_text(encoding="utf-8").split("\n")[:-1]:
        try:
            line = json.loads(text)
        except ValueError:
            break
        found.append(line)
    return found


def of_episodes(ended: list[tuple[float, int]], ranks: Ranks) -> Line:
    """Count, mean and deviation of returns, mean length; over all processes."""
    sums = torch.zeros(4, dtype=torch.float64)
    if ended:
        returns, lengths = torch.tensor(ended, dtype=torch.float64).T
        sums = torch.stack(
            [returns.new_tensor(len(ended)), returns.sum(), returns.square().sum(), lengths.sum()]
        )
    count, total, squares, steps = ranks.total(sums).tolist()
    if count == 0:
        return {"episodes": 0, "return": None, "return_std": None, "length": None}
    mean = total / count
    spread = math.sqrt(max(0.0, squares / count - mean**2))
    return {"episodes": int(count), "return": mean, "return_std": spread, "length": steps / count}


@torch.no_grad()
def of_update(learner: Any, experience: Any) -> Line:
    """What the last update did; of this process's rows.

    KL(old || new) is estimated by k3 from the actions that were taken: unbiased, never negative.
    What an algorithm does not have is left out.
    """
    found: Line = {}
    if isinstance(experience, Experience):
        new = learner.networks.evaluate(experience.obs, experience.actions)
        found = _of_rows(new, experience, torch.ones_like(new.logp, dtype=torch.bool))
    elif isinstance(experience, Sequences):
        new = learner.networks.evaluate(
            experience.obs, experience.actions, experience.initial_state, experience.starts
        )
        found = _of_rows(new, experience, experience.real)
    elif isinstance(experience, Segment):
        new = learner.networks.evaluate(experience.obs, experience.actions)
        found = {"entropy": _plain(new.entropy[experience.real].mean())}
    means = learner.watch.means()
    return found | {name.replace(" ", "_"): value for name, value in means.items()}


def _of_rows(new: Evaluation, old: Experience | Sequences, real: Tensor) -> Line:
    returns = old.returns[real]
    explained = 1.0 - (returns - old.values_old[real]).var() / returns.var()
    return {
        "entropy": _plain(new.entropy[real].mean()),
        "kl": _plain(kl_k3(old.logp_old, new.logp)[real].mean()),
        "explained_variance": _plain(explained),
    }


def _plain(value: Tensor) -> float | None:
    """A number, or None where it is none: one row has no variance, and JSON no NaN."""
    number = float(value)
    return number if math.isfinite(number) else None

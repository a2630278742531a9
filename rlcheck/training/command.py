"""What `rlcheck train` and `rlcheck evaluate` do, once their words are parsed."""

from contextlib import ExitStack
from pathlib import Path
from typing import Literal

from rlcheck.algorithms.ranks import Ranks
from rlcheck.judges.placing import existing_device
from rlcheck.training import checkpoint as checkpoints
from rlcheck.training.checkpoint import Checkpoint
from rlcheck.training.configuration import Configuration
from rlcheck.training.curves import draw
from rlcheck.training.evaluation import evaluate
from rlcheck.training.folders import CHECKPOINT, begun, taken_up
from rlcheck.training.onlookers import Onlooker, bar, tensorboard
from rlcheck.training.processes import together, wait_for_all
from rlcheck.training.run import Ended, train
from rlcheck.training.stage import environments_of

Start = Literal["new", "resumed"]


def run(
    configuration: Configuration,
    folder: Path,
    *,
    start: Start,
    logs: Literal["tensorboard", "none"],
    picture: Literal["curves", "none"],
) -> None:
    """Trains, and says how it goes.

    Args:
        configuration: what was asked for.
        folder: where it is written.
        start: a new run, or one that is taken up.
        logs: whether TensorBoard's are written beside the metrics.
        picture: whether the curves are drawn at the end.

    Raises:
        InvalidArgument: something that was asked for cannot be.
        Diverged: the learner did.
    """
    existing_device(configuration.device)
    checkpoints.require_library()
    # Before anything is written: an unknown environment leaves no folder behind.
    environments = environments_of(configuration)
    with together() as ranks, ExitStack() as told:
        kept = _start(configuration, folder, start, ranks)
        onlookers: list[Onlooker] = []
        if ranks.rank == 0:
            if logs == "tensorboard":
                after = 0 if kept is None else kept.steps
                onlookers += told.enter_context(tensorboard(folder, after))
            onlookers += told.enter_context(bar(configuration.steps))
        ended = train(
            configuration, folder, kept, environments=environments, ranks=ranks,
            onlookers=onlookers,
        )  # fmt: skip
        is_first = ranks.rank == 0
    if is_first:
        _say(configuration, folder, ended)
        if picture == "curves":
            print(f"curves: {draw(folder)}")


def play(folder: Path, episodes: int, seed: int) -> None:
    """Evaluates a run's policy, and says how it plays."""
    found = evaluate(folder, episodes=episodes, seed=seed)
    returns = [one for one, _ in found]
    print(
        f"return {sum(returns) / len(returns):.1f} in the mean of {len(returns)} episodes, "
        f"{min(returns):.1f} to {max(returns):.1f}"
    )


def _start(
    configuration: Configuration, folder: Path, start: Start, ranks: Ranks
) -> Checkpoint | None:
    """The first process makes or reads the folder; the others read what it has found."""
    kept = None
    if ranks.rank == 0:
        if start == "new":
            begun(configuration, folder)
        else:
            kept = taken_up(configuration, folder)
    wait_for_all(ranks)
    path = folder / CHECKPOINT
    if ranks.rank > 0 and path.exists():
        kept = checkpoints.read(path)
    return kept


def _say(configuration: Configuration, folder: Path, ended: Ended) -> None:
    if ended.line is None:
        print(f"nothing is left to do: {ended.steps} steps were made in {folder}")
        return
    print(
        f"{configuration.algorithm} on {configuration.env}: {ended.steps} steps, "
        f"{ended.updates} updates, kept in {folder}"
    )

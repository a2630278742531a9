"""One run: learn, write a line now and then, keep a checkpoint now and then."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from rlcheck.algorithms.environments import Environments
from rlcheck.algorithms.ranks import ALONE, Ranks
from rlcheck.algorithms.saving import State, named, part
from rlcheck.errors import InvalidArgument
from rlcheck.training import checkpoint as checkpoints
from rlcheck.training.checkpoint import Checkpoint
from rlcheck.training.configuration import Configuration
from rlcheck.training.divergence import require_numbers
from rlcheck.training.folders import CHECKPOINT, METRICS, write_configuration
from rlcheck.training.metrics import Line, MetricsFile, of_episodes, of_update
from rlcheck.training.onlookers import Onlooker
from rlcheck.training.processes import gathered, wait_for_all
from rlcheck.training.restarting import Restarting
from rlcheck.training.stage import acted_in, environments_of, stage_of


@dataclass(frozen=True, kw_only=True)
class Ended:
    """A run that came to its end.

    Attributes:
        steps: of all copies in all processes together.
        updates: how many were taken.
        line: the last line of metrics; None where there was nothing left to do.
    """

    steps: int
    updates: int
    line: Line | None


@dataclass(kw_only=True, eq=False)
class _Run:
    """Where a run is."""

    configuration: Configuration
    folder: Path
    stage: Restarting
    ranks: Ranks
    onlookers: Sequence[Onlooker]
    kept: Checkpoint | None
    updates: int = 0
    steps: int = 0
    kept_at: int = 0
    line: Line | None = None
    file: MetricsFile | None = None
    began: float = field(default_factory=time.perf_counter)

    @property
    def writes(self) -> bool:
        return self.ranks.rank == 0

    @property
    def seconds(self) -> float:
        before = 0.0 if self.kept is None else self.kept.seconds
        return before + time.perf_counter() - self.began

    @property
    def first_step(self) -> int:
        """Where it goes on."""
        return 0 if self.kept is None else self.kept.steps

    def settle(self) -> None:
        """Once the learner has taken back what was kept: only now is anything replaced."""
        if self.writes:
            write_configuration(self.configuration, self.folder)
            self.file = MetricsFile(self.folder / METRICS, self.first_step)

    def write_line(self, learner: Any, experience: Any) -> Line:
        seconds, steps = self.seconds, self.steps
        before = self.line or {"steps": self.first_step, "seconds": seconds - self._elapsed()}
        line = {
            "steps": steps,
            "updates": self.updates,
            "seconds": seconds,
            "steps_per_second": (steps - before["steps"]) / max(seconds - before["seconds"], 1e-9),
            **of_episodes(self.stage.take_episodes(), self.ranks),
            **of_update(learner, experience),
        }
        if self.file is not None:
            self.file.write(line)
            for onlooker in self.onlookers:
                onlooker.see(line)
        self.line = line
        return line

    def _elapsed(self) -> float:
        return time.perf_counter() - self.began

    def write_checkpoint(self, learner: Any, line: Line) -> None:
        own = {**named("learner", learner.state()), **named("stage", self.stage.state())}
        states = _of_all(own, self.ranks)
        if self.file is None:
            return
        self.file.keep()
        whole = Checkpoint(
            steps=self.steps, updates=self.updates, seconds=self.seconds, parts=states
        )
        checkpoints.write(self.folder / CHECKPOINT, whole)
        for onlooker in self.onlookers:
            onlooker.checkpointed(line)


def _of_all(state: State, ranks: Ranks) -> tuple[State, ...]:
    """Every process's state, in each of them."""
    if ranks.count == 1:
        return (state,)
    every = gathered(checkpoints.packed(state), ranks)
    return tuple(checkpoints.unpacked(data)[0] for data in every)


def train(
    configuration: Configuration,
    folder: Path,
    kept: Checkpoint | None,
    *,
    environments: Environments | None = None,
    ranks: Ranks = ALONE,
    onlookers: Sequence[Onlooker] = (),
) -> Ended:
    """Trains to the end, in a folder that was begun or taken up.

    Args:
        configuration: what was asked for.
        folder: where it is written.
        kept: what the run goes on from.
        environments: to be played; those of the configuration where none are given.
        ranks: the processes that learn as one.
        onlookers: who is told.

    Raises:
        InvalidArgument: the environment gave what is no number, or the checkpoint is another's.
        Diverged: the learner did.
    """
    played = environments_of(configuration) if environments is None else environments
    stage = stage_of(configuration, played, ranks)
    run = _Run(
        configuration=configuration, folder=folder, stage=stage, ranks=ranks,
        onlookers=onlookers, kept=kept, updates=0 if kept is None else kept.updates,
    )  # fmt: skip
    if run.first_step >= configuration.steps:
        return Ended(steps=run.first_step, updates=run.updates, line=None)
    try:
        _learn(run)
    finally:
        if run.file is not None:
            run.file.close()
    wait_for_all(ranks)
    return Ended(steps=run.steps, updates=run.updates, line=run.line)


def _learn(run: _Run) -> None:
    configuration = run.configuration
    run.kept_at = run.first_step
    for learner, experience in _updates(run):
        run.updates += 1
        # Episodes are not equally long everywhere: all have to agree on what is due.
        run.steps = int(run.ranks.total(torch.tensor(run.stage.steps * run.stage.count)))
        if run.file is None and run.writes:
            run.settle()
        ends = run.steps >= configuration.steps
        since = run.steps - run.kept_at
        in_any_place = run.stage.can_be_cut_anywhere and since >= configuration.checkpoint_every
        due = ends or run.stage.begun_anew or in_any_place
        last = run.line["steps"] if run.line else run.first_step
        if due or run.steps - last >= configuration.log_every:
            require_numbers(learner, run.steps, run.kept_at)
            line = run.write_line(learner, experience)
            learner.watch.clear()
            if due:
                run.write_checkpoint(learner, line)
                run.kept_at = run.steps
        if ends:
            return


def _updates(run: _Run) -> Iterator[tuple[Any, Any]]:
    """The algorithm's updates; where one fails since the learner diverged, that is said."""
    configuration, ranks = run.configuration, run.ranks
    own = None if run.kept is None else run.kept.parts[ranks.rank]
    if own is not None:
        run.stage.take_up(part(own, "stage"))
    spread = {"ranks": ranks} if configuration.entry.spreads else {}
    left = -(-(configuration.steps - run.first_step) // ranks.count)
    updates = configuration.entry.train(
        acted_in(run.stage, configuration.bounds), configuration.typed, left, configuration.seed,
        device=configuration.device, saved=None if own is None else part(own, "learner"), **spread,
    )  # fmt: skip
    learner = None
    while True:
        try:
            learner, experience = next(updates)
        except StopIteration:
            return
        except InvalidArgument:
            if learner is not None:
                require_numbers(learner, run.steps, run.kept_at)
            raise
        yield learner, experience

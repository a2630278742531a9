"""Who is told how a run goes: a terminal, a file of lines, TensorBoard."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from rlcheck.training.metrics import Line


class Onlooker(Protocol):
    """Whoever is told."""

    def see(self, line: Line) -> None:
        """A line of metrics was written."""
        ...

    def checkpointed(self, line: Line) -> None:
        """A checkpoint was written, with this line as its last."""
        ...


class Printed:
    """One plain line at each checkpoint: for files and CI."""

    def __init__(self, steps: int) -> None:
        self.steps = steps

    def see(self, line: Line) -> None:
        pass

    def checkpointed(self, line: Line) -> None:
        print(f"{line['steps']:>{len(str(self.steps))}} steps  {told(line)}", flush=True)


class Bar:
    """A bar on a terminal."""

    def __init__(self, progress: Any, steps: int) -> None:
        self.progress = progress
        self.task = progress.add_task("", total=steps)

    def see(self, line: Line) -> None:
        self.progress.update(self.task, completed=line["steps"], description=told(line))

    def checkpointed(self, line: Line) -> None:
        pass


class TensorBoard:
    """Every number of every line as a scalar, by steps."""

    def __init__(self, writer: Any) -> None:
        self.writer = writer

    def see(self, line: Line) -> None:
        for name, value in line.items():
            if name != "steps" and value is not None:
                self.writer.add_scalar(name, value, line["steps"])

    def checkpointed(self, line: Line) -> None:
        self.writer.flush()


@contextmanager
def bar(steps: int) -> Iterator[Sequence[Onlooker]]:
    """On a terminal a bar, elsewhere plain lines."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console()
    if not console.is_terminal:
        yield [Printed(steps)]
        return
    columns = BarColumn(), TextColumn("{task.completed:,.0f} steps"), TimeRemainingColumn()
    with Progress(*columns, TextColumn("{task.description}"), console=console) as progress:
        yield [Bar(progress, steps)]


@contextmanager
def tensorboard(folder: Path, after: int) -> Iterator[Sequence[Onlooker]]:
    """TensorBoard's logs where it is installed; elsewhere one line that says that it is not.

    Args:
        folder: where its files go.
        after: steps of the checkpoint that a run goes on from: what was logged later is dropped.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        print("no TensorBoard logs: pip install 'rlcheck[train]' brings what writes them")
        yield []
        return
    with SummaryWriter(str(folder), purge_step=after + 1) as writer:
        yield [TensorBoard(writer)]


def told(line: Line) -> str:
    """A line in a few words."""
    mean = "no episode ended" if line["return"] is None else f"return {line['return']:.1f}"
    return f"{mean}  {line['steps_per_second']:,.0f} steps/s"

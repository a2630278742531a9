"""Learning curves: the lines of a run's metrics as one picture."""

from collections.abc import Sequence
from pathlib import Path

from rlcheck.errors import InvalidArgument
from rlcheck.reports.plot import Axis, Curve, Plot, alone
from rlcheck.training.files import write_whole
from rlcheck.training.folders import CURVES, METRICS, read_configuration
from rlcheck.training.metrics import Line, read_lines

SHOWN = {
    "return": "mean return of the episodes that ended",
    "length": "their mean length",
    "entropy": "entropy of the policy, in nats",
    "kl": "KL(old || new) of an update, in nats",
    "explained_variance": "variance of returns that the critic explains",
    "loss": "loss",
}
"""What is drawn of a line, and what it is called."""


def draw(folder: Path) -> Path:
    """Writes the curves of a run beside its metrics.

    Raises:
        InvalidArgument: there is nothing to draw yet.
    """
    configuration = read_configuration(folder)
    path = folder / METRICS
    lines = read_lines(path) if path.exists() else []
    plots = [plot for name, said in SHOWN.items() if (plot := _plot(lines, name, said)) is not None]
    if not plots:
        raise InvalidArgument.of(
            "--plot", str(folder), "its metrics have less than two lines", "a longer run"
        )
    title = f"{configuration['algorithm']} on {configuration['env']}, seed {configuration['seed']}"
    write_whole(folder / CURVES, alone(plots, title).encode())
    return folder / CURVES


def _plot(lines: Sequence[Line], name: str, said: str) -> Plot | None:
    """One quantity against steps; None where it has no curve. A constant one has no extent."""
    there = [line for line in lines if line.get(name) is not None]
    points = [(float(line["steps"]), float(line[name])) for line in there]
    if len(points) < 2:
        return None
    heights = [height for _, height in points]
    low, high = min(heights), max(heights)
    ends = (low - 0.5, high + 0.5) if low == high else None
    return Plot(
        description=f"{said}, by steps",
        x=Axis(label="steps"),
        y=Axis(label=said, ends=ends),
        curves=(Curve(name=name, points=points, colour=1),),
    )

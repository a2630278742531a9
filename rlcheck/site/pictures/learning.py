"""How each algorithm learns: recorded runs on several seeds, and the interval of their median."""

import json
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from rlcheck.site.pictures.ppo_and_trpo import MISSED, median_interval
from rlcheck.site.plot import Axis, Curve, Plot, Stroke, figure

RECORD = Path(__file__).parents[3] / "benchmarks" / "curves.json"


@dataclass(frozen=True, kw_only=True)
class Learning:
    """One algorithm's runs.

    Attributes:
        algorithm: its name.
        env: what it learnt in.
        settings: as words, where they are not the defaults.
        steps: at which returns are told.
        curves: a seed's mean returns there, for each seed.
    """

    algorithm: str
    env: str
    settings: dict[str, str]
    steps: tuple[float, ...]
    curves: tuple[tuple[float, ...], ...]


def recorded(file: Path = RECORD) -> dict[str, Learning]:
    """What `benchmarks/curves.py` wrote, by the name of the algorithm."""
    found = (
        Learning(
            algorithm=one["algorithm"],
            env=one["env"],
            settings=one["settings"],
            steps=tuple(one["steps"]),
            curves=tuple(map(tuple, one["curves"])),
        )
        for one in json.loads(file.read_text(encoding="utf-8"))["tasks"]
    )
    return {learning.algorithm: learning for learning in found}


def returns_over_steps(learning: Learning) -> str:
    """The median of the seeds, and at each point the interval that holds the true median."""
    columns = list(zip(*learning.curves, strict=True))
    intervals = [median_interval(column) for column in columns]
    lines = {
        "median of the seeds": [median(column) for column in columns],
        "its interval": [one.low for one in intervals],
        "": [one.high for one in intervals],
    }
    curves = tuple(
        Curve(
            name=name,
            points=list(zip(learning.steps, heights, strict=True)),
            colour=1 if name.startswith("median") else 2,
            stroke=Stroke.LINE if name.startswith("median") else Stroke.DASHED,
        )
        for name, heights in lines.items()
    )
    settings = ", ".join(f"{name} = {value}" for name, value in learning.settings.items())
    caption = (
        f"Mean return of the episodes that ended, as they were played while learning in "
        f"{learning.env}; {len(learning.curves)} seeds, {settings or 'every setting its default'}. "
        f"At each point the dashed lines hold the median with at least "
        f"{100 * (1 - MISSED):.0f} % confidence, whatever the law of returns. Recorded by "
        "`python benchmarks/curves.py`."
    )
    plot = Plot(
        description=f"Returns of {learning.algorithm} in {learning.env} over steps.",
        x=Axis(label="steps"),
        y=Axis(label="return"),
        curves=curves,
    )
    return figure([plot], caption, "returns-over-steps")

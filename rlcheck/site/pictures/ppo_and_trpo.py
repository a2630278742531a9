"""PPO against TRPO on the same tasks, steps and seeds: recorded runs, and how far they tell."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from math import comb
from pathlib import Path

from rlcheck.errors import InvalidArgument
from rlcheck.site.plot import Axis, Curve, Plot, Stroke, figure

RECORD = Path(__file__).parents[3] / "benchmarks" / "ppo_and_trpo.json"
MISSED = 0.05
"""The probability, at most, with which an interval misses the median."""


@dataclass(frozen=True, kw_only=True)
class Runs:
    """One task's scores, seed by seed.

    Attributes:
        task: its name.
        score: what they are, in words.
        steps: of the environment, each run.
        ppo: one score a seed.
        trpo: of the same seeds.
    """

    task: str
    score: str
    steps: int
    ppo: tuple[float, ...]
    trpo: tuple[float, ...]

    @property
    def differences(self) -> list[float]:
        """PPO's score less TRPO's, seed by seed."""
        return [a - b for a, b in zip(self.ppo, self.trpo, strict=True)]


@dataclass(frozen=True, kw_only=True)
class Interval:
    """Where the median of a law lies.

    Attributes:
        low: an order statistic of the sample.
        high: another.
        missed: the probability that the median lies outside, at most.
    """

    low: float
    high: float
    missed: float


def median_interval(values: Sequence[float], missed: float = MISSED) -> Interval:
    """The narrowest [x_(k), x_(n+1-k)] that holds the median but with that probability.

    A draw lies below the median with probability one half at most, so that fewer than k of n do
    with at most Pr(Bin(n, 1/2) < k); the same above. It holds for every law: there is no normal
    limit in it, and no variance.

    Raises:
        InvalidArgument: so few values tell nothing at that probability.

    Source: David & Nagaraja, Order Statistics (3rd ed., 2003), section 7.1.
    """
    ordered, n = sorted(values), len(values)
    tails = [2 * sum(comb(n, i) for i in range(k)) / 2**n for k in range(1, n // 2 + 1)]
    good = [k for k, tail in enumerate(tails, start=1) if tail <= missed]
    if not good:
        raise InvalidArgument.of("values", n, "too few", f"more than {n}, or a larger probability")
    k = good[-1]
    return Interval(low=ordered[k - 1], high=ordered[n - k], missed=tails[k - 1])


def recorded(file: Path = RECORD) -> tuple[Runs, ...]:
    """What `benchmarks/ppo_and_trpo.py` wrote."""
    return tuple(
        Runs(
            task=one["task"],
            score=one["score"],
            steps=one["steps"],
            ppo=tuple(one["ppo"]),
            trpo=tuple(one["trpo"]),
        )
        for one in json.loads(file.read_text(encoding="utf-8"))["tasks"]
    )


def scores_of_both() -> str:
    """One plot a task: every seed is a point, PPO's score over TRPO's."""
    tasks = recorded()
    told = "; ".join(_told(runs) for runs in tasks)
    caption = (
        f"PPO and TRPO after the same number of steps, from the same networks; a point is a seed, "
        f"and above the dashed line PPO did better. The median of PPO's score less TRPO's over "
        f"{len(tasks[0].ppo)} seeds lies, whatever the scores' law, with at least "
        f"{100 * (1 - MISSED):.0f} % confidence for each task: {told}. Recorded by "
        "`python benchmarks/ppo_and_trpo.py`, with one setting of each algorithm: it is about "
        "these tasks and settings, and no ranking."
    )
    return figure([_plot(runs) for runs in tasks], caption, "scores-of-both")


def _told(runs: Runs) -> str:
    found = median_interval(runs.differences)
    return (
        f"{runs.task} ({runs.steps:,} steps, {runs.score}) in [{found.low:.3g}, {found.high:.3g}]"
    )


def _plot(runs: Runs) -> Plot:
    numbers = (*runs.ppo, *runs.trpo)
    room = 0.06 * (max(numbers) - min(numbers) or 1.0)
    ends = (min(numbers) - room, max(numbers) + room)
    return Plot(
        description=f"Scores of PPO over those of TRPO in {runs.task}, one point a seed.",
        x=Axis(label=f"TRPO, {runs.task}", ends=ends),
        y=Axis(label="PPO", ends=ends),
        curves=(
            Curve(name="", points=[(x, x) for x in ends], colour=3, stroke=Stroke.DASHED),
            Curve(
                name="a seed",
                points=list(zip(runs.trpo, runs.ppo, strict=True)),
                colour=1,
                stroke=Stroke.POINTS,
            ),
        ),
    )

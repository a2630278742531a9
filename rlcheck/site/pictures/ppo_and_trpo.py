"""PPO against TRPO on the same tasks, steps and seeds: recorded runs, and how far they tell."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from math import comb
from pathlib import Path

from rlcheck.errors import InvalidArgument
from rlcheck.site.plot import Axis, Curve, Plot, Rule, Stroke, figure

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
    """One plot a task: every seed is a point, PPO's score less TRPO's."""
    tasks = recorded()
    told = "; ".join(_told(runs) for runs in tasks)
    caption = (
        f"PPO's score less TRPO's, seed by seed, after the same number of steps from the same "
        f"networks; points on an edge lie beyond it. The dotted lines hold the median with at "
        f"least {100 * (1 - MISSED):.0f} % confidence in each task, whatever the law of the "
        f"scores: {told}. One setting of each algorithm, recorded by "
        "`python benchmarks/ppo_and_trpo.py`: this is about these settings and tasks, and no "
        "ranking; but that the two perform alike is not seen where the lines leave zero out."
    )
    return figure([_plot(runs) for runs in tasks], caption, "scores-of-both")


def _told(runs: Runs) -> str:
    found = median_interval(runs.differences)
    if found.low <= 0 <= found.high:
        verdict = "no difference is shown"
    else:
        verdict = f"{'PPO' if found.low > 0 else 'TRPO'} does better"
    interval = f"[{found.low:.3g}, {found.high:.3g}]"
    return f"{runs.task} ({runs.steps:,} steps, {runs.score}): {interval}, {verdict}"


def _plot(runs: Runs) -> Plot:
    found = median_interval(runs.differences)
    room = found.high - found.low or 1.0
    low, high = min(found.low, 0.0) - room, max(found.high, 0.0) + room
    points = [(float(i), min(max(d, low), high)) for i, d in enumerate(runs.differences)]
    edges = (-1.0, float(len(points)))
    return Plot(
        description=f"PPO's score less TRPO's in {runs.task}, one point a seed.",
        x=Axis(label=f"seed, {runs.task}", ends=edges),
        y=Axis(label="PPO − TRPO", ends=(low, high)),
        curves=(
            Curve(name="alike", points=[(x, 0.0) for x in edges], colour=3, stroke=Stroke.DASHED),
            Curve(name="a seed", points=points, colour=1, stroke=Stroke.POINTS),
        ),
        rules=(Rule(label="", y=found.low), Rule(label="", y=found.high)),
    )

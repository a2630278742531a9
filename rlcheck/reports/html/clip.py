"""The clip plane: the surrogate over the ratio, its slope, and the steps that are wrong.

Both are drawn for each sign of the advantage, and per |A|, so that one curve holds all steps. The
curves are `rlcheck.losses.ppo_clip` itself and its derivative by autograd.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from rlcheck.losses import ppo_clip
from rlcheck.reports.layout import number
from rlcheck.verdict import ClipPoint

WIDTH = 350.0
HEIGHT = 306.0
LEFT, RIGHT = 44.0, 340.0
_UPPER, _LOWER = (22.0, 124.0), (164.0, 266.0)
_STEPS = 24
_REGIONS = ("below", "inside", "above")


@dataclass(frozen=True, kw_only=True)
class Axes:
    """One plot: where it lies, its curve as SVG paths, its marks, its ticks."""

    title: str
    top: float
    bottom: float
    curves: tuple[str, ...]
    right: tuple[tuple[float, float], ...]
    wrong: tuple[tuple[float, float, float], ...]
    ticks: tuple[tuple[float, str], ...]


@dataclass(frozen=True, kw_only=True)
class Panel:
    """The two plots of one sign of the advantage, over one ratio axis."""

    sign: str
    description: str
    bounds: tuple[float, float]
    ticks: tuple[tuple[float, str], ...]
    axes: tuple[Axes, Axes]


@dataclass(frozen=True, kw_only=True)
class ClipPlane:
    """The steps that had one clip range.

    Attributes:
        clip_eps: that range.
        n_steps: how many there are.
        n_wrong: how many of them are wrong.
        counts: for each sign, (wrong, all) of the three regions.
        panels: one for each sign that occurs.
    """

    clip_eps: str
    n_steps: int
    n_wrong: int
    counts: tuple[tuple[str, tuple[tuple[int, int], ...]], ...]
    panels: tuple[Panel, ...]


def clip_planes(points: Sequence[ClipPoint]) -> list[ClipPlane]:
    """One plane for each clip range, that with most wrong steps first."""
    planes = [
        _plane(eps, [p for p in points if p.clip_eps == eps])
        for eps in sorted({p.clip_eps for p in points})
    ]
    return sorted(planes, key=lambda plane: -plane.n_wrong)


def region(point: ClipPoint) -> str:
    """Where the ratio lies: below, inside or above the clip range."""
    if point.ratio < 1 - point.clip_eps:
        return "below"
    return "above" if point.ratio > 1 + point.clip_eps else "inside"


def surrogate(ratios: Sequence[float], sign: float, eps: float) -> tuple[list[float], list[float]]:
    """The clipped surrogate at A = sign, and its slope along log pi, at each ratio."""
    logp = torch.tensor(ratios, dtype=torch.float64).log().requires_grad_()
    zero, credit = torch.zeros(1, dtype=torch.float64), torch.full((1,), sign, dtype=torch.float64)
    terms = torch.stack([-ppo_clip(x, zero, credit, eps) for x in logp.split(1)])
    [slopes] = torch.autograd.grad(terms.sum(), logp)
    return terms.tolist(), slopes.tolist()


def _plane(eps: float, points: Sequence[ClipPoint]) -> ClipPlane:
    signs = {"A > 0": [p for p in points if p.advantage > 0],
             "A < 0": [p for p in points if p.advantage < 0]}  # fmt: skip
    counts = tuple((sign, tuple(_counted(own))) for sign, own in signs.items())
    ratios = [p.ratio for p in points] + [max(1 - 2 * eps, 0.05), 1 + 2 * eps]
    low, high = min(ratios), max(ratios)
    margin = 0.06 * (high - low)
    span = (max(low - margin, 0.01), high + margin)
    return ClipPlane(
        clip_eps=number(eps, 6),
        n_steps=len(points),
        n_wrong=sum(not p.is_right for p in points),
        counts=counts,
        panels=tuple(_panel(sign, eps, own, span) for sign, own in signs.items() if own),
    )


def _counted(points: Sequence[ClipPoint]) -> Iterator[tuple[int, int]]:
    for name in _REGIONS:
        here = [p for p in points if region(p) == name]
        yield sum(not p.is_right for p in here), len(here)


def _panel(sign: str, eps: float, points: Sequence[ClipPoint], span: tuple[float, float]) -> Panel:
    across = _Scale(*span, LEFT, RIGHT)
    unit = 1.0 if sign == "A > 0" else -1.0
    curves = [(xs, *surrogate(xs, unit, eps)) for xs in _pieces(eps, span)]
    on_curve, _ = surrogate([p.ratio for p in points], unit, eps)
    values = _axes(
        "surrogate / |A|", _UPPER, across, [(xs, ys) for xs, ys, _ in curves],
        [(p, y, y) for p, y in zip(points, on_curve, strict=True)],
    )  # fmt: skip
    slopes = _axes(
        "its slope along log π / |A|", _LOWER, across, [(xs, ys) for xs, _, ys in curves],
        [(p, p.found / abs(p.advantage), p.due / abs(p.advantage)) for p in points],
    )  # fmt: skip
    wrong = sum(not p.is_right for p in points)
    return Panel(
        sign=sign,
        description=(
            f"Steps with {sign} over their ratio, on the clipped surrogate and on its slope: "
            f"{wrong} of {len(points)} are wrong."
        ),
        bounds=(across(1 - eps), across(1 + eps)),
        ticks=tuple((across(x), label) for x, label in _ticks(*span)),
        axes=(values, slopes),
    )


def _pieces(eps: float, span: tuple[float, float]) -> Iterator[list[float]]:
    """Ratios below, inside and above the range: a slope jumps between them, never in them."""
    low, high = span
    for a, b in ((low, 1 - eps), (1 - eps, 1 + eps), (1 + eps, high)):
        start, end = max(a, low), min(b, high)
        if end > start:
            # A hair inside: at the kink itself a slope is any of two.
            hair = 1e-9 * (end - start)
            inner = end - start - 2 * hair
            yield [start + hair + inner * k / _STEPS for k in range(_STEPS + 1)]


@dataclass(frozen=True)
class _Scale:
    """A number's place between two ends of an axis."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def _axes(
    title: str,
    frame: tuple[float, float],
    across: _Scale,
    curves: Sequence[tuple[list[float], list[float]]],
    marks: Sequence[tuple[ClipPoint, float, float]],
) -> Axes:
    """A plot of curves and marks (step, height, height that is due)."""
    heights = [y for _, ys in curves for y in ys] + [y for _, *ys in marks for y in ys]
    low, high = min(heights), max(heights)
    margin = 0.1 * (high - low) or 1.0
    up = _Scale(low - margin, high + margin, frame[1], frame[0])
    paths = tuple(
        "M" + " L".join(f"{across(x):.1f},{up(y):.1f}" for x, y in zip(xs, ys, strict=True))
        for xs, ys in curves
    )
    return Axes(
        title=title,
        top=frame[0],
        bottom=frame[1],
        curves=paths,
        right=tuple((across(p.ratio), up(y)) for p, y, _ in marks if p.is_right),
        wrong=tuple((across(p.ratio), up(y), up(due)) for p, y, due in marks if not p.is_right),
        ticks=tuple((up(y), label) for y, label in _ticks(low - margin, high + margin)),
    )


def _ticks(low: float, high: float) -> list[tuple[float, str]]:
    """Three to six round numbers between two ends, with their labels."""
    rough = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * k for k in (1, 2, 5, 10) if power * k >= rough)
    first, last = math.ceil(low / step), math.floor(high / step)
    return [(k * step, number(k * step, 4).replace("-", "−")) for k in range(first, last + 1)]

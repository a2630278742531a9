"""A plot with its axes, curves, points and rules, as SVG."""

import html
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rlcheck.reports.plot.text import svg_text
from rlcheck.reports.plot.ticks import linear_ticks, log_ticks

WIDTH, HEIGHT = 360.0, 276.0
LEFT, RIGHT, TOP, BOTTOM = 58.0, 350.0, 12.0, 228.0


class Scale(StrEnum):
    """How numbers lie along an axis."""

    LINEAR = "linear"
    LOG = "log"


class Stroke(StrEnum):
    """How a curve is drawn."""

    LINE = "line"
    DASHED = "dashed"
    POINTS = "points"
    THIN = "thin"


@dataclass(frozen=True, kw_only=True)
class Axis:
    """One axis.

    Args:
        label: what is measured.
        scale: linear or logarithmic.
        ends: lowest and highest number; from the curves where they are not given.
    """

    label: str
    scale: Scale = Scale.LINEAR
    ends: tuple[float, float] | None = None


@dataclass(frozen=True, kw_only=True)
class Curve:
    """One curve, or a row of points.

    Args:
        name: for the legend; empty for one that is not listed.
        points: (x, y); a y that is not finite breaks the line.
        colour: 1 to 4, of the page's colours for series.
        stroke: how it is drawn.
    """

    name: str
    points: Sequence[tuple[float, float]]
    colour: int
    stroke: Stroke = Stroke.LINE


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A straight line at one number, with a word beside it.

    Args:
        x: where it stands upright; None for one that lies.
        y: the height at which it lies.
        label: the word.
    """

    label: str
    x: float | None = None
    y: float | None = None


@dataclass(frozen=True, kw_only=True)
class Plot:
    """What is drawn.

    Args:
        description: one sentence for those who do not see it.
        x: the axis from left to right.
        y: the axis upwards.
        curves: in the order in which they are drawn.
        rules: behind the curves.
    """

    description: str
    x: Axis
    y: Axis
    curves: tuple[Curve, ...]
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True)
class _Place:
    """A number's place between two ends of an axis."""

    low: float
    high: float
    start: float
    end: float
    scale: Scale

    def __call__(self, value: float) -> float:
        low, high, value = (self._along(number) for number in (self.low, self.high, value))
        return self.start + (value - low) / (high - low) * (self.end - self.start)

    def _along(self, value: float) -> float:
        return math.log10(value) if self.scale is Scale.LOG else value

    def ticks(self) -> list[tuple[float, str]]:
        make = log_ticks if self.scale is Scale.LOG else linear_ticks
        return make(self.low, self.high)


def svg(plot: Plot) -> str:
    """The plot as an SVG element without any colour of its own."""
    across = _place(plot.x, [p[0] for c in plot.curves for p in c.points], LEFT, RIGHT, 0.0)
    up = _place(plot.y, [p[1] for c in plot.curves for p in c.points], BOTTOM, TOP, 0.06)
    parts = [
        *_grid(plot, across, up),
        *(_rule(rule, across, up) for rule in plot.rules),
        *(_curve(curve, across, up) for curve in plot.curves),
    ]
    described = html.escape(plot.description, quote=True)
    return (
        f'<svg class="rl-plot" data-search-exclude viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" '
        f'role="img" aria-label="{described}">' + "".join(parts) + "</svg>"
    )


def _place(axis: Axis, numbers: list[float], start: float, end: float, margin: float) -> _Place:
    finite = [number for number in numbers if math.isfinite(number)]
    low, high = axis.ends or (min(finite), max(finite))
    if axis.ends is None and axis.scale is Scale.LINEAR:
        room = margin * (high - low)
        low, high = low - room, high + room
    elif axis.ends is None:
        low, high = low / (high / low) ** 0.04, high * (high / low) ** 0.04
    return _Place(low, high, start, end, axis.scale)


def _grid(plot: Plot, across: _Place, up: _Place) -> Iterator[str]:
    for value, label in up.ticks():
        y = up(value)
        yield f'<path class="rl-grid" d="M{LEFT:.0f},{y:.1f} H{RIGHT:.0f}"/>'
        yield f'<text class="rl-tick rl-end" x="{LEFT - 6:.0f}" y="{y + 4:.1f}">{label}</text>'
    for value, label in across.ticks():
        x = across(value)
        yield f'<path class="rl-axis" d="M{x:.1f},{BOTTOM:.0f} v4"/>'
        yield f'<text class="rl-tick" x="{x:.1f}" y="{BOTTOM + 17:.0f}">{label}</text>'
    yield f'<path class="rl-axis" d="M{LEFT:.0f},{TOP:.0f} V{BOTTOM:.0f} H{RIGHT:.0f}"/>'
    x_label, y_label = svg_text(plot.x.label), svg_text(plot.y.label)
    yield f'<text x="{(LEFT + RIGHT) / 2:.0f}" y="{HEIGHT - 8:.0f}">{x_label}</text>'
    middle = (TOP + BOTTOM) / 2
    yield f'<text transform="translate(12,{middle:.0f}) rotate(-90)">{y_label}</text>'


def _rule(rule: Rule, across: _Place, up: _Place) -> str:
    label = svg_text(rule.label)
    if rule.x is not None:
        x = across(rule.x)
        return (
            f'<path class="rl-rule" d="M{x:.1f},{TOP:.0f} V{BOTTOM:.0f}"/>'
            f'<text class="rl-tick" x="{x:.1f}" y="{TOP + 10:.0f}">{label}</text>'
        )
    assert rule.y is not None
    y = up(rule.y)
    return (
        f'<path class="rl-rule" d="M{LEFT:.0f},{y:.1f} H{RIGHT:.0f}"/>'
        f'<text class="rl-tick rl-end" x="{RIGHT:.0f}" y="{y - 4:.1f}">{label}</text>'
    )


def _curve(curve: Curve, across: _Place, up: _Place) -> str:
    style = f"rl-c{curve.colour}"
    if curve.stroke is Stroke.POINTS:
        return "".join(
            f'<circle class="{style}" cx="{across(x):.1f}" cy="{up(y):.1f}" r="3.6"/>'
            for x, y in curve.points
            if math.isfinite(y)
        )
    kind = "" if curve.stroke is Stroke.LINE else f" rl-{curve.stroke}"
    return f'<path class="rl-curve {style}{kind}" d="{_path(curve.points, across, up)}"/>'


def _path(points: Sequence[tuple[float, float]], across: _Place, up: _Place) -> str:
    steps, pen = [], "M"
    for x, y in points:
        if not math.isfinite(y):
            pen = "M"
            continue
        height = min(max(up(y), TOP - 2), BOTTOM + 2)
        steps.append(f"{pen}{across(x):.1f},{height:.1f}")
        pen = "L"
    return "".join(steps)

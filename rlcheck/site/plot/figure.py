"""A figure: one plot or several side by side, the legend, and a sentence that says what is seen."""

from collections.abc import Sequence

from rlcheck.reports.plot import Plot, Stroke, svg
from rlcheck.site.prose import sentence


def figure(plots: Sequence[Plot], caption: str, name: str) -> str:
    """The figure as one block of HTML.

    Args:
        plots: side by side where there is room; their legends are joined.
        caption: what is seen, and on which world.
        name: id of the figure on its page.
    """
    drawn = "".join(f"<div>{svg(plot)}</div>" for plot in plots)
    return (
        f'<figure class="rl-figure" id="{name}">\n'
        f'<div class="rl-plots">{drawn}</div>\n{_legend(plots)}\n'
        f"<figcaption>{sentence(caption)}</figcaption>\n</figure>\n"
    )


def _legend(plots: Sequence[Plot]) -> str:
    keys = {
        curve.name: (curve.colour, curve.stroke)
        for plot in plots
        for curve in plot.curves
        if curve.name
    }
    items = "".join(
        f'<li><svg class="rl-key" viewBox="0 0 26 10" aria-hidden="true">{_key(colour, stroke)}'
        f"</svg><span>{sentence(name)}</span></li>"
        for name, (colour, stroke) in keys.items()
    )
    return f'<ul class="rl-legend">{items}</ul>' if items else ""


def _key(colour: int, stroke: Stroke) -> str:
    if stroke is Stroke.POINTS:
        return f'<circle class="rl-c{colour}" cx="13" cy="5" r="3.6"/>'
    kind = "" if stroke is Stroke.LINE else f" rl-{stroke}"
    return f'<path class="rl-curve rl-c{colour}{kind}" d="M1,5 H25"/>'

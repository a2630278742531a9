"""Plots as one picture that needs no page around it."""

import re
from collections.abc import Sequence

from rlcheck.reports.plot.svg import HEIGHT, WIDTH, Plot, svg
from rlcheck.reports.plot.text import svg_text

_TITLE = 30.0
_GAP = 16.0
_ACROSS = 2

# The site's colours, on the reader's own ground.
_STYLE = """
svg { --blue: #0550ae; --orange: #b3410e; --grey: #57606a; --green: #116329; --line: #d0d7de;
  --text: #1b2733; --ground: #ffffff; }
@media (prefers-color-scheme: dark) {
  svg { --blue: #79b8ff; --orange: #ffa657; --grey: #a0abb8; --green: #6fdc8c; --line: #39434f;
    --text: #e6eaef; --ground: #0f1419; }
}
.ground { fill: var(--ground); }
text { fill: var(--text); font: 12px system-ui, sans-serif; text-anchor: middle; }
text.title { font-size: 14px; text-anchor: start; }
text.rl-tick { fill: var(--grey); font-size: 11px; }
text.rl-end { text-anchor: end; }
.rl-axis { stroke: var(--grey); fill: none; }
.rl-grid { stroke: var(--line); stroke-width: .7; }
.rl-rule { stroke: var(--grey); stroke-dasharray: 2 3; fill: none; }
.rl-curve { fill: none; stroke-width: 2; stroke-linejoin: round; }
.rl-dashed { stroke-dasharray: 6 4; }
.rl-thin { stroke-width: .8; opacity: .45; }
path.rl-c1 { stroke: var(--blue); } circle.rl-c1 { fill: var(--blue); }
path.rl-c2 { stroke: var(--orange); } circle.rl-c2 { fill: var(--orange); }
path.rl-c3 { stroke: var(--grey); } circle.rl-c3 { fill: var(--grey); }
path.rl-c4 { stroke: var(--green); } circle.rl-c4 { fill: var(--green); }
"""


def alone(plots: Sequence[Plot], title: str) -> str:
    """A file of SVG: plots two abreast under a title, light or dark as its reader is.

    Args:
        plots: from left to right, then down.
        title: above them.
    """
    rows = -(-len(plots) // _ACROSS)
    width = _ACROSS * WIDTH + (_ACROSS + 1) * _GAP
    height = _TITLE + rows * (HEIGHT + _GAP)
    drawn = "\n".join(_placed(svg(plot), index) for index, plot in enumerate(plots))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}">\n<title>{svg_text(title)}</title>\n'
        f"<style>{_STYLE}</style>\n"
        f'<rect class="ground" width="{width:.0f}" height="{height:.0f}"/>\n'
        f'<text class="title" x="{_GAP:.0f}" y="20">{svg_text(title)}</text>\n{drawn}\n</svg>\n'
    )


def _placed(plot: str, index: int) -> str:
    down, right = divmod(index, _ACROSS)
    x, y = _GAP + right * (WIDTH + _GAP), _TITLE + down * (HEIGHT + _GAP)
    place = f'x="{x:.0f}" y="{y:.0f}" width="{WIDTH:.0f}" height="{HEIGHT:.0f}"'
    # An attribute without a value is HTML and no XML.
    return re.sub(r"<svg class=\"rl-plot\" data-search-exclude", f"<svg {place}", plot, count=1)

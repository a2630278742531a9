"""The dependency graph: results from top to bottom, an arc from each to those that it uses.

An arc diagram: every name stays readable, on a telephone too, and no layout engine is needed.
"""

from itertools import groupby

from rlcheck.reports.plot.text import svg_text
from rlcheck.site.chain import Scribe
from rlcheck.site.chapter_words import chapter_title
from rlcheck.site.links import address
from rlcheck.site.pages import Page

ROW = 22.0
GAP = 30.0
MARGIN = 190.0
WIDTH = 730.0


def dependency_page(scribe: Scribe) -> Page:
    """The graph of all results."""
    path = "dependencies.md"
    text = (
        "# How the results depend on each other\n\n"
        "An arc joins a result to an earlier one that a line of it refers to. "
        "Point at a result to see its own arcs: what it uses lies above it.\n\n"
        f'<div class="rl-scroll">\n{graph(scribe, path)}\n</div>\n'
    )
    return Page(path=path, title="Dependencies", text=text, section=("Derivations",))


def graph(scribe: Scribe, path: str) -> str:
    """The graph as SVG with links."""
    places = positions(scribe)
    height = max(places.values()) + ROW
    body = _chapters(scribe, places) + [_row(scribe, name, places, path) for name in places]
    opening = (
        f'<svg class="rl-graph" data-search-exclude viewBox="0 0 {WIDTH:.0f} {height:.0f}" '
        'role="img" aria-label="Which result uses which">'
    )
    return "\n".join([opening, *body, "</svg>"])


def positions(scribe: Scribe) -> dict[str, float]:
    """The height at which each result stands; a gap for its chapter's name before the first."""
    places: dict[str, float] = {}
    height = 0.0
    for _, entries in groupby(scribe.results.entries.values(), key=lambda entry: entry.chapter):
        height += GAP
        for entry in entries:
            height += ROW
            places[entry.result.name] = height
    return places


def _chapters(scribe: Scribe, places: dict[str, float]) -> list[str]:
    texts = []
    for chapter in scribe.results.chapters:
        first = scribe.results.of_chapter(chapter)[0].result.name
        title = chapter_title(chapter, scribe.edition.language)
        texts.append(
            f'<text class="rl-graph-chapter" x="{MARGIN + 12:.0f}" y="{places[first] - ROW:.0f}">'
            f"{title}</text>"
        )
    return texts


def _row(scribe: Scribe, name: str, places: dict[str, float], path: str) -> str:
    entry, height = scribe.results.entries[name], places[name]
    target = address(path, scribe.path(entry.path))
    title = svg_text(entry.result.title[scribe.edition.language])
    arcs = "".join(_arc(places[used], height) for used in entry.uses if used in places)
    return (
        f'<g>{arcs}<circle cx="{MARGIN:.0f}" cy="{height - 4:.0f}" r="3.5"/>'
        f'<a href="{target}"><text x="{MARGIN + 12:.0f}" y="{height:.0f}">{title}</text></a></g>'
    )


def _arc(above: float, below: float) -> str:
    """Half an ellipse on the left; the further apart the two are, the wider it is."""
    top, bottom = above - 4, below - 4
    width = min(MARGIN - 8, 14 + 0.28 * abs(bottom - top))
    radius = (bottom - top) / 2
    return (
        f'<path d="M{MARGIN:.0f},{bottom:.0f} A{width:.1f},{abs(radius):.1f} 0 0 1 '
        f'{MARGIN:.0f},{top:.0f}"/>'
    )

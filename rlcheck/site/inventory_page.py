"""The table of row -> what became of it: results, errata, code, and what is still open."""

import html

from derivations.inventory import Row, inventory
from rlcheck.site.chain import Scribe
from rlcheck.site.links import address
from rlcheck.site.pages import Page
from rlcheck.site.results import erratum_path

PATH = "inventory.md"


def inventory_page(scribe: Scribe) -> Page:
    """Every row of the formula inventory, by its id."""
    rows = "\n".join(_row(scribe, name, row) for name, row in inventory().items())
    text = (
        "# Inventory of formulas\n\n"
        "Every formula, claim and algorithm of the notes that the project began with, by its id, "
        "and what became of it. What is asked and not yet here is said.\n\n"
        '<div class="rl-scroll"><table class="rl-inventory"><thead><tr><th>row</th>'
        "<th>proved</th><th>refuted</th><th>built</th><th>open</th></tr></thead>\n"
        f"<tbody>\n{rows}\n</tbody></table></div>\n"
    )
    return Page(path=PATH, title="Inventory", text=text, section=("Derivations",))


def pages_of(row: Row, scribe: Scribe) -> tuple[str, ...]:
    """The pages on which a row is answered."""
    results = (scribe.results.entries[name].path for name in row.prove)
    return (*results, *(erratum_path(name) for name in row.refute))


def _row(scribe: Scribe, name: str, row: Row) -> str:
    proved = "<br>".join(_result(scribe, result) for result in row.prove)
    refuted = "<br>".join(_erratum(scribe, erratum) for erratum in row.refute)
    built = "<br>".join(f"<code>{html.escape(path)}</code>" for path in row.build)
    missing = "; ".join(html.escape(part) for part in row.open)
    cells = "".join(f"<td>{cell}</td>" for cell in (proved, refuted, built, missing))
    return f'<tr id="{name}"><th scope="row"><a href="#{name}">{name}</a></th>{cells}</tr>'


def _result(scribe: Scribe, name: str) -> str:
    entry = scribe.results.entries[name]
    target = address(PATH, scribe.path(entry.path))
    return f'<a href="{target}">{scribe.words(entry.result.title)}</a>'


def _erratum(scribe: Scribe, name: str) -> str:
    target = address(PATH, scribe.path(erratum_path(name)))
    return f'<a href="{target}">{scribe.words(scribe.results.errata[name].erratum.title)}</a>'

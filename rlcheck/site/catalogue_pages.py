"""What an implementation can be held to: the claims, their properties, and what derives each."""

import html
from collections.abc import Iterator

from rlcheck.claims import CLAIMS, Claim
from rlcheck.claims.pages import PAGES
from rlcheck.claims.properties import PROPERTIES, Property
from rlcheck.reports.properties import can_be_tried
from rlcheck.site.chain import Scribe
from rlcheck.site.inventory_page import pages_of
from rlcheck.site.links import address
from rlcheck.site.pages import Page
from rlcheck.site.results import slug
from rlcheck.vocabulary import WORDS

CLAIMS_PATH = "claims.md"
REASONS_PATH = "reasons.md"
SECTION = ("Claims",)


def reason_anchor(page_id: str) -> str:
    """Where the page of reasons speaks of `chapter/page`."""
    return slug(page_id.replace("/", "-"))


def claims_page() -> Page:
    """Every claim with the properties that it implies."""
    sections = "\n".join([*(_claim(claim) for claim in CLAIMS), _elsewhere()])
    text = (
        "# Claims and their properties\n\n"
        "A claim is what an implementation promises; it implies properties, and each is a test of "
        "its own. `rlcheck claims` and `rlcheck properties` print the same.\n\n" + sections
    )
    return Page(path=CLAIMS_PATH, title="Claims and properties", text=text, section=SECTION)


def _claim(claim: Claim) -> str:
    held = [prop for prop in PROPERTIES if can_be_tried(claim, prop)]
    rows = "\n".join(_property(claim, prop) for prop in held)
    derived = reason_link(claim.derivation)
    settings = ", ".join(f"`{name}` = {value:g}" for name, value in claim.settings.items())
    stages = ", ".join(f"`{stage.id}`" for stage in claim.stages)
    facts = [
        f"Derived in {derived}",
        *([f"settings {settings}"] if settings else []),
        *([f"made of {stages}"] if stages else []),
    ]
    promise = html.escape(claim.promise, quote=False)
    return (
        f"## `{claim.id}` {{ #{claim.id} }}\n\n{promise}\n{{ .rl-promise }}\n\n"
        f"{'; '.join(facts)}.\n\n"
        '<div class="rl-scroll"><table class="rl-properties"><thead><tr><th>property</th>'
        f"<th>judged by</th><th>promise</th></tr></thead><tbody>\n{rows}\n</tbody></table></div>\n"
    )


def _elsewhere() -> str:
    """The properties that nothing could be held to on this machine, with the reason."""
    left = [p for p in PROPERTIES if not any(can_be_tried(claim, p) for claim in CLAIMS)]
    if not left:
        return ""
    items = "\n".join(
        f"<li><code>{prop.id}</code>: {html.escape(prop.sentence, quote=False)} "
        f'<span class="rl-muted">({prop.refusal(CLAIMS[0], frozenset(WORDS))})</span></li>'
        for prop in left
    )
    return f"## Not tried where this site was built\n\n<ul>\n{items}\n</ul>\n"


def _property(claim: Claim, prop: Property) -> str:
    page = prop.derived_in(claim)
    target = address(CLAIMS_PATH, REASONS_PATH, reason_anchor(page))
    return (
        f"<tr><th scope=row><code>{prop.id}</code></th><td>{prop.judge}</td>"
        f'<td>{html.escape(prop.sentence, quote=False)} <a href="{target}">why</a></td></tr>'
    )


def reason_link(page_id: str, up: str = "") -> str:
    """A link to where the page of reasons speaks of `chapter/page`; `up` leads to the root."""
    return f"[{page_id}]({up}{REASONS_PATH}#{reason_anchor(page_id)})"


def reasons_page(scribe: Scribe) -> Page:
    """For every id that a report names as `derived in`: the results and errata that say why."""
    from derivations.inventory import inventory

    rows = inventory()
    sections = []
    for page_id, page in PAGES.items():
        items = [
            *(
                _result_item(scribe, path)
                for row in page.rows
                for path in pages_of(rows[row], scribe)
            ),
            *(
                f"<li>{row}, open: {html.escape(part)}</li>"
                for row in page.rows
                for part in rows[row].open
            ),
        ]
        listed = "\n".join(dict.fromkeys(items))
        sections.append(
            f"## {page_id} {{ #{reason_anchor(page_id)} }}\n\n{page.sentence}\n\n"
            f"<ul>\n{listed}\n</ul>\n\nBehind: {_behind(page_id)}.\n"
        )
    text = (
        "# Why a promise holds\n\n"
        "A report says of each property where it is derived. Here each of those places is a list "
        "of results, and of the errata beside them.\n\n" + "\n".join(sections)
    )
    return Page(path=REASONS_PATH, title="Why a promise holds", text=text, section=SECTION)


def _result_item(scribe: Scribe, path: str) -> str:
    name = path.rpartition("/")[2].removesuffix(".md")
    if name in scribe.results.errata:
        title = f"erratum: {scribe.words(scribe.results.errata[name].erratum.title)}"
        return f'<li><a href="{address(REASONS_PATH, path)}">{title}</a></li>'
    return f"<li>{scribe.link(REASONS_PATH, name)}</li>"


def _behind(page_id: str) -> str:
    """The claims and properties that name the page, with links."""
    named = [f"[`{claim.id}`]({CLAIMS_PATH}#{claim.id})" for claim in _claims_of(page_id)]
    named += [f"`{prop.id}`" for prop in PROPERTIES if prop.derivation == page_id]
    return ", ".join(named)


def _claims_of(page_id: str) -> Iterator[Claim]:
    return (claim for claim in CLAIMS if claim.derivation == page_id)

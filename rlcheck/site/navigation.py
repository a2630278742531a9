"""The navigation: what the pages say of where they belong."""

from collections.abc import Sequence
from typing import Any

from rlcheck.site.chapter_words import chapter_title
from rlcheck.site.pages import Page


def navigation(pages: Sequence[Page]) -> list[dict[str, Any]]:
    """MkDocs' `nav`: nested lists of title and path, in the order of the pages."""
    top: list[dict[str, Any]] = []
    for page in pages:
        if page.section is None:
            continue
        place = top
        for section in page.section:
            place = _inside(place, _title(section, page))
        place.append({page.title: page.path} if not _is_index(page) else page.path)  # type: ignore[arg-type]
    return top


def _inside(place: list[dict[str, Any]], title: str) -> list[dict[str, Any]]:
    """The section of that title, made where there is none."""
    for entry in place:
        if isinstance(entry, dict) and isinstance(entry.get(title), list):
            return entry[title]
    place.append({title: []})
    return place[-1][title]


def _title(section: str, page: Page) -> str:
    """A section's name as it is, or the name of a chapter in the page's language."""
    if section[0].isupper() or not section.isascii():
        return section
    return chapter_title(section, "zh" if page.path.startswith("zh/") else "en")


def _is_index(page: Page) -> bool:
    """Whether the page is the section's own: the theme then lists it as the section's name."""
    return page.path.endswith("/index.md")

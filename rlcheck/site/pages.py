"""A page of the site, before it is one."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page.

    Args:
        path: `folder/page.md`, from the site's root.
        title: for the navigation.
        text: Markdown.
        section: where the navigation lists it, outermost first; None where it does not.
    """

    path: str
    title: str
    text: str
    section: tuple[str, ...] | None = ()

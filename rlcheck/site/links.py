"""Addresses of pages as seen from other pages: relative, so that the site opens from a disk."""

import posixpath


def address(source: str, target: str, anchor: str = "") -> str:
    """The link from one page to another.

    Args:
        source: path of the page that links, `folder/page.md`.
        target: path of the page that is linked to.
        anchor: a place on it.

    Returns:
        A relative address that ends in `.html`.
    """
    path = posixpath.relpath(target.removesuffix(".md") + ".html", posixpath.dirname(source) or ".")
    return f"{path}#{anchor}" if anchor else path

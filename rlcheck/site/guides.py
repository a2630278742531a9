"""Pages that people wrote: their formulas are rendered, and links that leave `docs/` are mended."""

import re
from pathlib import Path

from rlcheck.site.formulas import Formulas
from rlcheck.site.pages import Page
from rlcheck.site.prose import with_formulas

GUIDES = (
    ("validate-your-implementation.md", "Validate your implementation"),
    ("read-a-report.md", "Read a report"),
    ("debug-a-bias.md", "Debug a bias"),
    ("train-and-resume.md", "Train and resume"),
    ("strategies.md", "Strategies"),
)
"""File in `docs/` and title, in the order of the navigation; other files follow, by name."""

_OUTWARD = re.compile(r"\[([^\]]+)\]\(\.\./([^)#]+)(#[^)]*)?\)")
_STAGED = {"README.md": "readme.md", "CONTRIBUTING.md": "contributing.md"}
_FROM_ROOT = re.compile(r"\]\((?:docs/)?([\w/-]+\.(?:md|svg|png))(#[^)]*)?\)")
_IN_THE_CLONE = re.compile(r"\[([^\]]+)\]\((?!https?:|#)([\w./-]+)\)")


def guide_pages(root: Path, formulas: Formulas) -> list[Page]:
    """The front page and the how-to pages.

    Args:
        root: the clone.
        formulas: renders `$...$`.
    """
    docs = root / "docs"
    home = _page(docs / "index.md", "index.md", "Home", (), formulas)
    return [
        home,
        *(_page(docs / file, file, title, ("How to",), formulas) for file, title in GUIDES),
        *(
            _page(file, file.name, _title(file), ("How to",), formulas)
            for file in sorted(docs.glob("*.md"))
            if file.name not in {"index.md", *(name for name, _ in GUIDES)}
        ),
    ]


def _title(file: Path) -> str:
    """The first heading."""
    return file.read_text(encoding="utf-8").split("\n", 1)[0].lstrip("# ")


def project_pages(root: Path) -> list[Page]:
    """README and CONTRIBUTING."""
    return [
        Page(
            path=path,
            title=source.removesuffix(".md"),
            text=from_root((root / source).read_text(encoding="utf-8")),
            section=("Project",),
        )
        for source, path in _STAGED.items()
    ]


def _page(file: Path, path: str, title: str, section: tuple[str, ...], formulas: Formulas) -> Page:
    text = with_formulas(inward(file.read_text(encoding="utf-8")), formulas, f"docs/{path}")
    return Page(path=path, title=title, text=text, section=section)


def inward(text: str) -> str:
    """Links from `docs/` to the clone: to a page where there is one, else the path in words."""

    def mended(found: re.Match[str]) -> str:
        words, path, anchor = found[1], found[2], found[3] or ""
        if path in _STAGED:
            return f"[{words}]({_STAGED[path]}{anchor})"
        return f"{words} (`{path}` in the repository)" if words != path else f"`{path}`"

    return _OUTWARD.sub(mended, text)


def from_root(text: str) -> str:
    """Links of a file in the clone's root, seen from the site's."""

    def page(found: re.Match[str]) -> str:
        path = _STAGED.get(found[1], found[1])
        return f"]({path}{found[2] or ''})"

    def words(found: re.Match[str]) -> str:
        if found[2].endswith((".md", ".svg", ".png")):
            return found[0]
        return f"`{found[2]}`" if found[1] == found[2] else f"{found[1]} (`{found[2]}`)"

    return _IN_THE_CLONE.sub(words, _FROM_ROOT.sub(page, text))

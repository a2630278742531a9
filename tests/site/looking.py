"""What a browser sees of a page: requests, complaints, sizes of formulas, width, links and ids."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlparse

_IDS = "[...document.querySelectorAll('[id], a[name]')].map(e => e.id || e.name)"
_LINKS = "[...document.querySelectorAll('a[href], area[href]')].map(a => a.href.baseVal ?? a.href)"
_WIDTH = "document.documentElement.scrollWidth - window.innerWidth"
# What is folded away or shown only when it is pointed at is unfolded first.
_UNFOLD = """
document.querySelectorAll('details').forEach(d => d.open = true);
document.head.insertAdjacentHTML('beforeend',
    '<style>.rl-peek { display: inline-block !important; position: static !important; }</style>');
"""
_EMPTY = """
[...document.querySelectorAll('.katex-html')].filter(e => {
    const box = e.getBoundingClientRect();
    return !(box.width > 0 && box.height > 0);
}).length
"""
_COUNT = "document.querySelectorAll('.katex-html').length"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One page.

    Args:
        asked: addresses of everything that was requested.
        said: errors of scripts and on the console.
        ids: anchors.
        links: absolute addresses of all links.
        too_wide: pixels by which it can be scrolled sideways.
        formulas: how many formulas there are.
        empty: how many of them have no size.
    """

    asked: tuple[str, ...]
    said: tuple[str, ...]
    ids: frozenset[str]
    links: tuple[str, ...]
    too_wide: int
    formulas: int
    empty: int


def look(page, file: Path) -> Seen:
    """Opens a page from the disk in a browser's tab."""
    asked, said = [], []
    listeners = {
        "request": lambda request: asked.append(request.url),
        "console": lambda message: said.append(message.text) if message.type == "error" else None,
        "pageerror": lambda error: said.append(str(error)),
    }
    for event, listener in listeners.items():
        page.on(event, listener)
    page.goto(file.as_uri())
    page.evaluate("document.fonts.ready.then(() => true)")
    too_wide = page.evaluate(_WIDTH)
    page.evaluate(_UNFOLD)
    seen = Seen(
        asked=tuple(asked),
        said=tuple(said),
        ids=frozenset(page.evaluate(_IDS)),
        links=tuple(page.evaluate(_LINKS)),
        too_wide=too_wide,
        formulas=page.evaluate(_COUNT),
        empty=page.evaluate(_EMPTY),
    )
    for event, listener in listeners.items():
        page.remove_listener(event, listener)
    return seen


def leaves_the_machine(address: str) -> bool:
    """Whether a request goes to another host."""
    return urlparse(address).scheme not in ("file", "data", "blob", "about")


def broken_links(seen: dict[Path, Seen]) -> list[str]:
    """Links to files that are not there, and to anchors that the file does not have."""
    broken = []
    for file, page in seen.items():
        for link in page.links:
            target, anchor = urldefrag(link)
            if leaves_the_machine(link) or urlparse(link).scheme != "file":
                continue
            path = Path(unquote(urlparse(target).path))
            no_anchor = anchor and path in seen and unquote(anchor) not in seen[path].ids
            if not path.is_file() or no_anchor:
                broken.append(f"{file.name} -> {link}")
    return broken

"""The page of the notation: symbols printed by the printer that prints the formulas."""

from collections.abc import Iterator
from typing import Any

from sympy import Basic, Expr

from derivations.language.node import Node
from derivations.language.printing import to_latex
from rlcheck.site.chain import Scribe
from rlcheck.site.links import address
from rlcheck.site.notation import ENTRIES
from rlcheck.site.pages import Page
from rlcheck.site.result_page import other_edition
from rlcheck.site.results import parts

_CHINESE = {
    "the problem": "问题",
    "the policy": "策略",
    "what is gained": "收益",
    "sums and means": "求和与期望",
    "operations": "运算",
    "arbitrary functions": "任意函数",
}
_TITLES = {"en": "Notation", "zh": "记号"}
_OPENING = {
    "en": (
        "One notation for all pages. Rewards follow actions: r_t belongs to (s_t, a_t). Objectives "
        "are maximised, losses minimised. A divergence states its direction: KL(p ‖ q) is a mean "
        "under p."
    ),
    "zh": (
        "所有页面共用一套记号。r_t 属于 (s_t, a_t)。目标函数求最大, 损失求最小。"
        "KL(p ‖ q) 是在 p 下的期望。"
    ),
}


def glossary_page(scribe: Scribe) -> Page:
    """Every symbol with its meaning and the first result that it stands in."""
    language = scribe.edition.language
    path = scribe.path("notation.md")
    sections = [
        f"## {_CHINESE[heading] if language == 'zh' else heading.capitalize()}\n\n"
        f'<table class="rl-notation"><tbody>\n{_rows(scribe, entries, path)}\n</tbody></table>\n'
        for heading, entries in ENTRIES
    ]
    text = (
        f"# {_TITLES[language]}\n\n<p>{scribe.words(_OPENING)}</p>\n\n"
        f'<p class="rl-head">{other_edition(scribe, "notation.md")}</p>\n\n' + "\n".join(sections)
    )
    section = (*scribe.edition.section, scribe.edition["derivations"])
    return Page(path=path, title=_TITLES[language], text=text, section=section)


def _rows(scribe: Scribe, entries: tuple[tuple[Any, str, str], ...], path: str) -> str:
    return "\n".join(_row(scribe, *entry, path) for entry in entries)


def _row(scribe: Scribe, symbol: Any, english: str, chinese: str, path: str) -> str:
    shown = scribe.formulas.display(to_latex(symbol), f"{path}, {english}")
    meaning = scribe.words({"en": english, "zh": chinese}) + _first_use(scribe, symbol, path)
    return f'<tr><th scope="row">{shown}</th><td>{meaning}</td></tr>'


def _first_use(scribe: Scribe, symbol: Any, path: str) -> str:
    """A link to the first result in which an object of this kind stands."""
    if not isinstance(symbol, Node):
        return ""
    for entry in scribe.results.entries.values():
        for part in parts(entry.result):
            sides = (part.start, *(line.right for line in part.lines))
            if any(isinstance(side, Basic) and side.has(type(symbol)) for side in sides):
                target = address(path, scribe.path(entry.path))
                title = scribe.words(entry.result.title)
                return f'<br><a class="rl-muted" href="{target}">{title}</a>'
    return ""


def kinds() -> Iterator[type[Expr]]:
    """The kinds of object that the glossary explains."""
    for _, entries in ENTRIES:
        for symbol, _, _ in entries:
            if isinstance(symbol, Node):
                yield type(symbol)

"""The aligned column of a derivation: relation and formula, the reason under it, its number."""

import html
from collections.abc import Mapping
from dataclasses import dataclass

from derivations.language.label import Accepted, Label
from derivations.language.printing import to_latex
from derivations.language.statement import Derivation, Line
from rlcheck.site.editions import Edition
from rlcheck.site.formulas import Formulas
from rlcheck.site.links import address
from rlcheck.site.prose import sentence
from rlcheck.site.results import Results
from rlcheck.site.statements import RELATIONS, result_latex

SHORT = 26
"""A first line of at most so many characters of LaTeX without its commands stands in the margin."""


@dataclass(frozen=True, kw_only=True)
class Scribe:
    """What is needed to write any page of the derivations.

    Args:
        results: all of them, for links.
        formulas: renders LaTeX.
        edition: the language.
    """

    results: Results
    formulas: Formulas
    edition: Edition

    def path(self, path: str) -> str:
        """A page's path in this edition."""
        return self.edition.folder + path

    def words(self, texts: Mapping[str, str] | None) -> str:
        """A text of the derivations in this language, as HTML; empty where there is none."""
        return sentence(texts[self.edition.language]) if texts else ""

    def link(self, source: str, name: str) -> str:
        """A link to a result, which shows what it says when it is pointed at."""
        entry = self.results.entries[name]
        here = self.path(source)
        target = address(here, self.path(entry.path))
        shown = self.formulas.display(result_latex(entry.result), f"{here}, uses {name}")
        title = self.words(entry.result.title)
        return (
            f'<a class="rl-uses" href="{target}">{title}'
            f'<span class="rl-peek" role="tooltip">{shown}</span></a>'
        )


def chain(
    scribe: Scribe, derivation: Derivation, lines: tuple[Accepted, ...], path: str, prefix: str
) -> str:
    """A derivation as one block of HTML.

    Args:
        scribe: writes it.
        derivation: the chain.
        lines: how each of its lines was accepted.
        path: of the page.
        prefix: of the steps' ids, `eq` for `#eq-1`.
    """
    start = to_latex(derivation.start)
    shown = scribe.formulas.display(start, f"{path}, first line")
    margin = _is_short(start)
    rows = [] if margin else [f'<div class="rl-start">{shown}</div>']
    for number, (line, accepted) in enumerate(zip(derivation.lines, lines, strict=True), start=1):
        left = shown if margin and number == 1 else ""
        rows.append(_step(scribe, line, accepted, left, f"{prefix}-{number}", path))
    kind = "rl-chain rl-margin" if margin else "rl-chain"
    return f'<div class="{kind}">\n' + "\n".join(rows) + "\n</div>\n"


def _is_short(tex: str) -> bool:
    plain = tex
    for command in (r"\mathbb", r"\left", r"\right", r"\nabla", r"\theta", r"\gamma", r"\,"):
        plain = plain.replace(command, " ")
    return len(plain.replace(" ", "")) <= SHORT


def _step(scribe: Scribe, line: Line, accepted: Accepted, left: str, anchor: str, path: str) -> str:
    tex = rf"{RELATIONS[line.relation]} {to_latex(line.right)}"
    number = anchor.rpartition("-")[2]
    shown = scribe.formulas.display(tex, f"{path}#{anchor}")
    copied = html.escape(tex, quote=True)
    copy = scribe.edition["copy"]
    return (
        f'<div class="rl-step" id="{anchor}">'
        f'<div class="rl-left">{left}</div>'
        f'<div class="rl-formula">{shown}</div>'
        f'<div class="rl-number"><button class="rl-tex" type="button" data-tex="{copied}" '
        f'aria-label="{copy}" title="{copy}">TeX</button>'
        f'<a href="#{anchor}">({number})</a></div>'
        f'<div class="rl-reason">{_reason(scribe, line, accepted, path)}</div>'
        "</div>"
    )


def _reason(scribe: Scribe, line: Line, accepted: Accepted, path: str) -> str:
    parts = [f"<span>{scribe.words(line.words)}</span>", _badge(scribe, accepted)]
    if line.uses:
        links = ", ".join(scribe.link(path, name) for name in line.uses)
        parts.append(f"<span>{scribe.edition['uses']} {links}</span>")
    if line.assumes:
        texts = "; ".join(scribe.words(a.words) for a in line.assumes)
        parts.append(f'<span class="rl-assumes">{scribe.edition["assumes"]}: {texts}</span>')
    return " ".join(parts)


_SHORT = {
    Label.GENERAL: "in general",
    Label.SIZES: "these sizes",
    Label.PROBLEM: "this problem",
}


def _badge(scribe: Scribe, accepted: Accepted) -> str:
    general = accepted.label is Label.GENERAL
    short = scribe.edition[_SHORT[accepted.label]]
    long = html.escape(scribe.edition[accepted.label.value], quote=True)
    kind = "rl-general" if general else "rl-sizes"
    return f'<span class="rl-badge {kind}" title="{long}">✓ {short}</span>'

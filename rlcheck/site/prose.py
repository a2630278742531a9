"""Sentences of the derivations as HTML: s_t and γ^t in them become indices and powers."""

import html
import re

from rlcheck.reports.plot.text import HIGH, LOW
from rlcheck.site.formulas import Formulas, shielded

_MATHS = re.compile(r"(?<![\\$\w])\$([^$\n]+)\$(?![\w$])")
_FENCE = re.compile(r"(^```.*?^```\s*?$|`[^`\n]+`)", flags=re.DOTALL | re.MULTILINE)


def sentence(text: str) -> str:
    """Escaped, with indices lowered and exponents raised; what stands in backticks is code."""
    parts = html.escape(text, quote=False).split("`")
    parts[::2] = (_scripts(part) for part in parts[::2])
    parts[1::2] = (f"<code>{part}</code>" for part in parts[1::2])
    return "".join(parts)


def _scripts(text: str) -> str:
    lowered = LOW.sub(lambda found: f"<sub>{found[1] or found[2]}</sub>", text)
    return HIGH.sub(lambda found: f"<sup>{found[1] or found[2]}</sup>", lowered)


def plain(text: str) -> str:
    """The same where no HTML may stand: as far as Unicode has the letter, lowered or raised."""
    lowered = LOW.sub(lambda found: _translated(found, "_", _LOWERED), text)
    return HIGH.sub(lambda found: _translated(found, "^", _RAISED), lowered)


_LOWERED = dict(zip("0123456789+-ijknmpst", "₀₁₂₃₄₅₆₇₈₉₊₋ᵢⱼₖₙₘₚₛₜ", strict=True))
_RAISED = dict(zip("0123456789+-PGknt", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᴾᴳᵏⁿᵗ", strict=True))


def _translated(found: re.Match[str], mark: str, letters: dict[str, str]) -> str:
    text = found[1] or found[2]
    if all(letter in letters for letter in text):
        return "".join(letters[letter] for letter in text)
    return f"{mark}{text}"


def with_formulas(markdown: str, formulas: Formulas, place: str) -> str:
    """Markdown in which `$...$` outside code is rendered.

    Args:
        markdown: a page that somebody wrote.
        formulas: renders them.
        place: the page.

    Raises:
        FormulaRefused: KaTeX does not accept one.
    """
    parts = _FENCE.split(markdown)
    for number in range(0, len(parts), 2):
        parts[number] = _MATHS.sub(
            lambda found: shielded(formulas.inline(found[1], place)), parts[number]
        )
    return "".join(parts)

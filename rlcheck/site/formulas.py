"""LaTeX as HTML, by KaTeX in an embedded JavaScript engine: no page needs a script for it."""

import html
import json
import re
from functools import lru_cache
from pathlib import Path

ENGINE = Path(__file__).parents[2] / "third_party" / "katex" / "katex.min.js"

# A string of JSON comes back and no object: long strings in objects are lost on the way.
_RENDER = """
globalThis.render = (tex, displayMode) => {
    try {
        const options = {displayMode, throwOnError: true, strict: "error"};
        return JSON.stringify({html: katex.renderToString(tex, options)});
    } catch (problem) {
        return JSON.stringify({refused: String(problem.message)});
    }
}
"""

_TEXT = re.compile(r">([^<]+)<")
_PUNCTUATION = re.compile(r"&(?:#?\w+;)|[!-/:-@\[-`{-~]")


class FormulaRefused(Exception):
    """KaTeX does not accept a formula; the message says where it stands."""


class Formulas:
    """Renders formulas, each of them once.

    Args:
        engine: KaTeX's own script.
    """

    def __init__(self, engine: Path = ENGINE) -> None:
        import quickjs

        self._context = quickjs.Context()
        self._context.eval(engine.read_text(encoding="utf-8"))
        self._context.eval(_RENDER)
        self._call = self._context.get("render")
        self._kept = lru_cache(maxsize=None)(self._render)

    def inline(self, tex: str, place: str) -> str:
        """In a line of text; it may break where a formula may.

        Args:
            tex: the formula.
            place: the page and the line where it stands, for the message.

        Raises:
            FormulaRefused: KaTeX does not accept it.
        """
        return self._rendered(tex, False, place)

    def display(self, tex: str, place: str) -> str:
        """On a line of its own, sums with their limits above and below; args as `inline`."""
        return self._rendered(rf"\displaystyle {tex}", False, place)

    def _rendered(self, tex: str, display: bool, place: str) -> str:
        answer = self._kept(tex, display)
        if "refused" in answer:
            raise FormulaRefused(f"{place}: {answer['refused']}\n    {tex}")
        # What a search finds is the text: a formula in it would be there three times over. The
        # indexer takes the first closing tag of this name for the end, so that it must be a name
        # that does not occur inside.
        return f"<bdi data-search-exclude>{answer['html']}</bdi>"

    def _render(self, tex: str, display: bool) -> dict[str, str]:
        return json.loads(self._call(tex, display))


def shielded(rendered: str) -> str:
    """Rendered HTML that stands in Markdown text: nothing in it is read as Markdown."""
    return _TEXT.sub(lambda found: f">{_PUNCTUATION.sub(_entity, found[1])}<", rendered)


def _entity(found: re.Match[str]) -> str:
    return "".join(f"&#{ord(character)};" for character in html.unescape(found[0]))

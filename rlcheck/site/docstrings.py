"""A Griffe extension: one-line sections of our docstrings as paragraphs.

Google's style takes `Source: Schulman et al.` with an indented second line for an admonition with
a title, and tears the sentence apart there. Here the sentence stays one.
"""

import re

import griffe

_LABELS = ("Formula", "Source", "For", "Its numbers")
_SECTION = re.compile(rf"^({'|'.join(_LABELS)}): ?(.*(?:\n    +\S.*)*)", flags=re.MULTILINE)


class OneParagraph(griffe.Extension):
    """Joins the lines of each such section, and sets its label in bold."""

    def on_instance(self, *, obj: griffe.Object, **_: object) -> None:
        """Griffe calls it with everything that it has read."""
        if obj.docstring:
            obj.docstring.value = joined(obj.docstring.value)


def joined(docstring: str) -> str:
    """The docstring with its one-line sections as paragraphs."""
    return _SECTION.sub(_paragraph, docstring)


def _paragraph(found: re.Match[str]) -> str:
    text = " ".join(line.strip() for line in found[2].split("\n"))
    # `A_t` and `a * b` are formulas here, not emphasis.
    escaped = re.sub(r"([*_])", r"\\\1", text)
    return f"\n**{found[1]}** {escaped}\n"

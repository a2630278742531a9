"""A published algorithm beside its code: the steps of a module's docstring, and what carries them.

A docstring numbers the lines of its pseudo-code, `... (3)`. In the code the same numbers stand in
comments, `# (3)` or `# (1) to (3)`, beside the statement, or in the docstring of a function that is
the step: "Steps (3) to (5)". A step that no code carries is an error.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import dedent

_NUMBER = re.compile(r"\((\d+)\)")
_MARK = re.compile(r"#.*\(\d+\)|\b[Ss]teps? \(\d+\)")
_UP_TO = re.compile(r"\((\d+)\) to \((\d+)\)")
_END = re.compile(r"\((\d+)\)$")


class StepWithoutCode(Exception):
    """No line of the code carries a step of the pseudo-code; the message names it."""


@dataclass(frozen=True, kw_only=True)
class Excerpt:
    """Lines of a file.

    Attributes:
        first: the number of the first, from one.
        last: the number of the last.
        text: the lines, without the indentation that all have.
    """

    first: int
    last: int
    text: str


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step.

    Attributes:
        number: as it is printed.
        lines: of the pseudo-code.
        code: what carries it, in the order of the file; never empty.
    """

    number: int
    lines: str
    code: tuple[Excerpt, ...]


@dataclass(frozen=True, kw_only=True)
class Algorithm:
    """A module that is an algorithm.

    Attributes:
        title: the first line of its docstring.
        steps: in the order of the pseudo-code.
        words: the paragraphs around it.
        source: the whole file.
    """

    title: str
    steps: tuple[Step, ...]
    words: tuple[str, ...]
    source: str


def read(source: str) -> Algorithm:
    """What a file says.

    Raises:
        StepWithoutCode: a step is only printed.
    """
    tree = ast.parse(source)
    told = ast.get_docstring(tree) or ""
    title, *paragraphs = told.split("\n\n")
    pseudo = next(text for text in paragraphs if text.startswith("    ") and _NUMBER.search(text))
    carried = _carried(tree, source)
    steps = tuple(_step(number, lines, carried) for number, lines in _numbered(dedent(pseudo)))
    words = tuple(text for text in paragraphs if text != pseudo)
    return Algorithm(title=title.replace("\n", " "), steps=steps, words=words, source=source)


def _numbered(pseudo: str) -> Iterator[tuple[int, str]]:
    """Each step with its lines, the number taken off; a step ends where its number stands."""
    gathered: list[str] = []
    for line in pseudo.splitlines():
        end = _END.search(line.rstrip())
        gathered.append(line[: end.start()].rstrip() if end else line.rstrip())
        if end:
            yield int(end[1]), "\n".join(gathered)
            gathered = []


def _step(number: int, lines: str, carried: dict[int, list[Excerpt]]) -> Step:
    if number not in carried:
        raise StepWithoutCode(f"({number}) {' '.join(lines.split())}")
    return Step(number=number, lines=lines, code=tuple(carried[number]))


def _carried(tree: ast.Module, source: str) -> dict[int, list[Excerpt]]:
    """Number of a step -> the code that carries it."""
    lines = source.splitlines()
    first = tree.body[1].lineno  # behind the module's own docstring
    found: dict[int, list[Excerpt]] = {}
    for at in range(first, len(lines) + 1):
        if _MARK.search(lines[at - 1]):
            excerpt = _excerpt(tree, lines, at)
            for number in _numbers(lines[at - 1]):
                if excerpt not in found.setdefault(number, []):
                    found[number].append(excerpt)
    return found


def _numbers(line: str) -> set[int]:
    marked = line[line.index("#") :] if "#" in line else line
    ranges = [range(int(a), int(b) + 1) for a, b in _UP_TO.findall(marked)]
    return {int(one) for one in _NUMBER.findall(marked)}.union(*ranges)


def _excerpt(tree: ast.Module, lines: list[str], at: int) -> Excerpt:
    """The smallest statement that a line belongs to; a function where it is its docstring."""
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and node.lineno <= at <= (node.end_lineno or node.lineno)
    ]
    inner = max(around, key=lambda node: (node.lineno, -(node.end_lineno or 0)))
    if isinstance(inner, ast.Expr) and isinstance(inner.value, ast.Constant):
        functions = [node for node in around if isinstance(node, ast.FunctionDef)]
        inner = max(functions, key=lambda node: node.lineno)
    last = inner.end_lineno or inner.lineno
    text = dedent("\n".join(lines[inner.lineno - 1 : last]))
    return Excerpt(first=inner.lineno, last=last, text=text)

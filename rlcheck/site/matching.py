"""Which functions compute what a result states, and their code.

They are those that the result's bridges hold: what stands beside a formula was held against it.
"""

import ast
import importlib
import inspect
import textwrap
from collections.abc import Callable
from functools import cache
from typing import Any

from rlcheck.bridge.catalogue import BRIDGES, WITHOUT
from rlcheck.site.links import address
from rlcheck.site.prose import sentence

_ORDER = ("losses", "steps", "estimators", "exact")
"""What is verified comes before what verifies it."""


@cache
def matching(result: str) -> tuple[str, ...]:
    """Public functions, by dotted name, that compute what a result states; the main ones only."""
    bridges = (bridge for bridge in BRIDGES if bridge.result.name == result)
    parts = (
        part for bridge in bridges for part in (*bridge.routes, *bridge.estimators, *bridge.sampled)
    )
    names = dict.fromkeys(part.code[0] for part in parts)
    return tuple(sorted(names, key=lambda name: _ORDER.index(name.split(".")[1])))


def without_code(result: str, language: str) -> str | None:
    """Why no function computes it; None where one does."""
    for reason in WITHOUT:
        if reason.result == result:
            return reason.reason[language]
    return None


def find(dotted: str) -> Callable[..., Any]:
    """The function of that name."""
    module, _, name = dotted.rpartition(".")
    return getattr(importlib.import_module(module), name)


def code_blocks(result: str, title: str, source: str, language: str) -> str:
    """A section with the code of every matching function, or why there is none.

    Args:
        result: the result's name.
        title: of the section.
        source: path of the page.
        language: of the reason.
    """
    reason = without_code(result, language)
    if reason is not None:
        return f"## {title}\n\n<p>{sentence(reason)}</p>\n"
    return f"## {title}\n\n" + "\n".join(_block(dotted, source) for dotted in matching(result))


def _block(dotted: str, source: str) -> str:
    module = dotted.rpartition(".")[0]
    function = find(dotted)
    target = address(source, reference_path(module), f"{function.__module__}.{function.__name__}")
    code = without_docstring(function)
    return f'<p><a href="{target}"><code>{dotted}</code></a></p>\n\n```python\n{code}```\n'


def reference_path(module: str) -> str:
    """The page of the reference on a module."""
    return f"reference/{module.removeprefix('rlcheck.')}.md"


def without_docstring(function: Callable[..., Any]) -> str:
    """A function's code; what its docstring says stands in the reference."""
    code = textwrap.dedent(inspect.getsource(function))
    [definition] = ast.parse(code).body
    assert isinstance(definition, ast.FunctionDef)
    first = definition.body[0]
    if ast.get_docstring(definition) is None or len(definition.body) == 1:
        return code
    lines = code.splitlines(keepends=True)
    assert first.end_lineno is not None
    return "".join(lines[: first.lineno - 1] + lines[first.end_lineno :])

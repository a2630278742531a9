"""What the bridges measure, for the pages of the results: while the site is built, or kept from it.

What was kept is found by the content of every file that it depends on, so that it is never stale.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import sympy
import torch

from rlcheck.bridge.figures import Figures, figures, from_data

CASES = 3
"""Worlds, each with its policies, in which every exact comparison is made for the site."""

DRAWS = 20_000
"""Rollouts of every Monte Carlo comparison for the site."""

KEPT = Path("build") / "bridge"
DEPENDS_ON = ("derivations", "rlcheck")

Measured = Mapping[str, tuple[Figures, ...]]
"""Name of a result -> the figures of its bridges."""


class CodeDisagrees(Exception):
    """A bridge fails, so that there is no site; the message names the results."""


def measured(root: Path, cases: int = CASES, draws: int = DRAWS) -> Measured:
    """The figures of every result that has a bridge.

    Args:
        root: the clone; what was measured is kept in its `build/bridge`.
        cases: how many worlds.
        draws: of a Monte Carlo comparison.

    Raises:
        CodeDisagrees: a result and the code that computes it do not agree.
    """
    kept = found_or_made(
        root / KEPT / f"{fingerprint(root, cases, draws)}.json",
        lambda: [one.as_data() for one in figures(cases=cases, draws=draws)],
    )
    found = [from_data(one) for one in kept]
    wrong = sorted({one.result for one in found if not one.agrees})
    if wrong:
        raise CodeDisagrees(f"python -m rlcheck.bridge {' '.join(wrong)}")
    by_result: dict[str, tuple[Figures, ...]] = {}
    for one in found:
        by_result[one.result] = (*by_result.get(one.result, ()), one)
    return by_result


def found_or_made(file: Path, make: Callable[[], list[Any]]) -> list[Any]:
    """What a file keeps as JSON; made and kept where there is none."""
    if file.is_file():
        return json.loads(file.read_text(encoding="utf-8"))
    made = make()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(made), encoding="utf-8")
    return made


def fingerprint(root: Path, *counts: int) -> str:
    """Of everything that the figures depend on: both packages' files, two libraries, the counts."""
    said = " ".join(map(str, (torch.__version__, sympy.__version__, *counts)))
    digest = hashlib.sha256(said.encode())
    for folder in DEPENDS_ON:
        for file in sorted((root / folder).rglob("*.py")):
            digest.update(str(file.relative_to(root)).encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:32]

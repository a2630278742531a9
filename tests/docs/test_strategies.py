"""What the page on strategies shows is run, in order, and its tables name what there is."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase

from rlcheck import strategies

_PAGE = (Path(__file__).parents[2] / "docs" / "strategies.md").read_text(encoding="utf-8")
_BLOCKS = re.findall(r"```python\n(.*?)```", _PAGE, flags=re.DOTALL)


def _run(block: str) -> None:
    # A failure is not shrunk here: that takes long, and it is not what is tested.
    block = block.replace("deadline=None", "deadline=None, phases=[Phase.generate]")
    scope: dict[str, Any] = {"__name__": "page", "Phase": Phase}
    exec(compile(block, "docs/strategies.md", "exec"), scope)


@pytest.mark.parametrize("number", range(len(_BLOCKS)))
def test_an_example_passes(number: int) -> None:
    _run(_BLOCKS[number])


@pytest.mark.parametrize(
    ("number", "right", "wrong"),
    [(0, "* going_on", ""), (1, "/ (1 - world.gamma)", ""), (2, "2 * pair", "9 * pair")],
)
def test_an_example_fails_where_the_code_is_wrong(number: int, right: str, wrong: str) -> None:
    assert _BLOCKS[number].count(right) == 1
    with pytest.raises(AssertionError):
        _run(_BLOCKS[number].replace(right, wrong))


def test_the_tables_name_every_strategy_and_no_other() -> None:
    rows = [line.split("|")[1] for line in _PAGE.splitlines() if line.startswith("| `")]
    named = set(re.findall(r"`(\w+)", " ".join(rows)))
    assert named == {name for name in strategies.__all__ if name[0].islower()}

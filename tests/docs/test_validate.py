"""The how-to is played from top to bottom, and what it shows is what was printed."""

from pathlib import Path

import pytest

from tests.docs.page import ROOT, Player

_PAGE = (ROOT / "docs" / "validate-your-implementation.md").read_text(encoding="utf-8")
# Installing is tested by .ci/run: the README's command, and the built wheel.
_NOT_RUN = frozenset({"pip install . pytest"})


# A minute of its own, which .ci/run spends each time.
pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Player:
    player = Player(folder=tmp_path_factory.mktemp("reader"), not_run=_NOT_RUN)
    player.play(_PAGE)
    return player


def test_every_line_that_it_shows_was_printed(played: Player) -> None:
    assert played.missing == []
    assert len(played.commands) >= 7


def test_the_report_that_it_asks_for_is_a_page(played: Player) -> None:
    assert "compute_gae" in (played.folder / "report.html").read_text(encoding="utf-8")


def test_what_it_does_not_run_is_on_it() -> None:
    assert all(f"\n{command}\n" in _PAGE for command in _NOT_RUN)


def test_a_line_that_was_not_printed_is_seen(tmp_path: Path) -> None:
    player = Player(folder=tmp_path)
    player.play(
        "```sh\necho a certain number: 3\n```\n\n```text\nnumber: 3\na ... 3\nnumber: 4\n```\n"
    )
    assert player.missing == ["number: 4"]

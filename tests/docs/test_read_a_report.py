"""The how-to pages on reports and on biases are played, and what they show is what was printed."""

from pathlib import Path

import pytest

from tests.docs.page import ROOT, Player


@pytest.mark.thorough
@pytest.mark.parametrize("page", ["read-a-report.md", "debug-a-bias.md"])
def test_every_line_that_it_shows_was_printed(tmp_path: Path, page: str) -> None:
    player = Player(folder=tmp_path)
    player.play((ROOT / "docs" / page).read_text(encoding="utf-8"))
    assert player.missing == []
    assert player.commands

"""The how-to on training is played, kill -9 included, and what it shows is what was printed."""

from pathlib import Path

import pytest

from tests.docs.page import ROOT, Player

pytestmark = pytest.mark.thorough

_PAGE = (ROOT / "docs" / "train-and-resume.md").read_text(encoding="utf-8")
_NOT_RUN = frozenset({"pip install 'rlcheck[train]'"})


def test_every_line_that_it_shows_was_printed(tmp_path: Path) -> None:
    player = Player(folder=tmp_path, not_run=_NOT_RUN)
    player.play(_PAGE)
    assert player.missing == []
    assert len(player.commands) >= 7
    assert (tmp_path / "runs" / "whole" / "curves.svg").read_text().startswith("<svg")

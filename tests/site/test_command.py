"""`rlcheck docs` outside a clone says what it needs; the wheel holds nothing of the site."""

import tomllib
from pathlib import Path

import pytest

from rlcheck.cli import documentation
from rlcheck.errors import InvalidArgument

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("command", [documentation.build, documentation.serve])
def test_outside_a_clone_it_asks_for_one(tmp_path, monkeypatch, command):
    monkeypatch.setattr(
        documentation, "__file__", str(tmp_path / "rlcheck" / "cli" / "documentation.py")
    )
    with pytest.raises(InvalidArgument, match="clone"):
        command()


def test_in_this_clone_it_does_not():
    documentation._require_clone()


def test_the_wheel_leaves_the_generator_out():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = settings["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert "rlcheck/site" in wheel["exclude"]
    assert not any(path.startswith(("docs", "third_party")) for path in wheel["only-include"])

"""Targets by name: what is found, and what is refused in which words."""

import sys
from pathlib import Path

import pytest

from rlcheck.errors import InvalidArgument
from rlcheck.subjects import find, load

FILE = Path(__file__).with_name("agent_file.py")


def test_a_file_is_imported_and_what_it_prints_is_kept(capsys):
    subject = load(f"{FILE}:AsClass")
    assert subject.asks == {"entropy", "ent_coef"}
    assert subject.printed == "agent_file was imported\n"
    assert capsys.readouterr().out == ""
    assert str(FILE.parent) not in sys.path


def test_a_module_is_found_from_the_working_directory(tmp_path, monkeypatch):
    (tmp_path / "mine_to_find").mkdir()
    (tmp_path / "mine_to_find" / "__init__.py").write_text("")
    (tmp_path / "mine_to_find" / "inner.py").write_text("def f(entropy): return -entropy.mean()")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [p for p in sys.path if p not in ("", str(tmp_path))])
    assert load("mine_to_find.inner:f").asks == {"entropy"}


def test_neighbours_of_a_file_can_be_imported(tmp_path):
    (tmp_path / "neighbour_of_it.py").write_text("WEIGHT = 2.0")
    (tmp_path / "it.py").write_text(
        "if __name__ == '__main__': raise SystemExit('run')\n"
        "from neighbour_of_it import WEIGHT\ndef f(entropy): return -WEIGHT * entropy.mean()"
    )
    assert load(f"{tmp_path / 'it.py'}:f").name == "f"


def test_a_nested_name_is_found():
    assert find("os:path.join").value is __import__("os").path.join


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("no_colon.py", "no name after a colon"),
        (f"{FILE.with_name('agent_fil.py')}:loss", "agent_file.py"),
        (f"{FILE}:los", "one of loss"),
        (f"{FILE}:NoCall", "a class without __call__"),
        (f"{FILE}:NeedsArguments", "cannot be made without arguments"),
        (f"{FILE}:number", "cannot be called"),
        ("no_such_package_at_all.inner:f", "there is no module"),
        ("os:pathh", "there is no 'pathh'"),
    ],
)
def test_refusals(target, said):
    with pytest.raises(InvalidArgument, match=said):
        load(target)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1\nraise ValueError('first\\nsecond')", r"ValueError: first \(line 2\)"),
        ("def f(:\n  pass", r"SyntaxError: .*\(line 1\)"),
        ("\n\nimport no_such_library_at_all", r"no_such_library_at_all.*\(line 3\)"),
        ("import sys\nsys.exit(2)", r"SystemExit: 2 \(line 2\)"),
    ],
)
def test_an_error_while_importing_names_its_line(tmp_path, text, said):
    (tmp_path / "broken.py").write_text(text)
    with pytest.raises(InvalidArgument, match=said) as raised:
        load(f"{tmp_path / 'broken.py'}:f")
    assert "second" not in str(raised.value)

"""`import rlcheck` and `rlcheck --help` pay for nothing that they do not use."""

import subprocess
import sys

import pytest

import rlcheck

HEAVY = ("torch", "numpy", "gymnasium", "hypothesis", "scipy", "numba", "sympy")


def loaded_by(code: str) -> set[str]:
    """The heavy packages that a fresh interpreter has loaded after running `code`."""
    report = f"import sys\n{code}\nprint('LOADED', *({HEAVY!r} & sys.modules.keys()))"
    report = report.replace(repr(HEAVY), repr(set(HEAVY)))
    run = subprocess.run(
        [sys.executable, "-c", report], capture_output=True, text=True, check=True, timeout=120
    )
    return set(run.stdout.splitlines()[-1].split()[1:])


def command(*arguments: str) -> str:
    return (
        f"sys.argv = ['rlcheck', *{arguments!r}]\n"
        "from rlcheck.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert end.code == 0, end.code"
    )


def test_import_loads_nothing_heavy():
    assert (
        loaded_by("import rlcheck; dir(rlcheck); rlcheck.Verdict; rlcheck.InvalidArgument") == set()
    )


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["verify", "--help"]])
def test_help_and_version_load_nothing_heavy(arguments):
    assert loaded_by(command(*arguments)) == set()


def test_the_probe_sees_what_is_loaded():
    assert "torch" in loaded_by("import torch")


def test_help_does_not_import_rich():
    run = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "rlcheck", "--help"],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert "typer" in run.stderr
    assert not [line for line in run.stderr.splitlines() if line.split("|")[-1].strip() == "rich"]


def test_every_public_name_is_listed_and_can_be_fetched():
    assert set(rlcheck.__all__) <= set(dir(rlcheck))
    for name in rlcheck.__all__:
        assert getattr(rlcheck, name) is not None, name


def test_the_table_and_all_name_the_same_things():
    assert set(rlcheck._WHERE) | rlcheck._SUBMODULES | {"__version__"} == set(rlcheck.__all__)
    assert sorted(rlcheck.__all__) == rlcheck.__all__


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'tabular_mdp'"):
        _ = rlcheck.tabular_mdp  # type: ignore[attr-defined]

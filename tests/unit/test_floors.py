"""The import floors of pyproject.toml break where they should: each wall has its planted import."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FLOORS = [
    "_typing",
    "errors",
    "verdict",
    "worlds",
    "exact",
    "estimators",
    "losses",
    "steps",
    "algorithms",
    "strategies",
    "variants",
    "claims",
    "subjects",
    "judges",
    "adapters",
    "reports",
    "api",
    "training",
    "testing",
    "bridge",
    "site",
    "demo",
    "cli",
]

PLANTED = [
    ("worlds", "rlcheck.exact", "Imports go down only"),
    ("estimators", "rlcheck.losses", "Imports go down only"),
    ("subjects", "rlcheck.claims", "Imports go down only"),
    ("subjects", "rlcheck.adapters", "Imports go down only"),
    ("judges", "rlcheck.reports", "Imports go down only"),
    ("losses", "rlcheck.exact", "The code under test does not lean on its judge"),
    ("steps", "rlcheck.verdict", "The code under test does not lean on its judge"),
    ("algorithms", "rlcheck.claims", "The code under test does not lean on its judge"),
    ("algorithms", "rlcheck.training", "Imports go down only"),
    ("exact", "rlcheck.losses", "The truth is not computed by the code under test"),
    ("exact", "rlcheck.estimators", "The truth is not computed by the code under test"),
    ("verdict", "rlcheck.errors", "The verdict imports nothing of rlcheck"),
    ("verdict", "torch", "The verdict imports nothing of rlcheck"),
    ("adapters", "rlcheck.claims", "An adapter makes a subject and knows nothing else"),
    ("judges", "derivations", "Only the bridge and the site import derivations"),
]

ALLOWED = [
    ("adapters", "rlcheck.subjects"),
    ("adapters", "stable_baselines3"),
    ("bridge", "derivations"),
    ("site", "derivations.ppo"),
    ("judges", "rlcheck.losses"),
    ("losses", "rlcheck.worlds"),
    ("cli", "rlcheck.judges"),
]


def lint(house: Path) -> str:
    """What import-linter says of a house; grimp only reads the files, it runs none."""
    code = (
        "import sys; sys.path.insert(0, ''); from importlinter.cli import lint_imports; "
        "sys.exit(lint_imports(cache_dir=None, no_cache=True))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=house, capture_output=True, text=True, timeout=120
    )
    return run.stdout + run.stderr


@pytest.fixture
def house(tmp_path):
    """A house with every floor, each one module that imports nothing."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    package = tmp_path / "rlcheck"
    package.mkdir()
    (package / "__init__.py").touch()
    mathematics = tmp_path / "derivations"
    mathematics.mkdir()
    (mathematics / "__init__.py").touch()
    (mathematics / "ppo.py").touch()
    for floor in FLOORS:
        (package / floor).mkdir()
        (package / floor / "__init__.py").touch()
        (package / floor / "inside.py").touch()
    return tmp_path


def plant(house: Path, floor: str, imported: str) -> None:
    """An import inside a function, where it is easily overlooked."""
    (house / "rlcheck" / floor / "inside.py").write_text(f"def f():\n    import {imported}\n")


def test_an_empty_house_stands(house):
    assert "7 kept, 0 broken" in lint(house)


@pytest.mark.parametrize(("floor", "imported", "contract"), PLANTED)
def test_a_planted_import_is_caught(house, floor, imported, contract):
    plant(house, floor, imported)
    assert f"{contract} BROKEN" in lint(house)


@pytest.mark.parametrize("imported", ["torch", "rlcheck.worlds", "numpy"])
def test_the_mathematics_stands_alone(house, imported):
    (house / "derivations" / "ppo.py").write_text(f"def f():\n    import {imported}\n")
    assert "The mathematics imports neither torch nor rlcheck BROKEN" in lint(house)


def test_what_is_allowed_passes(house):
    for floor, imported in ALLOWED:
        with (house / "rlcheck" / floor / "inside.py").open("a") as file:
            file.write(f"def f_{imported.replace('.', '_')}():\n    import {imported}\n")
    assert "7 kept, 0 broken" in lint(house)


def test_a_package_without_a_floor_is_refused(house):
    (house / "rlcheck" / "utils").mkdir()
    (house / "rlcheck" / "utils" / "__init__.py").touch()
    assert "Imports go down only BROKEN" in lint(house)

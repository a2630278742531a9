"""Outside libraries and programs: an absent one is skipped, unless `RLCHECK_REQUIRE` demands it.

`RLCHECK_REQUIRE=sb3,sb3-contrib,torchrl,tianshou,docs` is what CI sets, so that nothing is skipped
there unseen; `browser` stands for Playwright and Chromium together, `docs` for what builds the
site.
"""

import importlib
import os
import shutil
from types import ModuleType
from typing import NoReturn

import pytest

MODULES = {
    "sb3": "stable_baselines3",
    "sb3-contrib": "sb3_contrib",
    "torchrl": "torchrl",
    "tianshou": "tianshou",
    "numba": "numba",
    "playwright": "playwright",
    "quickjs": "quickjs",
    "griffe": "griffe",
    "mkdocs": "mkdocs",
}
PROGRAMS = {"chromium": ("chromium", "chromium-browser", "google-chrome")}
GROUPS = {"browser": ("playwright", "chromium"), "docs": ("quickjs", "griffe", "mkdocs")}


def require(name: str) -> ModuleType:
    """The library of that extra; skips the test where it is absent, or fails where it is due."""
    try:
        return importlib.import_module(MODULES[name])
    except ModuleNotFoundError as problem:
        if problem.name != MODULES[name]:
            raise
        _missing(name, MODULES[name])


def require_program(name: str) -> str:
    """The path of that program; skips the test where it is absent, or fails where it is due."""
    found = [path for path in map(shutil.which, PROGRAMS[name]) if path is not None]
    return found[0] if found else _missing(name, " or ".join(PROGRAMS[name]))


def _missing(name: str, what: str) -> NoReturn:
    named = os.environ.get("RLCHECK_REQUIRE", "").replace(" ", "").split(",")
    if due := [word for word in named if word == name or name in GROUPS.get(word, ())]:
        pytest.fail(f"RLCHECK_REQUIRE names {due[0]}, and {what} is not installed")
    pytest.skip(f"{what} is not installed")

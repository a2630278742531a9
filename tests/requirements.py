"""Outside libraries: an absent one is skipped, unless `RLCHECK_REQUIRE` says that it is due.

`RLCHECK_REQUIRE=sb3,torchrl,tianshou` is what CI sets, so that nothing is skipped there unseen.
"""

import importlib
import os
from types import ModuleType

import pytest

MODULES = {
    "sb3": "stable_baselines3",
    "torchrl": "torchrl",
    "tianshou": "tianshou",
    "numba": "numba",
}


def require(name: str) -> ModuleType:
    """The library of that extra; skips the test where it is absent, or fails where it is due."""
    try:
        return importlib.import_module(MODULES[name])
    except ModuleNotFoundError as problem:
        if problem.name != MODULES[name]:
            raise
        if name in os.environ.get("RLCHECK_REQUIRE", "").replace(" ", "").split(","):
            pytest.fail(f"RLCHECK_REQUIRE names {name}, and {MODULES[name]} is not installed")
        pytest.skip(f"{MODULES[name]} is not installed")

"""`st.from_type` finds the strategies by itself, and `import hypothesis` pays nothing for it."""

import importlib
import subprocess
import sys
import types
from importlib import metadata

import pytest
from hypothesis import strategies as st

import _rlcheck_hypothesis
import rlcheck
from rlcheck import strategies, worlds
from tests.unit.strategies.reach import simplest

TYPES = [rlcheck.TabularMDP, rlcheck.LinearGaussianMDP, rlcheck.Rollout]
RESOLVE = (
    "import rlcheck\n"
    "from hypothesis import strategies as st\n"
    "for t in (rlcheck.TabularMDP, rlcheck.LinearGaussianMDP, rlcheck.Rollout):\n"
    "    assert repr(st.from_type(t)) == repr(WANTED[t.__name__]), st.from_type(t)\n"
    "print('resolved')"
)
WANTED = (
    "from rlcheck import strategies as s\n"
    "WANTED = {'TabularMDP': s.tabular_mdps(), 'Rollout': s.rollouts(),"
    " 'LinearGaussianMDP': s.linear_gaussian_mdps()}\n"
)


def run(code):
    """What a fresh interpreter prints."""
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def test_the_entry_point_is_installed_and_is_the_hook():
    found = [
        entry for entry in metadata.entry_points(group="hypothesis") if entry.name == "rlcheck"
    ]
    assert {entry.load() for entry in found} == {_rlcheck_hypothesis.register}
    assert "Framework :: Hypothesis" in metadata.metadata("rlcheck").get_all("Classifier")


@pytest.mark.parametrize("thing", TYPES, ids=lambda thing: thing.__name__)
def test_a_type_is_drawn_by_its_strategy(thing):
    assert type(simplest(st.from_type(thing))) is thing


def test_every_type_and_strategy_of_the_table_exists():
    assert set(_rlcheck_hypothesis.STRATEGIES) == {thing.__name__ for thing in TYPES}
    for thing, strategy in _rlcheck_hypothesis.STRATEGIES.items():
        assert getattr(worlds, thing) in TYPES
        assert callable(getattr(strategies, strategy))


@pytest.mark.parametrize(
    "first",
    ["import hypothesis", pytest.param("import rlcheck.worlds", marks=pytest.mark.thorough)],
)
def test_either_import_may_come_first(first):
    assert run(f"{first}\n{WANTED}{RESOLVE}") == "resolved"


def test_the_comparison_fails_where_nothing_is_registered():
    silenced = f"import os; os.environ['HYPOTHESIS_NO_PLUGINS'] = '1'\n{WANTED}{RESOLVE}"
    with pytest.raises(AssertionError):
        run(silenced)


def test_importing_hypothesis_loads_the_hook_and_nothing_heavy():
    heavy = ("torch", "numpy", "rlcheck", "rlcheck.worlds", "rlcheck.strategies")
    report = f"print(*[name for name in {heavy!r} if name in sys.modules])"
    hook = "assert '_rlcheck_hypothesis' in sys.modules"
    assert run(f"import sys, hypothesis\n{hook}\n{report}") == ""
    assert run(f"import sys, hypothesis, rlcheck\n{report}") == "rlcheck"
    assert run(f"import sys, hypothesis, numpy\n{report}") == "numpy"  # the report can tell


def test_importing_worlds_loads_no_hypothesis():
    assert run("import sys, rlcheck.worlds; print('hypothesis' in sys.modules)") == "False"


@pytest.mark.parametrize("loaded", [None, types.ModuleType("rlcheck.worlds")], ids=["not", "half"])
def test_before_the_types_exist_the_hook_does_nothing(monkeypatch, loaded):
    calls = []
    monkeypatch.setattr(st, "register_type_strategy", lambda *call: calls.append(call))
    with monkeypatch.context() as patch:
        if loaded is None:
            patch.delitem(sys.modules, "rlcheck.worlds")
        else:
            patch.setitem(sys.modules, "rlcheck.worlds", loaded)
        _rlcheck_hypothesis.register()
    assert calls == []
    _rlcheck_hypothesis.register()
    assert [thing for thing, _ in calls] == TYPES


def test_the_submodule_is_fetched_when_it_is_used():
    assert rlcheck.strategies is importlib.import_module("rlcheck.strategies")
    assert run("import sys, rlcheck; print('hypothesis' in sys.modules)") == "False"

import importlib.util
import subprocess
import sys

import pytest

from rlcheck.adapters import ADAPTERS, adapter, from_live, is_live
from rlcheck.adapters.entry import AdapterEntry
from rlcheck.errors import InvalidArgument
from rlcheck.subjects.binding import bind
from tests.unit.adapters.batches import require_library


def test_the_table_imports_neither_torch_nor_a_library() -> None:
    code = (
        "import sys, rlcheck.adapters as a; a.adapter('torchrl:gae');"
        "print([m for m in ('torch', 'numpy', 'stable_baselines3', 'torchrl', 'tianshou')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", ADAPTERS)
def test_every_row_loads_a_callable_that_speaks_the_vocabulary(name: str) -> None:
    require_library(name)
    bound = bind(ADAPTERS[name].load())
    assert bound
    assert all(parameter == word for parameter, word in bound.items())


@pytest.mark.parametrize("name", ADAPTERS)
def test_a_setting_is_either_asked_for_or_fixed(name: str) -> None:
    require_library(name)
    assert not set(ADAPTERS[name].settings) & set(bind(ADAPTERS[name].load()).values())


def test_an_unknown_name_is_refused_with_the_list() -> None:
    with pytest.raises(InvalidArgument, match="stable-baselines3:ppo"):
        adapter("stable-baselines3:trpo")


def test_an_absent_library_names_the_line_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InvalidArgument, match=r"pip install 'rlcheck\[sb3\]'"):
        ADAPTERS["stable-baselines3:ppo"].load()


def test_an_object_of_no_library_is_refused() -> None:
    assert not is_live(object())
    with pytest.raises(InvalidArgument, match="no adapter knows this class"):
        from_live(object())


def test_the_library_is_the_name_before_the_colon() -> None:
    entry = AdapterEntry(name="torchrl:x", target="math:sqrt", claim="gae", kind="estimator")
    assert entry.library == "torchrl"
    assert entry.flags_as_bool

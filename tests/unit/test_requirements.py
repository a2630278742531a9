import pytest

from tests import requirements


@pytest.fixture
def absent(monkeypatch):
    monkeypatch.setitem(requirements.MODULES, "sb3", "a_library_that_nobody_has")


def test_a_present_library_is_given(monkeypatch):
    monkeypatch.setitem(requirements.MODULES, "sb3", "numpy")
    assert requirements.require("sb3").__name__ == "numpy"


@pytest.mark.usefixtures("absent")
def test_an_absent_library_skips(monkeypatch):
    monkeypatch.delenv("RLCHECK_REQUIRE", raising=False)
    with pytest.raises(pytest.skip.Exception, match="not installed"):
        requirements.require("sb3")


@pytest.mark.usefixtures("absent")
def test_an_absent_library_that_is_due_fails(monkeypatch):
    monkeypatch.setenv("RLCHECK_REQUIRE", "torchrl, sb3")
    with pytest.raises(pytest.fail.Exception, match="RLCHECK_REQUIRE names sb3"):
        requirements.require("sb3")

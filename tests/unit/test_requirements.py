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


def test_a_group_demands_its_members(monkeypatch):
    monkeypatch.setitem(requirements.MODULES, "playwright", "a_library_that_nobody_has")
    monkeypatch.setenv("RLCHECK_REQUIRE", "browser")
    with pytest.raises(pytest.fail.Exception, match="RLCHECK_REQUIRE names browser"):
        requirements.require("playwright")


def test_a_program_is_found_by_any_of_its_names(monkeypatch):
    monkeypatch.setitem(requirements.PROGRAMS, "chromium", ("a_program_that_nobody_has", "sh"))
    assert requirements.require_program("chromium").endswith("sh")


@pytest.mark.parametrize(
    ("due", "raised"), [("", pytest.skip.Exception), ("chromium", pytest.fail.Exception)]
)
def test_an_absent_program_skips_or_fails(monkeypatch, due, raised):
    monkeypatch.setitem(requirements.PROGRAMS, "chromium", ("a_program_that_nobody_has",))
    monkeypatch.setenv("RLCHECK_REQUIRE", due)
    with pytest.raises(raised, match="a_program_that_nobody_has is not installed"):
        requirements.require_program("chromium")

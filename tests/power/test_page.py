"""The page names every fault and every property that there is; its figures are of its own run."""

from rlcheck.claims.properties import PROPERTIES
from tests.docs.page import ROOT
from tests.power.cases import CASES

PAGE = (ROOT / "docs" / "power.md").read_text(encoding="utf-8")


def test_nothing_is_missing_on_the_page() -> None:
    rows = {line.split("`")[1] for line in PAGE.splitlines() if line.startswith("| `")}
    assert rows == {case.id for case in CASES} | {prop.id for prop in PROPERTIES}


def test_every_fault_is_caught_on_it() -> None:
    assert f"| of {len(CASES)} planted faults | |" in PAGE
    assert f"| caught | {len(CASES)} |" in PAGE
    assert "| nothing |" not in PAGE

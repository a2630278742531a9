"""Every promise names the page that derives it, and every page the rows that it covers."""

import tomllib
from pathlib import Path

import pytest

from rlcheck.claims import CLAIMS
from rlcheck.claims.pages import PAGES
from rlcheck.claims.properties import PROPERTIES

INVENTORY = Path(__file__).parents[3] / "derivations" / "inventory.toml"
CHAPTERS = {
    "policy-gradient", "baselines", "values", "advantages", "importance-sampling", "surrogates",
    "trust-region", "ppo", "q-learning",
}  # fmt: skip


def test_every_promise_has_its_page():
    named = {claim.derivation for claim in CLAIMS} | {p.derivation for p in PROPERTIES} - {None}
    assert named == set(PAGES)


def test_pages_lie_in_chapters():
    assert {page.partition("/")[0] for page in PAGES} <= CHAPTERS


@pytest.mark.parametrize("page", PAGES)
def test_every_page_covers_rows_of_the_inventory(page):
    rows = tomllib.loads(INVENTORY.read_text(encoding="utf-8"))
    assert PAGES[page].rows
    assert set(PAGES[page].rows) <= set(rows)

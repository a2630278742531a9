"""The built site in a real browser, opened from the disk as a reader without a network would."""

import os
from pathlib import Path

import pytest

from tests.requirements import require, require_program
from tests.site.looking import broken_links, leaves_the_machine, look

PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def tab():
    """A tab of the width of a telephone."""
    require("playwright")
    program = require_program("chromium")
    from playwright.sync_api import sync_playwright

    # Chromium's sandbox does not start for root, as in a container.
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=program, args=flags)
        tab = browser.new_context(viewport=PHONE).new_page()
        # A machine under load takes long to index 200 pages; nothing here is about speed.
        tab.set_default_timeout(180_000)
        yield tab
        browser.close()


@pytest.fixture(scope="module")
def site():
    """The folder of the site, built now."""
    for library in ("quickjs", "griffe", "mkdocs"):
        require(library)
    from rlcheck.site.build import build

    return build()


@pytest.fixture(scope="module")
def seen(tab, site):
    """What the browser sees of every page; 404.html is for servers, whose root it names."""
    files = (file for file in sorted(site.rglob("*.html")) if file.name != "404.html")
    return {file: look(tab, file) for file in files}


@pytest.mark.thorough
def test_no_request_leaves_the_machine(seen):
    assert len(seen) > 100
    asked = [address for page in seen.values() for address in page.asked]
    assert asked
    assert [address for address in asked if leaves_the_machine(address)] == []


@pytest.mark.thorough
def test_no_page_complains(seen):
    assert {file.name: page.said for file, page in seen.items() if page.said} == {}


@pytest.mark.thorough
def test_every_formula_has_size(seen):
    assert sum(page.formulas for page in seen.values()) > 500
    assert {file.name: page.empty for file, page in seen.items() if page.empty} == {}


@pytest.mark.thorough
def test_no_page_scrolls_sideways_on_a_telephone(seen):
    wide = {file.name: page.too_wide for file, page in seen.items() if page.too_wide > 0}
    assert wide == {}


@pytest.mark.thorough
def test_every_link_and_anchor_resolves(seen):
    assert sum(len(page.links) for page in seen.values()) > 1000
    assert broken_links(seen) == []


@pytest.mark.thorough
def test_search_finds_importance(tab, site):
    tab.goto((site / "index.html").as_uri())
    tab.click("label[for=__search]")
    # Key by key: the theme listens to keys, and not to a value that is set.
    tab.locator("input.md-search__input").press_sequentially("importance")
    tab.wait_for_selector(".md-search-result__item")
    found = tab.locator(".md-search-result__item").all_inner_texts()
    assert any("Importance sampling" in text for text in found)


@pytest.mark.thorough
def test_without_scripts_formulas_are_there_all_the_same(tab, site):
    context = tab.context.browser.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    page.goto((site / "derivations" / "advantages" / "gae.html").as_uri())
    assert page.locator(".katex-html").first.bounding_box()["width"] > 0
    context.close()


PLANTED = {
    "request": '<img src="http://127.0.0.1:9/x.png">',
    "script": "<script>throw new Error('planted')</script>",
    "formula": '<span class="katex-html" style="display: inline-block; width: 0"></span>',
    "width": '<div style="width: 900px">wide</div>',
    "link": '<a href="nowhere.html">gone</a>',
    "anchor": '<a href="#nowhere">gone</a>',
}


def faults(tab, file: Path) -> set[str]:
    page = look(tab, file)
    broken = broken_links({file: page})
    return {
        name
        for name, is_there in {
            "request": any(map(leaves_the_machine, page.asked)),
            "script": any("planted" in text for text in page.said),
            "formula": page.empty > 0,
            "width": page.too_wide > 0,
            "link": any("nowhere.html" in link for link in broken),
            "anchor": any("#nowhere" in link for link in broken),
        }.items()
        if is_there
    }


@pytest.mark.parametrize("fault", [None, *PLANTED])
def test_every_planted_fault_is_seen_and_no_other(tab, tmp_path, fault):
    file = tmp_path / "page.html"
    head = (
        '<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    )
    file.write_text(f'{head}<h1 id="a"><a href="#a">x</a></h1>{PLANTED.get(fault, "")}')
    assert faults(tab, file) == ({fault} if fault else set())

"""The page in a real browser: nothing is fetched, nothing sticks out, no label covers another."""

import os
from itertools import combinations

import pytest

from rlcheck.reports.html import to_html
from tests.requirements import require, require_program
from tests.snapshots.verdicts import ALL

_TEXTS = """
[...document.querySelectorAll('figure > svg')].map(svg => [...svg.querySelectorAll('text')].map(
    text => { const b = text.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; }))
"""


@pytest.fixture(scope="module")
def browser():
    require("playwright")
    program = require_program("chromium")
    from playwright.sync_api import sync_playwright

    # Chromium's sandbox does not start for root, as in a container.
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as tools:
        started = tools.chromium.launch(executable_path=program, args=flags)
        yield started
        started.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text(to_html(list(ALL.values())), encoding="utf-8")
    return file.as_uri()


@pytest.fixture(params=["light", "dark"])
def scheme(request):
    return request.param


@pytest.fixture(params=[390, 1200])
def width(request):
    return request.param


@pytest.fixture
def opened(browser, address, scheme, width):
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 844})
    page = context.new_page()
    page.asked, page.said = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.goto(address)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    yield page
    context.close()


def test_nothing_is_fetched_and_nothing_complains(opened, address):
    assert opened.asked == [address]
    assert opened.said == []


def test_the_page_does_not_scroll_sideways(opened, width):
    assert opened.evaluate("document.documentElement.scrollWidth") <= width


def test_no_label_of_a_figure_covers_another(opened):
    figures = opened.evaluate(_TEXTS)
    assert len(figures) >= 3
    for texts in figures:
        for (left, top, right, bottom), (
            other_left,
            other_top,
            other_right,
            other_bottom,
        ) in combinations(texts, 2):
            overlap = min(right, other_right) - max(left, other_left)
            overlap_down = min(bottom, other_bottom) - max(top, other_top)
            # Line boxes are taller than their letters, by about a fifth on either side.
            assert overlap <= 0 or overlap_down <= 0.4 * (bottom - top)


def test_the_ground_is_the_mode_that_was_asked_for(opened, scheme):
    colour = opened.evaluate("getComputedStyle(document.body).backgroundColor")
    assert colour == {"light": "rgb(255, 255, 255)", "dark": "rgb(15, 20, 25)"}[scheme]

import re
from dataclasses import replace

import pytest

from rlcheck.reports.html import style, to_html
from rlcheck.reports.html.page import thread_address
from rlcheck.verdict import Coverage, Finding, Outcome, PropertyResult, Suspect, Verdict
from tests.snapshots.verdicts import ALL, BIASED, RAISED
from tests.unit.reports.html.parsing import Page

HOSTILE = """<script>alert("1")</script>' onload='x' & {{ 7 * 6 }}"""
PAGES = {**{name: [verdict] for name, verdict in ALL.items()}, "all": list(ALL.values()), "no": []}


@pytest.fixture(params=PAGES)
def page(request):
    return Page(to_html(PAGES[request.param]))


def test_every_label_points_at_an_element_and_every_id_is_one(page):
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    named = [name for _, a in page.elements for name in a.get("aria-labelledby", "").split()]
    named += [a["href"][1:] for a in page.all("a") if a["href"].startswith("#")]
    assert set(named) <= set(ids)


def test_nothing_is_asked_of_anybody(page):
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "base", "use", "image"}
    for tag, attributes in page.elements:
        assert not {"src", "srcset", "style", "background", "xlink:href"} & set(attributes)
        assert not any(name.startswith("on") for name in attributes)
        if "href" in attributes:
            assert tag == "a"


def test_the_style_sheet_asks_nobody_either():
    sheet = re.search(r"<style>(.*?)</style>", to_html([BIASED]), re.DOTALL)[1]
    assert "url(" not in sheet
    assert "@import" not in sheet
    assert "http" not in sheet


def test_cells_have_headings_and_pictures_have_words(page):
    assert all("scope" in attributes for attributes in page.all("th"))
    for attributes in page.all("svg"):
        if attributes.get("aria-hidden") != "true":
            assert attributes["role"] == "img"
            assert len(attributes["aria-labelledby"].split()) == 2


@pytest.mark.parametrize("name", ALL)
def test_a_verdict_is_told(name):
    verdict = ALL[name]
    text = Page(to_html([verdict])).text
    for told in (str(verdict.outcome), verdict.subject, verdict.claim, verdict.error or ""):
        assert told in text
    for result in verdict.properties:
        assert result.id in text
        assert result.sentence in text
        assert result.status in text


def test_a_failing_verdict_has_its_evidence_first():
    page = Page(to_html([BIASED]))
    order = [
        "Worst coordinate", "Where the bias sits", "Smallest world", "Steps in the clip plane",
        "Suspects", "Replay", "What fails", "Other properties", "Coverage", "How it was judged",
        "Notes", "It printed",
    ]  # fmt: skip
    places = [page.text.index(heading) for heading in order]
    assert places == sorted(places)


def test_the_replay_line_is_whole():
    line = f"rlcheck verify my_ppo.py:loss --claim ppo-clip --replay {BIASED.finding.replay}"
    assert f"<code>{line}</code>" in to_html([BIASED])


def test_threads_are_links_and_nothing_else_is():
    threads = ("pytorch/rl#1920", "https://example.org/1", "javascript:alert(1)", "see elsewhere")
    page = Page(to_html([replace(BIASED, suspects=(Suspect(id="x", threads=threads),))]))
    assert [a["href"] for a in page.all("a")] == [
        "https://github.com/pytorch/rl/issues/1920", "https://example.org/1",
    ]  # fmt: skip
    assert all(thread in page.text for thread in threads)


@pytest.mark.parametrize("thread", ["", "a/b#1\nx", "a#1", "data:text/html,x", "//host/a#1"])
def test_other_texts_are_no_address(thread):
    assert thread_address(thread) == ""


def test_many_verdicts_have_an_index():
    page = Page(to_html(list(ALL.values())))
    links = [a["href"] for a in page.all("a") if a["href"].startswith("#")]
    assert links == [f"#verdict-{k}" for k in range(1, len(ALL) + 1)]
    # What is right is folded away.
    folded = ["open" not in a for a in page.of_class("verdict")]
    good = (Outcome.CONSISTENT, Outcome.CONVENTION)
    assert folded == [verdict.outcome in good for verdict in ALL.values()]


def test_one_verdict_has_no_index_and_is_open():
    page = Page(to_html([ALL["consistent"]]))
    assert page.all("a") == []
    assert ["open" in a for a in page.of_class("verdict")] == [True]


def test_what_a_subject_says_is_text_and_never_markup():
    hostile = Verdict(
        subject=HOSTILE, claim=HOSTILE, outcome=Outcome.BIASED,
        properties=tuple(
            PropertyResult(id=HOSTILE, sentence=HOSTILE, status=status, reason=HOSTILE)
            for status in ("failed", "passed", "skipped")
        ),
        conventions=(HOSTILE,),
        suspects=(
            Suspect(id=HOSTILE, kind=HOSTILE, sentence=HOSTILE, conventions=(HOSTILE,),
                    threads=(HOSTILE, f"https://example.org/{HOSTILE}")),
        ),
        finding=Finding(
            property=HOSTILE, coordinate=HOSTILE, where=((0, 0, 0, 1.0),),
            world={HOSTILE: HOSTILE}, replay=HOSTILE,
        ),
        coverage=Coverage(regions={HOSTILE: 1}, boundaries={HOSTILE: 1}, left_out=(HOSTILE,)),
        routes=(HOSTILE,), grade=HOSTILE, assumed={HOSTILE: HOSTILE}, not_tried=((HOSTILE,) * 2,),
        notes=(HOSTILE,), printed=HOSTILE, again=HOSTILE, placebo={HOSTILE: HOSTILE},
    )  # fmt: skip
    for verdicts in ([hostile], [hostile, replace(RAISED, error=HOSTILE)]):
        source = to_html(verdicts)
        page = Page(source)
        assert "<script" not in source
        assert not any(name.startswith("on") for _, a in page.elements for name in a)
        assert page.text.count(HOSTILE) > 20


def _luminance(colour):
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_computed_as_wcag_says():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") < 4.5 < contrast("#767676", "#ffffff")


@pytest.mark.parametrize("palette", [style.LIGHT, style.DARK], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("pairs", "least"), [(style.READ_ON, 4.5), (style.SEEN_ON, 3.0)], ids=["text", "marks"]
)
def test_contrast_is_enough(palette, pairs, least):
    found = {(ink, on): contrast(palette[ink], palette[on]) for ink, on in pairs}
    assert {pair: value for pair, value in found.items() if value < least} == {}


def test_every_colour_is_defined_in_both_modes():
    used = set(re.findall(r"var\(--([a-z0-9-]+)\)", to_html([BIASED])))
    assert used <= set(style.LIGHT)
    assert set(style.LIGHT) == set(style.DARK)

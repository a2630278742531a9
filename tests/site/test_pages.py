"""The generated pages say what the objects say, and every row of the inventory has a page."""

import re
from dataclasses import replace
from fractions import Fraction

import pytest
from sympy import Basic

from tests.requirements import require

require("quickjs")

from derivations.errata import ERRATA  # noqa: E402 - needs the docs extra, which may be absent
from derivations.inventory import inventory  # noqa: E402
from derivations.language.label import Label  # noqa: E402
from derivations.language.node import Node  # noqa: E402
from rlcheck import estimators  # noqa: E402
from rlcheck.bridge.catalogue import BRIDGES  # noqa: E402
from rlcheck.bridge.figures import figures  # noqa: E402
from rlcheck.claims import CLAIMS  # noqa: E402
from rlcheck.claims.pages import PAGES  # noqa: E402
from rlcheck.claims.properties import PROPERTIES  # noqa: E402
from rlcheck.site import chapter_words, glossary, held, matching  # noqa: E402
from rlcheck.site.catalogue_pages import claims_page, reason_anchor, reasons_page  # noqa: E402
from rlcheck.site.chapter_pages import chapter_page, derivations_page  # noqa: E402
from rlcheck.site.dependencies import graph, positions  # noqa: E402
from rlcheck.site.errata_pages import errata_index, erratum_page  # noqa: E402
from rlcheck.site.glossary import glossary_page  # noqa: E402
from rlcheck.site.inventory_page import inventory_page, pages_of  # noqa: E402
from rlcheck.site.links import address  # noqa: E402
from rlcheck.site.navigation import navigation  # noqa: E402
from rlcheck.site.pages import Page  # noqa: E402
from rlcheck.site.prose import sentence  # noqa: E402
from rlcheck.site.result_page import aligned, pages_of_results, result_page  # noqa: E402
from rlcheck.site.results import erratum_path, parts  # noqa: E402
from rlcheck.site.statements import assumptions  # noqa: E402


@pytest.fixture(scope="module")
def pages(scribe):
    return {page.path: page for page in pages_of_results(scribe, {}, {})}


def test_every_row_of_the_inventory_has_a_page_or_says_what_is_open(scribe, pages):
    text = inventory_page(scribe).text
    errata = {erratum_path(erratum.name) for erratum in ERRATA}
    for name, row in inventory().items():
        assert f'id="{name}"' in text
        assert all(path in pages or path in errata for path in pages_of(row, scribe))
        assert pages_of(row, scribe) or row.build or row.open, name


def test_every_line_is_a_step_with_an_id_a_reason_and_its_label(scribe, pages):
    for entry in scribe.results.entries.values():
        text = pages[entry.path].text
        ids = re.findall(r'class="rl-step" id="([^"]+)"', text)
        assert len(ids) == len(set(ids)) == len(entry.checked.lines)
        for part in parts(entry.result):
            for line in part.lines:
                assert scribe.words(dict(line.words)) in text
        general = sum(line.label is Label.GENERAL for line in entry.checked.lines)
        assert text.count("✓ in general</span>") == general


def test_the_label_at_the_top_is_computed(scribe):
    entry = scribe.results.entries["gae"]
    weaker = replace(entry.checked.lines[0], label=Label.SIZES)
    checked = replace(entry.checked, lines=(weaker, *entry.checked.lines[1:]))
    top = result_page(scribe, replace(entry, checked=checked)).text.split("rl-chain")[0]
    assert Label.SIZES in top
    assert Label.GENERAL in result_page(scribe, entry).text.split("rl-chain")[0]


def test_a_page_shows_what_it_uses_and_who_uses_it(scribe, pages):
    used = pages["derivations/trajectories/log-derivative-trick.md"].text
    user = pages["derivations/trajectories/likelihood-ratio-gradient.md"].text
    assert 'href="log-derivative-trick.html"' in user
    assert "rl-peek" in user
    assert 'href="likelihood-ratio-gradient.html"' in used.split("## Used by")[1]


def test_a_page_names_the_command_that_checks_it_again(pages):
    page = pages["derivations/advantages/gae.md"].text
    assert "python -m derivations gae\n" in page


def test_the_latex_of_a_derivation_has_every_line(scribe):
    for entry in scribe.results.entries.values():
        for part in parts(entry.result):
            assert aligned(part).count("&") >= len(part.lines)


def test_assumptions_stand_at_the_top(scribe, pages):
    entry = scribe.results.entries["off-policy-gradient"]
    [words] = assumptions(entry.result).values()
    assert scribe.words(dict(words)) in pages[entry.path].text.split("rl-chain")[0]


def test_what_was_held_against_the_code_is_shown_where_it_is_given(scribe):
    entry = scribe.results.entries["importance-sampling"]
    found = list(figures(["importance-sampling"], cases=2, draws=400))
    text = result_page(scribe, entry, held=found).text
    assert "Held against" not in result_page(scribe, entry).text
    assert "in 2 random worlds" in text
    assert "python -m rlcheck.bridge importance-sampling\n" in text
    for compared in found[0].held:
        assert f"<td>{compared.error:.1g}</td>" in text
    [estimated] = found[0].estimated
    assert f"<td>400</td><td>{estimated.deviation.errors:.2f}</td>" in text
    drawn = text.count("<circle") - text.count('class="rl-key"')
    assert drawn == 2 * len(found[0].held) + 1


def test_a_bridge_that_fails_leaves_no_site(tmp_path, monkeypatch):
    right = estimators.gae
    monkeypatch.setattr(estimators, "gae", lambda *args: right(*args[:-1], 1.0))
    only = lambda **counts: figures(["gae"], **counts)  # noqa: E731 - a stand-in of one line
    monkeypatch.setattr(held, "figures", only)
    with pytest.raises(held.CodeDisagrees, match="gae"):
        held.measured(tmp_path, cases=2, draws=10)


def test_what_was_measured_is_kept_until_a_file_changes(tmp_path, monkeypatch):
    asked = []

    def counted(**counts):
        asked.append(counts)
        return figures(["gae", "importance-sampling"], **counts)

    monkeypatch.setattr(held, "figures", counted)
    file = tmp_path / "rlcheck" / "some.py"
    file.parent.mkdir()
    file.write_text("1", encoding="utf-8")
    first = held.measured(tmp_path, cases=2, draws=50)
    assert held.measured(tmp_path, cases=2, draws=50) == first
    assert len(asked) == 1
    file.write_text("2", encoding="utf-8")
    assert held.measured(tmp_path, cases=2, draws=50) == first
    assert len(asked) == 2


def test_an_erratum_shows_its_counterexample_in_exact_numbers(scribe):
    refuted = scribe.results.errata["discount-without-its-first-factor"]
    text = erratum_page(scribe, refuted).text
    for side in refuted.found.printed:
        value = Fraction(side)
        wanted = rf"\tfrac{{{value.numerator}}}{{{value.denominator}}}"
        assert (wanted if value.denominator > 1 else str(value)) in text
    assert "9.3 %" in text
    assert "Jacobian" in text


def test_an_erratum_says_by_how_much_the_gradient_is_wrong_or_that_none_is(scribe, chinese):
    for name, refuted in scribe.results.errata.items():
        for writer in (scribe, chinese):
            text = erratum_page(writer, refuted).text
            practice = text.split(f"## {writer.edition['practice']}")[1]
            if refuted.errors:
                assert practice.count(" %</td>") == len(refuted.errors), name
            else:
                assert writer.words(refuted.erratum.unaltered) in practice


def test_every_erratum_has_a_page_and_a_card(scribe):
    index = errata_index(scribe).text
    for erratum in ERRATA:
        assert f"{erratum.name}.html" in index
        text = erratum_page(scribe, scribe.results.errata[erratum.name]).text
        assert text.count("<li>") >= len(scribe.results.errata[erratum.name].found.numbers)


def test_chapters_list_every_result(scribe):
    listed = derivations_page(scribe).text
    for chapter in scribe.results.chapters:
        text = chapter_page(scribe, chapter).text
        for entry in scribe.results.of_chapter(chapter):
            assert f'id="{entry.result.name}"' in text
            assert f"{entry.result.name}.html" in listed


def test_the_chinese_edition_has_the_same_pages_in_its_own_words(scribe, chinese, pages):
    others = pages_of_results(chinese, {}, {})
    assert [page.path for page in others] == [f"zh/{path}" for path in pages]
    for page in others:
        assert not page.title.isascii() or page.title.isupper(), page.path
    assert set(scribe.edition.phrases) == set(chinese.edition.phrases)


def test_the_glossary_explains_every_kind_of_object_that_is_used(scribe):
    known = set(glossary.kinds())
    used = {type(node) for node in _nodes(scribe)}
    assert used <= known, used - known
    text = glossary_page(scribe).text
    assert text.count("<tr>") == sum(len(entries) for _, entries in glossary.ENTRIES)


def test_the_check_of_the_glossary_sees_a_gap(scribe, monkeypatch):
    monkeypatch.setattr(glossary, "ENTRIES", glossary.ENTRIES[:-1])
    assert not {type(node) for node in _nodes(scribe)} <= set(glossary.kinds())


def _nodes(scribe):
    for entry in scribe.results.entries.values():
        for part in parts(entry.result):
            for side in (part.start, *(line.right for line in part.lines)):
                if isinstance(side, Basic):
                    yield from side.atoms(Node)


def test_the_graph_has_every_result_and_an_arc_for_every_use(scribe):
    drawn = graph(scribe, "dependencies.md")
    entries = scribe.results.entries
    assert drawn.count("<circle") == len(entries)
    assert drawn.count("<path") == sum(len(entry.uses) for entry in entries.values())
    heights = list(positions(scribe).values())
    assert heights == sorted(set(heights))


def test_every_result_shows_the_code_of_a_function_or_says_why_there_is_none(scribe, pages):
    for name, entry in scribe.results.entries.items():
        text, functions = pages[entry.path].text, matching.matching(name)
        reason = matching.without_code(name, "en")
        assert (reason is None) == bool(functions), name
        assert "## The same in code" in text
        assert all(f"<code>{dotted}</code>" in text for dotted in functions)
        assert text.count("```python") == len(functions)
        assert reason is None or sentence(reason) in text


def test_code_is_shown_without_its_docstring_and_what_is_verified_first():
    names = {name for bridge in BRIDGES for name in matching.matching(bridge.result.name)}
    assert len(names) > 30
    for dotted in names:
        code = matching.without_docstring(matching.find(dotted))
        assert code.startswith("def ")
        assert '"""' not in code
    assert matching.matching("reinforce")[0] == "rlcheck.losses.reinforce_full_return"


def test_every_chapter_has_a_title_and_an_opening_in_chinese(scribe, chinese):
    assert set(chapter_words.CHINESE) == set(scribe.results.chapters)
    for chapter in scribe.results.chapters:
        text = chapter_page(chinese, chapter).text
        title, opening = chapter_words.CHINESE[chapter]
        assert f"# {title}\n\n{opening}" in text
        assert not opening.isascii()


def test_every_claim_and_property_is_listed_with_its_reason(scribe):
    claims, reasons = claims_page().text, reasons_page(scribe).text
    assert all(f"{{ #{claim.id} }}" in claims for claim in CLAIMS)
    assert all(f"<code>{prop.id}</code>" in claims for prop in PROPERTIES)
    assert all(f"{{ #{reason_anchor(page_id)} }}" in reasons for page_id in PAGES)


@pytest.mark.parametrize(
    ("source", "target", "anchor", "wanted"),
    [
        ("a/b/c.md", "a/b/d.md", "", "d.html"),
        ("a/b/c.md", "x.md", "y", "../../x.html#y"),
        ("index.md", "zh/a.md", "", "zh/a.html"),
    ],
)
def test_links_are_relative(source, target, anchor, wanted):
    assert address(source, target, anchor) == wanted


def test_the_navigation_nests_sections_in_order():
    pages = [
        Page(path="index.md", title="Home", text=""),
        Page(path="a/index.md", title="A", text="", section=("Top",)),
        Page(path="a/ppo/x.md", title="X", text="", section=("Top", "ppo")),
        Page(path="hidden.md", title="H", text="", section=None),
        Page(path="b.md", title="B", text="", section=("Top",)),
    ]
    assert navigation(pages) == [
        {"Home": "index.md"},
        {"Top": ["a/index.md", {"PPO": [{"X": "a/ppo/x.md"}]}, {"B": "b.md"}]},
    ]

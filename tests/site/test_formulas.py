"""Formulas and prose: what KaTeX refuses fails with its place, and Markdown changes nothing."""

import html
import re

import pytest

from tests.requirements import require

require("quickjs")

import markdown  # noqa: E402 - it comes with the docs extra, which may be absent

from rlcheck.reports.plot.text import svg_text  # noqa: E402
from rlcheck.site.formulas import FormulaRefused, shielded  # noqa: E402
from rlcheck.site.prose import plain, sentence, with_formulas  # noqa: E402


def test_a_formula_becomes_html_that_needs_no_script(formulas):
    shown = formulas.inline(r"\nabla_\theta J", "here")
    assert "katex-html" in shown
    assert "<math" in shown
    assert "<script" not in shown


@pytest.mark.parametrize("tex", [r"\foo", r"\frac{1}", r"x^", r"\left( x"])
def test_a_refused_formula_names_its_place(formulas, tex):
    with pytest.raises(FormulaRefused, match=r"derivations/x\.md#eq-3"):
        formulas.display(tex, "derivations/x.md#eq-3")


def test_a_long_formula_comes_back_whole(formulas):
    tex = " + ".join(rf"\sum_{{k=0}}^{{{k}}} x_{{{k}}}" for k in range(400))
    shown = formulas.display(tex, "here")
    assert shown.endswith("</bdi>")
    assert shown.count("x_{399}") == 1  # the annotation, which is the formula's own text


def test_the_search_leaves_formulas_out(formulas):
    require("mkdocs")
    from material.plugins.search.plugin import Parser

    def indexed(page):
        parser = Parser()
        parser.feed(page)
        parser.close()
        return "".join("".join(section.text) for section in parser.data)

    shown = formulas.inline(r"\frac{\alpha}{\beta} + \sum_k x_k", "here")
    assert indexed(f"<p>before {shown} after</p>") == "<p>before  after</p>"
    assert "α" in indexed(f"<p>before {shown.replace('bdi', 'span')} after</p>")


def test_markdown_leaves_a_rendered_formula_alone(formulas):
    shown = formulas.inline(r"a_b * c_d * [x](y) \! `e` {f}", "here")
    text = re.sub(r"<[^>]*>", "", shown)
    through = markdown.markdown(f"before {shielded(shown)} after", extensions=["attr_list"])
    kept = re.sub(r"<[^>]*>", "", through)
    assert html.unescape(kept) == f"before {html.unescape(text)} after"
    assert "<em>" not in through


def test_unshielded_it_would_not_be_left_alone(formulas):
    shown = formulas.inline(r"\text{*b*}", "here")
    assert "<em>" in markdown.markdown(f"before {shown} after")


def test_dollars_outside_code_are_formulas(formulas):
    text = with_formulas("see $x_1$ and `$y$`\n\n```sh\necho $HOME $PATH\n```\n", formulas, "page")
    assert text.count("katex-html") == 1
    assert "`$y$`" in text
    assert "echo $HOME $PATH" in text


def test_a_refused_formula_in_a_page_names_the_page(formulas):
    with pytest.raises(FormulaRefused, match=r"docs/index\.md"):
        with_formulas(r"see $\foo$", formulas, "docs/index.md")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("given s_t and a_t", "given s<sub>t</sub> and a<sub>t</sub>"),
        ("Â_{t+1}", "Â<sub>t+1</sub>"),
        ("π_θ(a_t|s_t)", "π<sub>θ</sub>(a<sub>t</sub>|s<sub>t</sub>)"),
        ("L^PG", "L<sup>PG</sup>"),
        ("a < b & c", "a &lt; b &amp; c"),
        ("call `a_b^c`", "call <code>a_b^c</code>"),
    ],
)
def test_indices_are_lowered_and_exponents_raised(text, shown):
    assert sentence(text) == shown


def test_a_title_is_lowered_as_far_as_unicode_goes():
    assert plain("V_t and π_θ") == "Vₜ and π_θ"


def test_in_svg_the_next_letter_stands_on_the_line_again():
    drawn = svg_text("V_t < 1")
    assert re.findall(r'dy="(-?\d)"', drawn) == ["3", "-3"]
    assert "&lt;" in drawn

"""Pages that people wrote: formulas rendered, links mended, and a refused formula fails."""

from pathlib import Path

import pytest

from tests.requirements import require

require("quickjs")

from rlcheck.site.formulas import FormulaRefused  # noqa: E402 - needs the docs extra
from rlcheck.site.guides import from_root, guide_pages, inward, project_pages  # noqa: E402

ROOT = Path(__file__).parents[2]


def test_every_page_in_docs_is_on_the_site(formulas):
    written = {page.path for page in guide_pages(ROOT, formulas)}
    assert written == {file.name for file in (ROOT / "docs").glob("*.md")}


def test_a_new_page_in_docs_is_on_the_site_under_its_heading(formulas, tmp_path):
    docs = tmp_path / "docs"
    docs.mkdir()
    for file in (ROOT / "docs").glob("*.md"):
        (docs / file.name).write_text("# Old\n", encoding="utf-8")
    (docs / "new.md").write_text("# A new page\n\nText.\n", encoding="utf-8")
    titles = {page.path: page.title for page in guide_pages(tmp_path, formulas)}
    assert titles["new.md"] == "A new page"


def test_a_refused_formula_in_a_page_fails_the_build(formulas, tmp_path):
    docs = tmp_path / "docs"
    docs.mkdir()
    for file in (ROOT / "docs").glob("*.md"):
        (docs / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    (docs / "index.md").write_text(r"# Home $\nonsense$", encoding="utf-8")
    with pytest.raises(FormulaRefused, match=r"docs/index\.md"):
        guide_pages(tmp_path, formulas)


@pytest.mark.parametrize(
    ("link", "mended"),
    [
        ("[README](../README.md#a)", "[README](readme.md#a)"),
        ("[examples](../examples/x)", "examples (`examples/x` in the repository)"),
        ("[inside](strategies.md)", "[inside](strategies.md)"),
    ],
)
def test_links_that_leave_docs_are_mended(link, mended):
    assert inward(link) == mended


@pytest.mark.parametrize(
    ("link", "mended"),
    [
        ("[page](docs/strategies.md)", "[page](strategies.md)"),
        ("![picture](docs/images/x.svg)", "![picture](images/x.svg)"),
        ("[more](CONTRIBUTING.md)", "[more](contributing.md)"),
        ("[examples/x](examples/x)", "`examples/x`"),
        ("[out](https://example.org)", "[out](https://example.org)"),
    ],
)
def test_links_of_the_root_are_mended(link, mended):
    assert from_root(link) == mended


def test_readme_and_contributing_are_there():
    assert [page.path for page in project_pages(ROOT)] == ["readme.md", "contributing.md"]

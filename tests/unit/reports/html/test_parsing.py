import pytest

from tests.unit.reports.html.parsing import Page


@pytest.mark.parametrize("source", ["<p>", "<p><b></p></b>", "</p>", "<svg><path/></p></svg>"])
def test_a_page_that_is_not_well_formed_is_refused(source):
    with pytest.raises(AssertionError, match="clos"):
        Page(source)


def test_escaped_markup_is_text():
    page = Page("<p title='x'>&lt;b&gt;<br></p>")
    assert (page.text, page.all("p")) == ("<b>", [{"title": "x"}])

"""The pages that list: one for each chapter, and one of all chapters."""

from rlcheck.site.chain import Scribe
from rlcheck.site.chapter_words import chapter_opening, chapter_title
from rlcheck.site.links import address
from rlcheck.site.pages import Page
from rlcheck.site.result_page import label_of, other_edition
from rlcheck.site.results import Entry, slug
from rlcheck.site.statements import result_latex


def chapter_path(chapter: str) -> str:
    """The chapter's page, without the edition's folder."""
    return f"derivations/{slug(chapter)}/index.md"


def chapter_page(scribe: Scribe, chapter: str) -> Page:
    """A chapter: what each of its results says, and how far it reaches."""
    path = chapter_path(chapter)
    title = chapter_title(chapter, scribe.edition.language)
    entries = scribe.results.of_chapter(chapter)
    cards = "\n".join(_card(scribe, entry, path) for entry in entries)
    text = (
        f"# {title}\n\n{chapter_opening(chapter, scribe.edition.language)}\n\n"
        f'<p class="rl-head">{other_edition(scribe, path)}</p>\n\n{cards}\n'
    )
    return Page(
        path=scribe.path(path),
        title=title,
        text=text,
        section=(*scribe.edition.section, scribe.edition["derivations"], chapter),
    )


def _card(scribe: Scribe, entry: Entry, path: str) -> str:
    here = scribe.path(path)
    target = address(here, scribe.path(entry.path))
    title = scribe.words(entry.result.title)
    shown = scribe.formulas.display(result_latex(entry.result), f"{here}, {entry.result.name}")
    return (
        f'<section class="rl-card" id="{entry.result.name}">\n'
        f'<p class="rl-card-title"><a href="{target}">{title}</a></p>\n'
        f'<div class="rl-card-formula">{shown}</div>\n'
        f'<p class="rl-head">{label_of(scribe, entry)}</p>\n</section>\n'
    )


def derivations_page(scribe: Scribe) -> Page:
    """All chapters with their results."""
    path = "derivations/index.md"
    edition, results = scribe.edition, scribe.results
    here = scribe.path(path)
    sections = []
    for chapter in results.chapters:
        target = address(here, scribe.path(chapter_path(chapter)))
        items = "\n".join(
            f'<li><a href="{address(here, scribe.path(entry.path))}">'
            f"{scribe.words(entry.result.title)}</a></li>"
            for entry in results.of_chapter(chapter)
        )
        title = chapter_title(chapter, edition.language)
        sections.append(f'<h2><a href="{target}">{title}</a></h2>\n<ul>\n{items}\n</ul>\n')
    text = (
        f"# {edition['derivations']}\n\n{_OPENING[edition.language]}\n\n"
        f'<p class="rl-head">{other_edition(scribe, path)}</p>\n\n' + "\n".join(sections)
    )
    return Page(
        path=here,
        title=edition["derivations"],
        text=text,
        section=(*edition.section, edition["derivations"]),
    )


_OPENING = {
    "en": (
        "Every line of every derivation is an object that a machine accepted: both sides were "
        "evaluated exactly, on worlds in which every number is a symbol. Nothing here was typeset "
        "by hand, and no label was typed. `python -m derivations` checks all of it again in "
        "seconds."
    ),
    "zh": (
        "每个推导的每一行都是经机器检验的对象: 两边在每个数都是符号的世界上精确求值。"
        "公式与标签均由程序生成。运行 `python -m derivations` 可在数秒内重新检验全部内容。"
    ),
}

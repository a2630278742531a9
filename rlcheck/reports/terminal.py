"""A verdict for people: colour and tables on a terminal, plain lines elsewhere.

The report is a list of sections, each a heading and rich renderables. On a terminal they are
printed as they are; elsewhere the same sections are laid out without boxes, colour or wrapping,
so that a line of a CI log is a line of the report.
"""

import io
from collections.abc import Iterable, Iterator

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.text import Text

from rlcheck.reports import sections
from rlcheck.reports.phrases import because
from rlcheck.verdict import Outcome, Verdict

_UNWRAPPED = 10_000

_STYLES = {
    Outcome.CONSISTENT: "bold green",
    Outcome.CONVENTION: "bold cyan",
    Outcome.BIASED: "bold red",
    Outcome.INCONCLUSIVE: "bold yellow",
    Outcome.NOT_REPRODUCIBLE: "bold magenta",
}


def render(verdict: Verdict, console: Console) -> None:
    """Prints the report of one verdict.

    Args:
        verdict: what to print.
        console: where to; `console.is_terminal` decides between tables and plain lines.
    """
    if console.is_terminal:
        console.print(headline(verdict))
        for section in sections.of(verdict, boxed=True):
            console.print()
            console.print(Text(section.title, style="bold"))
            if section.copied:
                # A command that was broken into lines cannot be copied.
                console.print(section.body, soft_wrap=True)
            else:
                console.print(_indented(section))
        console.print()
        console.print(_took(verdict))
    else:
        console.print(plain_text(verdict), markup=False, highlight=False, soft_wrap=True)


def plain_text(verdict: Verdict) -> str:
    """The report as plain lines, for logs and for the message of a failed assertion."""
    return _printed([headline(verdict), *_plain_sections(verdict), Text(""), _took(verdict)])


def plain_sections(verdict: Verdict) -> str:
    """The sections of the report alone, as plain lines: what one failed property has to say."""
    return _printed(_plain_sections(verdict)).strip("\n")


def _printed(parts: Iterable[RenderableType]) -> str:
    buffer = io.StringIO()
    console = Console(file=buffer, width=_UNWRAPPED, color_system=None, force_terminal=False)
    for part in parts:
        console.print(part, highlight=False)
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines())


def headline(verdict: Verdict) -> Text:
    """Outcome, subject and claim, and in one sentence what the outcome rests on."""
    style = _STYLES[Outcome(verdict.outcome)]
    return Text.assemble(
        (str(verdict.outcome), style),
        ("  ", ""),
        (verdict.subject, "bold"),
        (f" against {verdict.claim}: ", ""),
        (because(verdict), ""),
    )


def _plain_sections(verdict: Verdict) -> Iterator[RenderableType]:
    for section in sections.of(verdict, boxed=False):
        yield Text("")
        yield Text(section.title)
        yield _indented(section)


def _indented(section: sections.Section) -> RenderableType:
    return Padding(section.body, (0, 0, 0, 2), expand=False)


def _took(verdict: Verdict) -> Text:
    return Text(f"{verdict.seconds:.2f} s", style="dim")

"""The demonstration on a terminal or in a log: a line as each row is reached, and the table."""

import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

from rlcheck.demo.result import Result
from rlcheck.demo.rows import Row
from rlcheck.reports.terminal import render

_UNWRAPPED = 10_000
_WIDTHS = (40, 21, 13, 13)
_HEADER = ("subject", "claim", "expected", "outcome", "what was found", "s")
_TITLES = {
    "own": "The project's own",
    "library": "Outside libraries",
    "fault": "Faults that were found in public code: each must be caught",
    "not a bug": "Reported, but not a bug: each must pass",
}


def line(result: Result) -> Text:
    """What is told as soon as a row is reached."""
    said = result.problem or result.row.sentence or result.found
    mark = Text("ok    ", style="green") if result.as_expected else Text("WRONG ", style="bold red")
    if result.absent and not result.due:
        mark = Text("skip  ", style="yellow")
    mark.append(f"{result.outcome:<12} ", style="")
    mark.append(result.row.subject, style="bold")
    return mark.append(f" against {result.row.claim}" + (f": {said}" if said else ""), style="")


@contextmanager
def progress(console: Console, rows: Sequence[Row]) -> Iterator["Telling"]:
    """Tells results as they are reached, over a bar where there is a terminal."""
    columns = (TextColumn("  judging"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        yield Telling(console=console, bar=bar, task=bar.add_task("", total=len(rows)))


class Telling:
    """Prints one line a result."""

    def __init__(self, console: Console, bar: Progress, task: TaskID) -> None:
        self._console = console
        self._bar = bar
        self._task = task

    def tell(self, result: Result) -> None:
        if self._console.is_terminal:
            self._bar.console.print(line(result), no_wrap=True, overflow="ellipsis")
            self._bar.advance(self._task)
        else:
            self._console.print(line(result), soft_wrap=True, highlight=False)


def show_report(console: Console, result: Result) -> None:
    """The whole report of one planted fault, so that a reader sees one."""
    if result.verdict is None:
        return
    console.print()
    console.print(Text(f"One report in full: {result.row.subject}", style="bold"), soft_wrap=True)
    console.print()
    render(result.verdict, console)


def show_table(console: Console, results: Iterable[Result], seconds: float) -> None:
    """The table that ends the demonstration, and one sentence."""
    results = list(results)
    console.print()
    if console.is_terminal:
        for row in _lines(results):
            console.print(row)
    else:
        buffer = io.StringIO()
        plain = Console(file=buffer, width=_UNWRAPPED, color_system=None, force_terminal=False)
        plain.print(_table(results))
        told = "\n".join(row.rstrip() for row in buffer.getvalue().splitlines())
        console.print(told, markup=False, highlight=False, soft_wrap=True)
    console.print(_summary(results, seconds), soft_wrap=True)


def _lines(results: Sequence[Result]) -> Iterator[RenderableType]:
    """For a terminal: what was found stands under its row, for it is the longest."""
    *before, _, _ = _HEADER
    yield Text(_columns(*before, "s"), style="dim")
    for title, part in _sections(results):
        yield Text(title, style="bold")
        for result in part:
            subject, *cells, found, seconds = _cells(result)
            if len(subject) > _WIDTHS[0] - 2:
                yield Text(subject)
                subject = ""
            line = Text(_columns(subject, *cells, seconds))
            at = sum(_WIDTHS[:3])
            style = "green" if result.as_expected else "bold red"
            line.stylize(style, at, at + _WIDTHS[3])
            yield line
            told = " -> ".join(text for text in (result.row.sentence, found) if text)
            if told:
                yield Padding(Text(told, style="dim"), (0, 0, 0, 6))
        yield Text("")


def _columns(*cells: str) -> str:
    *left, last = cells
    texts = (f"{cell:<{width}}" for cell, width in zip(left, _WIDTHS, strict=True))
    return "".join(texts) + f"{last:>6}"


def _table(results: Sequence[Result]) -> Table:
    """For a log: one row a line, however long."""
    table = Table(box=None, pad_edge=False)
    for name in _HEADER:
        table.add_column(name, no_wrap=True)
    for title, part in _sections(results):
        table.add_row(Text(title))
        for result in part:
            table.add_row(*(Text(cell) for cell in _cells(result)))
    return table


def _sections(results: Sequence[Result]) -> Iterator[tuple[str, list[Result]]]:
    for section, title in _TITLES.items():
        part = [result for result in results if result.row.section == section]
        if part:
            yield title, part


def _cells(result: Result) -> tuple[str, ...]:
    row = result.row
    seconds = "" if result.verdict is None else f"{result.seconds:.1f}"
    return f"  {row.subject}", row.claim, row.expected, result.outcome, result.found, seconds


def _summary(results: Sequence[Result], seconds: float) -> Text:
    wrong = [result for result in results if not result.as_expected]
    caught = sum(r.as_expected for r in results if r.row.section == "fault")
    planted = sum(r.row.section == "fault" for r in results)
    passed = sum(r.as_expected for r in results if r.row.section == "not a bug")
    told = sum(r.row.section == "not a bug" for r in results)
    said = f"{caught} of {planted} faults caught, {passed} of {told} that are no bugs passed"
    if not wrong:
        return Text(f"Every outcome is the expected one: {said}; {seconds:.0f} s.", "bold green")
    names = ", ".join(result.row.subject for result in wrong)
    return Text(f"{len(wrong)} unexpected: {names}. {said}; {seconds:.0f} s.", "bold red")

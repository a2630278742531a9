"""The sections of a report, each from one part of a verdict; an empty part gives no section.

What failed comes first, then the evidence for it, then what a reader looks up: what holds, what
was reached, how it was judged, what could not be tried.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from rlcheck.reports.layout import columns, lines, number, pairs, table
from rlcheck.reports.phrases import (
    conventions,
    conventions_title,
    coverage_lines,
    how_judged,
    measured,
    replay_line,
    skipped,
    worth_naming,
)
from rlcheck.reports.world import smallest_world
from rlcheck.verdict import Finding, Outcome, PropertyResult, Suspect, Verdict

_STATUS_STYLES = {"passed": "green", "failed": "bold red", "skipped": "dim", "noted": "yellow"}
_JUDGES = {
    "exact": "in exact expectation, over all rollouts (relative error and rounding floor)",
    "same batch": "against the formula, on the same batch",
    "structural": "by structure",
}
# How many places of the bias are named; the rest is in JSON and HTML.
_PLACES = 3


@dataclass(frozen=True, kw_only=True)
class Section:
    """A heading and what stands under it.

    Attributes:
        title: the heading.
        body: what is printed.
        copied: whether it is for copying, and no line of it may be broken.
    """

    title: str
    body: RenderableType
    copied: bool = False


def of(verdict: Verdict, boxed: bool) -> Iterator[Section]:
    """The sections that this verdict has, in the order of the report.

    Args:
        verdict: what is reported.
        boxed: whether tables are ruled and may be folded, as on a terminal.
    """
    told = [p for p in verdict.properties if p.status in ("failed", "noted")]
    held = [p for p in verdict.properties if p.status == "passed"]
    if verdict.error is not None:
        yield Section(title="What it did instead", body=lines([verdict.error]))
    if told:
        failed = any(p.status == "failed" for p in told)
        title = "What fails" if failed else "What was noted"
        yield Section(title=title, body=_properties(told))
    if verdict.finding is not None:
        yield from _finding(verdict.finding, boxed)
    if verdict.conventions:
        yield _conventions(verdict)
    if verdict.suspects and verdict.outcome != Outcome.CONVENTION:
        yield Section(title="Suspects", body=Group(*_suspects(verdict.suspects)))
    command = replay_line(verdict)
    if command:
        yield Section(title="Replay", body=lines([command]), copied=True)
    if held:
        body = lines([", ".join(p.id for p in held)]) if told else _properties(held)
        yield Section(title="What holds", body=body)
    yield from _looked_up(verdict, boxed)


def _looked_up(verdict: Verdict, boxed: bool) -> Iterator[Section]:
    left, how = skipped(verdict), how_judged(verdict)
    # Where it gave no result nothing was reached, and every reason would be the same.
    if verdict.error is None:
        if verdict.coverage is not None:
            yield Section(title="Coverage", body=lines(coverage_lines(verdict.coverage)))
        if how:
            yield Section(title="How it was judged", body=lines(how))
        if left:
            body = table(("why", "property"), left, boxed)
            yield Section(title="Not tried", body=body)
    if verdict.notes:
        yield Section(title="Notes", body=lines(verdict.notes))
    if verdict.printed.strip():
        printed = verdict.printed.rstrip("\n").splitlines()
        yield Section(title="It printed", body=lines(printed))


def _properties(results: Sequence[PropertyResult]) -> RenderableType:
    parts: list[RenderableType] = []
    names = max(len(result.id) for result in results)
    for judge, title in _JUDGES.items():
        own = [result for result in results if result.judge == judge]
        if own:
            parts.append(Text(title, style="dim"))
            parts.append(Padding(columns([_property(r) for r in own], (names, 17)), (0, 0, 0, 2)))
    return Group(*parts)


def _property(result: PropertyResult) -> Sequence[Text]:
    said = result.sentence + (f" [{result.reason}]" if result.reason else "")
    style = _STATUS_STYLES.get(result.status, "")
    return Text(result.id, style=style), Text(measured(result)), Text(said.strip(), style="dim")


def _finding(finding: Finding, boxed: bool) -> Iterator[Section]:
    worst = [("property", finding.property), ("coordinate", finding.coordinate)]
    worst += [("exact", number(finding.exact)), ("found", number(finding.found))]
    if finding.n_rollouts is not None:
        worst.append(("rollouts", str(finding.n_rollouts)))
    yield Section(title="Worst coordinate", body=pairs([(k, v) for k, v in worst if v]))
    if finding.where:
        rows = [(t, s, a, number(bias, 6)) for t, s, a, bias in finding.where[:_PLACES]]
        body: RenderableType = table(("t", "s", "a", "bias"), rows, boxed)
        more = len(finding.where) - _PLACES
        if more > 0:
            body = Group(body, Text(f"and {more} smaller", style="dim"))
        yield Section(title="Where the bias sits", body=body)
    if finding.world or finding.n_states is not None:
        yield Section(title="Smallest world", body=smallest_world(finding, boxed))


def _conventions(verdict: Verdict) -> Section:
    return Section(title=conventions_title(verdict), body=pairs(conventions(verdict)))


def _suspects(suspects: Sequence[Suspect]) -> Iterator[RenderableType]:
    for rank, (suspect, exactly) in enumerate(worth_naming(suspects), start=1):
        line = Text(f"{rank}. ").append(suspect.id, style="bold").append(f" ({suspect.kind})")
        if suspect.conventions:
            line.append(" with " + ", ".join(suspect.conventions))
        if exactly:
            line.append(" reproduces it exactly", style="bold")
        elif suspect.error is not None:
            line.append(f" is no match: relative distance {suspect.error:.1e}")
        yield line
        if suspect.sentence:
            yield Text(f"   {suspect.sentence}")
        for thread in suspect.threads:
            yield Text(f"   {thread}", style="dim")

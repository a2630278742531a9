"""The sections of a report, each from one part of a verdict; an empty part gives no section.

What failed comes first, then the evidence for it, then what a reader looks up: what holds, what
was reached, how it was judged, what could not be tried.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from rlcheck.reports.layout import columns, lines, number, pairs, shown, table
from rlcheck.reports.world import smallest_world
from rlcheck.verdict import Coverage, Finding, Outcome, PropertyResult, Suspect, Verdict

_STATUS_STYLES = {"passed": "green", "failed": "bold red", "skipped": "dim", "noted": "yellow"}
_JUDGES = {
    "exact": "in exact expectation, over all rollouts (relative error and rounding floor)",
    "same batch": "against the formula, on the same batch",
    "structural": "by structure",
}
# A suspect within a float64 floor of the subject is what the subject computes.
_EXACTLY = 1e-9


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
    if verdict.finding is not None and verdict.finding.replay:
        command = replay_line(verdict, verdict.finding.replay)
        yield Section(title="Replay", body=lines([command]), copied=True)
    if held:
        body = lines([", ".join(p.id for p in held)]) if told else _properties(held)
        yield Section(title="What holds", body=body)
    yield from _looked_up(verdict, boxed)


def _looked_up(verdict: Verdict, boxed: bool) -> Iterator[Section]:
    skipped = [(p.reason, p.id) for p in verdict.properties if p.status == "skipped"]
    skipped += [(reason, name) for name, reason in verdict.not_tried]
    how = _how(verdict)
    # Where it gave no result nothing was reached, and every reason would be the same.
    if verdict.error is None:
        if verdict.coverage is not None:
            yield Section(title="Coverage", body=lines(_coverage(verdict.coverage)))
        if how:
            yield Section(title="How it was judged", body=lines(how))
        if skipped:
            body = table(("why", "property"), _by_reason(skipped), boxed)
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
    measured = ""
    if result.error is not None and result.floor is not None:
        sign = "<" if result.error <= result.floor else ">"
        measured = f"{result.error:.1e} {sign} {result.floor:.1e}"
    elif result.error is not None:
        measured = f"{result.error:.1e}"
    style = _STATUS_STYLES.get(result.status, "")
    return Text(result.id, style=style), Text(measured), Text(said.strip(), style="dim")


def _finding(finding: Finding, boxed: bool) -> Iterator[Section]:
    worst = [("property", finding.property), ("coordinate", finding.coordinate)]
    worst += [("exact", number(finding.exact)), ("found", number(finding.found))]
    if finding.n_rollouts is not None:
        worst.append(("rollouts", str(finding.n_rollouts)))
    yield Section(title="Worst coordinate", body=pairs([(k, v) for k, v in worst if v]))
    if finding.where:
        rows = [(t, s, a, number(bias, 6)) for t, s, a, bias in finding.where]
        body = table(("t", "s", "a", "bias"), rows, boxed)
        yield Section(title="Where the bias sits", body=body)
    if finding.world or finding.n_states is not None:
        yield Section(title="Smallest world", body=smallest_world(finding, boxed))


def replay_line(verdict: Verdict, token: str) -> str:
    """What gives the same numbers again: a command where the subject is a target, else a call."""
    if verdict.again:
        return verdict.again.replace("{token}", token)
    if ":" in verdict.subject:
        return f"rlcheck verify {verdict.subject} --claim {verdict.claim} --replay {token}"
    return f'rlcheck.check({verdict.subject}, claim="{verdict.claim}", replay="{token}")'


def _conventions(verdict: Verdict) -> Section:
    sentences = {suspect.id: suspect.sentence for suspect in verdict.suspects}
    title = (
        "Conventions"
        if verdict.outcome == Outcome.CONVENTION
        else "Conventions beside what is wrong"
    )
    rows = [(name, sentences.get(name, "")) for name in verdict.conventions]
    return Section(title=title, body=pairs(rows))


def _suspects(suspects: Sequence[Suspect]) -> Iterator[RenderableType]:
    exactly = [s for s in suspects if s.error is not None and s.error < _EXACTLY]
    # Beside one that reproduces the subject, those that merely come near say nothing.
    for rank, suspect in enumerate(exactly or suspects, start=1):
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


def _coverage(coverage: Coverage) -> Iterator[str]:
    yield f"{coverage.state_action_time:.0%} of (state, action, time)"
    for title, counts in (("regions", coverage.regions), ("boundaries", coverage.boundaries)):
        if counts:
            yield f"{title}: " + "; ".join(_counted(counts))
    if coverage.left_out:
        yield "left out: " + "; ".join(coverage.left_out)


def _counted(counts: dict[str, int]) -> list[str]:
    """`sign, region` -> count as one phrase a sign, everything else as it is."""
    groups: dict[str, list[str]] = {}
    for name, count in counts.items():
        head, comma, tail = name.partition(", ")
        groups.setdefault(head, []).append(f"{tail} {count}" if comma else str(count))
    return [f"{head} {', '.join(parts)}" for head, parts in groups.items()]


def _by_reason(skipped: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """(why, every property that it keeps from being tried)."""
    grouped: dict[str, list[str]] = {}
    for reason, name in skipped:
        grouped.setdefault(reason, []).append(name)
    return [(reason, ", ".join(names)) for reason, names in grouped.items()]


def _how(verdict: Verdict) -> list[str]:
    told = [f"route: {', '.join(verdict.routes)} ({verdict.grade})"] if verdict.routes else []
    if verdict.assumed:
        told.append(f"assumed: {shown(verdict.assumed)}")
    if verdict.placebo:
        told.append(f"the judge itself: {_placebo(verdict.placebo)}")
    return told


def _placebo(placebo: dict[str, Any]) -> str:
    if {"right", "planted", "variant"} <= placebo.keys():
        return (
            f"the right form is {placebo['right']} here, "
            f"the planted `{placebo['variant']}` is {placebo['planted']}"
        )
    return shown(placebo)

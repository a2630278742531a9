"""The sections of a report, each from one part of a verdict; an empty part gives no section."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from rlcheck.verdict import Coverage, Finding, Outcome, Suspect, Verdict

_STATUS_STYLES = {"passed": "green", "failed": "bold red", "skipped": "dim", "noted": "yellow"}

Section = tuple[str, RenderableType]


def of(verdict: Verdict, boxed: bool) -> Iterator[Section]:
    """The sections that this verdict has, in the order of the report.

    Args:
        verdict: what is reported.
        boxed: whether tables are ruled and may be folded, as on a terminal.
    """
    if verdict.error is not None:
        yield "What it did instead", _lines([verdict.error])
    if verdict.properties:
        yield "Properties", _properties(verdict, boxed)
    if verdict.finding is not None:
        yield from _finding(verdict.finding, boxed)
        if verdict.finding.replay:
            yield "Replay", _lines([_replay(verdict, verdict.finding.replay)])
    if verdict.conventions:
        yield _conventions(verdict)
    if verdict.suspects and verdict.outcome != Outcome.CONVENTION:
        yield "Suspects", Group(*_suspects(verdict.suspects))
    if verdict.coverage is not None:
        yield "Coverage", _lines(_coverage(verdict.coverage))
    how = _how(verdict)
    if how:
        yield "How it was judged", _lines(how)
    if verdict.not_tried:
        yield "Not tried", _table(("property", "why"), verdict.not_tried, boxed)
    if verdict.notes:
        yield "Notes", _lines(verdict.notes)
    if verdict.printed.strip():
        yield "It printed", _lines(verdict.printed.rstrip("\n").splitlines())


def number(value: float | None, digits: int = 10) -> str:
    """A number with so many significant digits, an empty cell for none."""
    return "" if value is None else f"{value:.{digits}g}"


def _properties(verdict: Verdict, boxed: bool) -> Table:
    table = _table(("property", "", "judge", "error", "floor", "what it promises"), (), boxed)
    for result in verdict.properties:
        said = result.sentence + (f" [{result.reason}]" if result.reason else "")
        table.add_row(
            Text(result.id),
            Text(result.status, style=_STATUS_STYLES.get(result.status, "")),
            Text(result.judge),
            Text("" if result.error is None else f"{result.error:.1e}"),
            Text("" if result.floor is None else f"{result.floor:.1e}"),
            Text(said.strip()),
        )
    return table


def _finding(finding: Finding, boxed: bool) -> Iterator[Section]:
    worst = [("property", finding.property), ("coordinate", finding.coordinate)]
    worst += [("exact", number(finding.exact)), ("found", number(finding.found))]
    if finding.n_rollouts is not None:
        worst.append(("rollouts", str(finding.n_rollouts)))
    yield "Worst coordinate", _pairs(worst)
    if finding.where:
        rows = [(t, s, a, number(bias, 6)) for t, s, a, bias in finding.where]
        yield "Where the bias sits", _table(("t", "s", "a", "bias"), rows, boxed)
    if finding.world or finding.n_states is not None:
        yield "Smallest world", _world(finding, boxed)


def _replay(verdict: Verdict, token: str) -> str:
    """What gives the same numbers again: a command where the subject is a target, else a call."""
    if ":" in verdict.subject:
        return f"rlcheck verify {verdict.subject} --claim {verdict.claim} --replay {token}"
    return f'rlcheck.check({verdict.subject}, claim="{verdict.claim}", replay="{token}")'


def _world(finding: Finding, boxed: bool) -> RenderableType:
    world = dict(finding.world)
    transitions, rewards = world.pop("transitions", None), world.pop("rewards", None)
    facts = [("states", str(finding.n_states))] if finding.n_states is not None else []
    if finding.horizon is not None and "horizon" not in world:
        facts.append(("horizon", str(finding.horizon)))
    facts += [(key, _shown(value)) for key, value in world.items()]
    if transitions is None or rewards is None:
        return _pairs(facts)
    rows = [
        (s, a, after, number(p, 6), number(rewards[s][a][after], 6))
        for s, actions in enumerate(transitions)
        for a, row in enumerate(actions)
        for after, p in enumerate(row)
        if p > 0
    ]
    return Group(_pairs(facts), _table(("s", "a", "s'", "probability", "reward"), rows, boxed))


def _conventions(verdict: Verdict) -> Section:
    sentences = {suspect.id: suspect.sentence for suspect in verdict.suspects}
    title = (
        "Conventions"
        if verdict.outcome == Outcome.CONVENTION
        else "Conventions found beside the fault"
    )
    return title, _pairs([(name, sentences.get(name, "")) for name in verdict.conventions])


def _suspects(suspects: Sequence[Suspect]) -> Iterator[RenderableType]:
    for rank, suspect in enumerate(suspects, start=1):
        line = Text(f"{rank}. ").append(suspect.id, style="bold").append(f" ({suspect.kind})")
        if suspect.conventions:
            line.append(" with " + ", ".join(suspect.conventions))
        if suspect.error is not None:
            line.append(f", relative distance {suspect.error:.1e}")
        yield line
        if suspect.sentence:
            yield Text(f"   {suspect.sentence}")
        for thread in suspect.threads:
            yield Text(f"   {thread}", style="dim")


def _coverage(coverage: Coverage) -> Iterator[str]:
    yield f"{coverage.state_action_time:.0%} of (state, action, time)"
    for title, counts in (("regions", coverage.regions), ("boundaries", coverage.boundaries)):
        if counts:
            yield f"{title}: " + ", ".join(f"{name} {count}" for name, count in counts.items())
    if coverage.left_out:
        yield "left out: " + ", ".join(coverage.left_out)


def _how(verdict: Verdict) -> list[str]:
    lines = [f"route: {', '.join(verdict.routes)} ({verdict.grade})"] if verdict.routes else []
    for title, values in (("assumed", verdict.assumed), ("the judge itself", verdict.placebo)):
        if values:
            said = ", ".join(f"{name} = {_shown(value)}" for name, value in values.items())
            lines.append(f"{title}: {said}")
    return lines


def _shown(value: Any) -> str:
    return number(value, 6) if isinstance(value, float) else str(value)


def _lines(lines: Iterable[str]) -> RenderableType:
    return Group(*(Text(line) for line in lines))


def _pairs(pairs: Sequence[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    width = max(len(name) for name, _ in pairs)
    table.add_column(min_width=width, overflow="fold")
    table.add_column(overflow="fold")
    for name, value in pairs:
        table.add_row(Text(name), Text(value))
    return table


def _table(header: Sequence[str], rows: Iterable[Sequence[Any]], boxed: bool) -> Table:
    table = Table(box=box.SIMPLE_HEAD if boxed else None, pad_edge=False, header_style="dim")
    for name in header:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    return table

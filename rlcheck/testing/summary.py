"""What the end of a run of tests says: a few lines a subject, the whole in a file."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from rlcheck.reports.layout import percent
from rlcheck.reports.phrases import replay_line, worth_naming
from rlcheck.testing.records import Record, verdict_of
from rlcheck.verdict import Verdict


def summary(records: Sequence[Record]) -> Iterator[str]:
    """The lines of the section at the end of a run."""
    for one in records:
        verdict = verdict_of(one)
        yield f"{verdict.outcome}  {verdict.subject} against {verdict.claim}: {_counted(verdict)}"
        yield from (f"  {line}" for line in _details(verdict, one["seed"]))


def write_report(path: Path, records: Sequence[Record], profile: str) -> None:
    """Everything, as one file: JSON, or a page that opens offline.

    Args:
        path: ends in .json or .html.
        records: one for each verdict.
        profile: the name of the profile.
    """
    if path.suffix == ".json":
        text = json.dumps({"profile": profile, "verdicts": list(records)}, indent=2)
    else:
        from rlcheck.reports.html import to_html

        text = to_html([verdict_of(one) for one in records])
    path.write_text(text + "\n", encoding="utf-8")


def _counted(verdict: Verdict) -> str:
    counts = {
        status: sum(result.status == status for result in verdict.properties)
        for status in ("passed", "failed", "noted")
    }
    words = {"passed": "hold", "failed": "fail", "noted": "noted"}
    told = [f"{count} {words[status]}" for status, count in counts.items() if count]
    return f"of its properties {', '.join(told)}" if told else "nothing could be judged"


def _details(verdict: Verdict, seed: int) -> Iterator[str]:
    if verdict.error is not None:
        yield verdict.error
    failed = [result.id for result in verdict.properties if result.status == "failed"]
    if failed:
        yield f"fails: {', '.join(failed)}"
    errors = [r.error for r in verdict.properties if r.judge == "exact" and r.status == "failed"]
    known = [error for error in errors if error is not None]
    if known:
        yield f"its expectation is off by {percent(max(known))}"
    if verdict.conventions:
        yield f"conventions: {', '.join(verdict.conventions)}"
    for suspect, exactly in worth_naming(verdict.suspects if failed else ())[:1]:
        near = "" if exactly else "no match, the nearest "
        yield f"suspect: {near}{suspect.id}: {suspect.sentence}"
    yield from _world(verdict)
    if verdict.coverage is not None and verdict.coverage.left_out:
        yield f"it was never called with: {'; '.join(verdict.coverage.left_out)}"
    yield f"worlds of seed {seed}, {verdict.seconds:.1f} s"


def _world(verdict: Verdict) -> Iterator[str]:
    finding = verdict.finding
    if finding is None:
        return
    sizes = (
        (finding.n_states, "state"), (finding.horizon, "step"), (finding.n_rollouts, "rollout")
    )  # fmt: skip
    told = ", ".join(
        f"{size} {what}{'' if size == 1 else 's'}" for size, what in sizes if size is not None
    )
    if told:
        yield f"smallest world: {told}, for {finding.property}"
    replay = replay_line(verdict)
    if replay:
        yield f"replay: {replay}"

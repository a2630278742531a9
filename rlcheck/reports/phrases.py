"""What a report says in words, however it is laid out: plain strings from parts of a verdict."""

from collections.abc import Iterator, Sequence
from typing import Any

from rlcheck.reports.layout import percent, shown
from rlcheck.verdict import Coverage, Finding, Outcome, PropertyResult, Suspect, Verdict

# A suspect within a float64 floor of the subject is what the subject computes.
_EXACTLY = 1e-9


def because(verdict: Verdict) -> str:
    """In one sentence, what the outcome rests on."""
    tried = [p for p in verdict.properties if p.status in ("passed", "failed")]
    failed = [p for p in tried if p.status == "failed"]
    if verdict.outcome == Outcome.CONSISTENT:
        return f"all {len(tried)} properties that could be tried hold"
    if verdict.outcome == Outcome.CONVENTION:
        return "every deviation is reproduced exactly by " + ", ".join(verdict.conventions)
    if verdict.outcome == Outcome.INCONCLUSIVE:
        return "nothing failed, but the main property could not be tried"
    if verdict.outcome == Outcome.NOT_REPRODUCIBLE:
        return "two identical calls disagree, or the call changes its inputs"
    if verdict.error is not None:
        return "it gave no result that could be judged"
    return (
        f"{len(failed)} of {len(tried)} properties that could be tried fail{_by_how_much(failed)}"
    )


def _by_how_much(failed: Sequence[PropertyResult]) -> str:
    """How far the expectation lies off, where that failed."""
    errors = [p.error for p in failed if p.judge == "exact" and p.error is not None]
    if not errors:
        return ""
    return f", and its expectation is off by {percent(max(errors))}"


def replay_line(verdict: Verdict) -> str:
    """What gives the same numbers again: a command where the subject is a target, else a call.

    Empty where nothing can be replayed.
    """
    if verdict.finding is None or not verdict.finding.replay:
        return ""
    token = verdict.finding.replay
    if verdict.again:
        return verdict.again.replace("{token}", token)
    if ":" in verdict.subject:
        return f"rlcheck verify {verdict.subject} --claim {verdict.claim} --replay {token}"
    return f'rlcheck.check({verdict.subject}, claim="{verdict.claim}", replay="{token}")'


def worth_naming(suspects: Sequence[Suspect]) -> list[tuple[Suspect, bool]]:
    """(suspect, whether it reproduces the subject exactly).

    Beside one that reproduces the subject, those that merely come near say nothing.
    """
    exactly = [s for s in suspects if s.error is not None and s.error < _EXACTLY]
    return [(suspect, bool(exactly)) for suspect in exactly or suspects]


def conventions_title(verdict: Verdict) -> str:
    """Whether conventions are all there is, or stand beside a fault."""
    alone = verdict.outcome == Outcome.CONVENTION
    return "Conventions" if alone else "Conventions beside what is wrong"


def conventions(verdict: Verdict) -> list[tuple[str, str]]:
    """(id, what it does) of every convention."""
    sentences = {suspect.id: suspect.sentence for suspect in verdict.suspects}
    return [(name, sentences.get(name, "")) for name in verdict.conventions]


def world_facts(finding: Finding) -> list[tuple[str, str]]:
    """(name, value) of all that is known of the smallest world, but for its transitions."""
    world = {k: v for k, v in finding.world.items() if k not in ("transitions", "rewards")}
    facts = [("states", str(finding.n_states))] if finding.n_states is not None else []
    if finding.horizon is not None and world.get("horizon") is None:
        facts.append(("horizon", str(finding.horizon)))
    if world.get("name") == world.get("form"):
        world.pop("name", None)
    # What a world does not have (no limit, no terminal state) is not worth a line.
    return facts + [(k, shown(v)) for k, v in world.items() if v is not None and v not in ([], {})]


def coverage_lines(coverage: Coverage) -> Iterator[str]:
    """What was reached, and what was not."""
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


def skipped(verdict: Verdict) -> list[tuple[str, str]]:
    """(why, every property that it keeps from being tried)."""
    pairs = [(p.reason, p.id) for p in verdict.properties if p.status == "skipped"]
    grouped: dict[str, list[str]] = {}
    for reason, name in (*pairs, *((reason, name) for name, reason in verdict.not_tried)):
        grouped.setdefault(reason, []).append(name)
    return [(reason, ", ".join(names)) for reason, names in grouped.items()]


def how_judged(verdict: Verdict) -> list[str]:
    """The route, what was assumed, and what became of the judge's own trial."""
    told = [f"route: {', '.join(verdict.routes)} ({verdict.grade})"] if verdict.routes else []
    if verdict.assumed:
        told.append(f"assumed: {shown(verdict.assumed)}")
    if verdict.placebo:
        told.append(f"the judge itself: {_placebo(verdict.placebo)}")
    return told


def measured(result: PropertyResult) -> str:
    """The error of a property beside its floor, as far as they are known."""
    if result.error is None:
        return ""
    if result.floor is None:
        return f"{result.error:.1e}"
    sign = "<" if result.error <= result.floor else ">"
    return f"{result.error:.1e} {sign} {result.floor:.1e}"


def _placebo(placebo: dict[str, Any]) -> str:
    if {"right", "planted", "variant"} <= placebo.keys():
        return (
            f"the right form is {placebo['right']} here, "
            f"the planted `{placebo['variant']}` is {placebo['planted']}"
        )
    return shown(placebo)

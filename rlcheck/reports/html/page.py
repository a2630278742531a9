"""The page: an index of verdicts, then each with its evidence. What a subject says is escaped."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import jinja2

import rlcheck
from rlcheck.reports import phrases
from rlcheck.reports.html import clip, graph, style
from rlcheck.reports.html.heat import heat_map
from rlcheck.reports.layout import number
from rlcheck.reports.world import transitions
from rlcheck.verdict import Outcome, Verdict

_THREAD = re.compile(r"([A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+)#([0-9]+)")
_GOOD = (Outcome.CONSISTENT, Outcome.CONVENTION)


def to_html(verdicts: Sequence[Verdict]) -> str:
    """One page for one verdict or many, complete in itself.

    Args:
        verdicts: what is reported, in this order; more than one gets an index.

    Returns:
        HTML without scripts, that asks no host for anything.
    """
    return _environment().get_template("page.html").render(
        verdicts=[_parts(number, verdict) for number, verdict in enumerate(verdicts, start=1)],
        tally=Counter(str(verdict.outcome) for verdict in verdicts),
        light=style.variables(style.LIGHT),
        dark=style.variables(style.DARK),
        version=rlcheck.__version__,
    )  # fmt: skip


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("rlcheck.reports.html"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals |= {"world_frame": graph, "plot_frame": clip}
    environment.filters |= {
        "number": number, "thread": thread_address, "measured": phrases.measured,
        "css": lambda outcome: str(outcome).replace(" ", "-"),
    }  # fmt: skip
    return environment


def thread_address(thread: str) -> str:
    """The address of a public thread, `owner/repo#number` or a URL; empty for anything else."""
    if thread.startswith(("https://", "http://")):
        return thread
    found = _THREAD.fullmatch(thread)
    return f"https://github.com/{found[1]}/issues/{found[2]}" if found else ""


def _parts(index: int, verdict: Verdict) -> dict[str, Any]:
    """What the template shows of one verdict, beside the verdict itself."""
    finding = verdict.finding
    return {
        "id": f"verdict-{index}",
        "verdict": verdict,
        "because": phrases.because(verdict),
        "is_good": verdict.outcome in _GOOD,
        "failing": [p for p in verdict.properties if p.status == "failed"],
        "told": [p for p in verdict.properties if p.status in ("failed", "noted")],
        "held": [p for p in verdict.properties if p.status not in ("failed", "noted")],
        "worst": _worst(verdict),
        "heat": None if finding is None else heat_map(finding),
        "facts": [] if finding is None else phrases.world_facts(finding),
        "graph": None if finding is None else graph.graph_of(finding),
        "moves": [] if finding is None else transitions(finding),
        "planes": clip.clip_planes(verdict.clip_points),
        "conventions": phrases.conventions(verdict),
        "conventions_title": phrases.conventions_title(verdict),
        "suspects": _suspects(verdict),
        "replay": phrases.replay_line(verdict),
        "coverage": []
        if verdict.coverage is None
        else list(phrases.coverage_lines(verdict.coverage)),
        "how": phrases.how_judged(verdict),
        "skipped": phrases.skipped(verdict),
    }


def _worst(verdict: Verdict) -> list[tuple[str, str]]:
    """The worst coordinate, as names and values."""
    finding = verdict.finding
    if finding is None:
        return []
    rows = [("property", finding.property), ("coordinate", finding.coordinate)]
    rows += [("exact", number(finding.exact)), ("found", number(finding.found))]
    rows += [("rollouts", "" if finding.n_rollouts is None else str(finding.n_rollouts))]
    return [(name, value) for name, value in rows if value]


def _suspects(verdict: Verdict) -> list[tuple[Any, bool]]:
    return [] if verdict.outcome == Outcome.CONVENTION else phrases.worth_naming(verdict.suspects)

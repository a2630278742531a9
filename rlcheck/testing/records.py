"""What a run of tests has to report: plain values, that workers send and reports are made of.

A record is a dict of `suite`, `seed`, `verdict` (as `rlcheck verify --json` writes it) and
`findings`, the smallest world of every property that failed.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from rlcheck.reports.json import from_json, to_json
from rlcheck.verdict import Finding, Verdict

Record = dict[str, Any]


def record(suite: str, seed: int, verdict: Verdict, findings: Sequence[Finding]) -> Record:
    """One verdict, with a finding for each property that was looked into.

    Args:
        suite: what tells it from another of the same name, in every process alike.
        seed: of its worlds.
        verdict: the outcome.
        findings: of the properties that failed.
    """
    told = [verdict.finding] if verdict.finding is not None else []
    return {
        "suite": suite,
        "seed": seed,
        "verdict": json.loads(to_json(replace(verdict, finding=None))),
        "findings": {
            found.property: json.loads(to_json(replace(verdict, finding=found)))["finding"]
            for found in (*told, *findings)
        },
    }


def merged(records: Iterable[Record]) -> list[Record]:
    """One record for each verdict: what several processes judged alike, with all their findings."""
    found: dict[tuple[str, int], Record] = {}
    for one in records:
        key = (one["suite"], one["seed"])
        if key in found:
            found[key]["findings"] |= one["findings"]
        else:
            found[key] = {**one, "findings": dict(one["findings"])}
    return [found[key] for key in sorted(found)]


def verdict_of(one: Record) -> Verdict:
    """The verdict of a record, with the finding of the smallest world."""
    fields = {**one["verdict"], "finding": _smallest(one["findings"])}
    return from_json(json.dumps(fields))


def _smallest(findings: dict[str, dict[str, Any]]) -> dict[str, Any] | None:
    sizes = ("n_states", "horizon", "n_rollouts")
    every = findings.values()
    return min(every, key=lambda found: [found[size] or 0 for size in sizes], default=None)

"""Which properties catch which planted faults, as a page: `python -m tests.power.table FILE`.

Every figure on the page is computed in that run. Shrunk worlds come from the same faults with
shrinking on, each under its own clock.
"""

import statistics
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from rlcheck import api
from rlcheck.claims.properties import PROPERTIES
from rlcheck.verdict import Finding
from tests.power.cases import CASES
from tests.power.verdicts import (
    caught_by_expectation,
    caught_by_structure,
    caught_without_reference,
    deviating,
    verdict,
)

NEVER = {
    "inputs-untouched": "code that writes into its arguments is planted in test_structural",
    "repeatable": "code that counts its calls is planted in test_bad_subjects",
    "devices-agree": "the faults of the table compute alike on every device",
    "product-symmetric": "a product that leans is planted in test_trust_region",
    "product-positive": "a product with the other sign is planted in test_trust_region",
    "credit-scaled": "a step as long as the gradient is planted in test_trust_region",
}
"""Properties that catch no planted fault, and why they are there."""


@dataclass(frozen=True, kw_only=True)
class Shrunk:
    """The world that a report prints, and how long it took to find."""

    finding: Finding
    seconds: float


def by_fault() -> dict[str, set[str]]:
    """Fault -> the properties that catch it; one that gives no result is caught by every one."""
    return {case.id: deviating(case.id) for case in CASES}


def never_catching(caught: Mapping[str, set[str]]) -> list[str]:
    """The properties that catch nothing."""
    return [p.id for p in PROPERTIES if not any(p.id in found for found in caught.values())]


def shrunk(case_id: str) -> Shrunk | None:
    """The smallest world of a fault's report, and the whole time of its verdict."""
    case = next(case for case in CASES if case.id == case_id)
    began = time.process_time()
    found = api.check(case.function, claim=case.claim, **case.kwargs)
    seconds = time.process_time() - began
    if found.finding is None:
        return None
    return Shrunk(finding=found.finding, seconds=seconds)


def page(caught: Mapping[str, set[str]], worlds: Mapping[str, Shrunk]) -> Iterator[str]:
    """The lines of the page."""
    yield "# The power of the properties"
    yield ""
    yield "Made by `python -m tests.power.table docs/power.md`."
    yield ""
    yield from _totals(caught)
    yield ""
    yield from _sizes(worlds)
    yield ""
    yield "## Property by property"
    yield ""
    yield "| property | judged | faults caught | caught by nothing else |"
    yield "|---|---|---|---|"
    for prop in PROPERTIES:
        mine = [fault for fault, found in caught.items() if prop.id in found]
        alone = sum(len(caught[fault]) == 1 for fault in mine)
        said = str(len(mine)) if mine else f"none: {NEVER.get(prop.id, '?')}"
        yield f"| `{prop.id}` | {prop.judge} | {said} | {alone} |"
    yield ""
    yield "## Fault by fault"
    yield ""
    yield "| fault | where it was seen | caught by |"
    yield "|---|---|---|"
    for case in CASES:
        found = [p.id for p in PROPERTIES if p.id in caught[case.id]]
        by = ", ".join(f"`{name}`" for name in found) or verdict(case.id).error or "nothing"
        yield f"| `{case.id}`: {case.sentence} | {case.thread or 'systematic'} | {by} |"


def _totals(caught: Mapping[str, set[str]]) -> Iterator[str]:
    total = len(caught)
    rows = {
        "caught": sum(bool(found) or verdict(fault).error is not None
                      for fault, found in caught.items()),
        "caught with the reference removed (structure or exact expectation)": sum(
            map(caught_without_reference, caught)
        ),
        "caught by structure alone, with neither reference nor target": sum(
            map(caught_by_structure, caught)
        ),
        "caught by exact expectation alone": sum(map(caught_by_expectation, caught)),
    }  # fmt: skip
    yield f"| of {total} planted faults | |"
    yield "|---|---|"
    for name, count in rows.items():
        yield f"| {name} | {count} |"


def _sizes(worlds: Mapping[str, Shrunk]) -> Iterator[str]:
    findings = [world.finding for world in worlds.values()]
    yield f"| the printed worlds of {len(worlds)} faults | median | largest |"
    yield "|---|---|---|"
    for name, field in (("states", "n_states"), ("horizon", "horizon"), ("rollouts", "n_rollouts")):
        sizes = [getattr(f, field) for f in findings if getattr(f, field) is not None]
        yield f"| {name} | {statistics.median(sizes):g} | {max(sizes)} |"
    seconds = [world.seconds for world in worlds.values()]
    middle, longest = statistics.median(seconds), max(seconds)
    yield f"| seconds of one core to get there | {middle:.1f} | {longest:.1f} |"


def main(file: str) -> None:
    torch.set_num_threads(1)
    caught = by_fault()
    worlds = {case.id: world for case in CASES if (world := shrunk(case.id)) is not None}
    Path(file).write_text("\n".join(page(caught, worlds)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])

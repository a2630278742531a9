"""What one row came out as, and whether all of them are as they should be."""

from collections.abc import Iterable
from dataclasses import dataclass

from rlcheck.demo.rows import Row
from rlcheck.reports.layout import percent
from rlcheck.verdict import Outcome, Verdict

# A suspect within a float64 floor of the subject is what the subject computes.
_EXACTLY = 1e-9
ABSENT = "absent"
CRASHED = "crashed"


@dataclass(frozen=True, kw_only=True)
class Result:
    """One row's outcome.

    Attributes:
        row: the row.
        verdict: what rlcheck said; None where its library is absent or its process died.
        problem: why there is no verdict.
        due: whether an absent library fails the demonstration.
        seconds: how long the verdict took.
    """

    row: Row
    verdict: Verdict | None = None
    problem: str = ""
    absent: bool = False
    due: bool = False
    seconds: float = 0.0

    @property
    def outcome(self) -> str:
        """The verdict's outcome, `absent` or `crashed`."""
        if self.verdict is not None:
            return str(self.verdict.outcome)
        return ABSENT if self.absent else CRASHED

    @property
    def as_expected(self) -> bool:
        """Whether it is the outcome that the row is due; an absent library passes unless due."""
        return not self.due if self.absent else self.outcome == self.row.expected

    @property
    def found(self) -> str:
        """The first suspect, the conventions, or why there is nothing to tell."""
        if self.verdict is None:
            return self.problem
        if self.verdict.error is not None:
            return self.verdict.error
        if self.verdict.outcome == Outcome.CONVENTION:
            return ", ".join(self.verdict.conventions)
        if self.verdict.outcome == Outcome.BIASED:
            return _suspected(self.verdict)
        return ""


def _suspected(verdict: Verdict) -> str:
    """The suspect that fits exactly, else by how much the property that says most fails."""
    for suspect in verdict.suspects:
        if suspect.error is not None and suspect.error < _EXACTLY:
            return ", ".join((suspect.id, *suspect.conventions))
    failed = [p for p in verdict.properties if p.status == "failed"]
    if not failed:
        return ""
    worst = min(failed, key=lambda p: (p.judge != "exact", p.error is None))
    by = "fails" if worst.error is None else f"is off by {percent(worst.error)}"
    return f"{worst.id} {by}"


def exit_code(results: Iterable[Result]) -> int:
    """0 exactly where every outcome is the expected one, else 1; 1 also where there is none."""
    results = list(results)
    return 0 if results and all(result.as_expected for result in results) else 1

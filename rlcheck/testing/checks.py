"""A check: one property of one implementation, tried when it is called."""

import unittest
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from rlcheck.claims import Claim
from rlcheck.claims.properties import Property
from rlcheck.reports.terminal import plain_sections, plain_text
from rlcheck.testing.session import session
from rlcheck.testing.suite import Judged, Suite, suites_of
from rlcheck.verdict import Outcome, PropertyResult, Verdict

THE_REST = "nothing-unexplained"
"""The id of the last check: what no single property says.

That enough could be tried for an outcome, and that no failure is left to none of the properties.
It says nothing of those that failed: they have said it themselves.
"""


class CheckFailed(AssertionError):
    """A promise that is not kept; its text is the report."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Check:
    """One property of one implementation. Calling it raises where the property fails.

    It works in any test runner: a property that cannot be tried on this implementation raises
    `unittest.SkipTest` with the reason, which pytest knows too.

    Attributes:
        id: of the test.
        suite: whose property.
        property: what is promised; None for the outcome as a whole.
        strict: whether a known convention counts as a failure.
    """

    id: str
    suite: Suite
    property: Property | None
    strict: bool = False

    def __repr__(self) -> str:
        # pytest prints the arguments of a failing test, and there one line is enough.
        return f"<{self.id} of {self.suite.name}>"

    def __call__(self) -> None:
        """Tries the property on every set of worlds.

        Raises:
            CheckFailed: it does not hold, with the smallest world on which it does not.
            unittest.SkipTest: it cannot be tried.
        """
        __tracebackhide__ = True  # pytest shows the user's line, and the report
        reasons = []
        for judged in session().judged(self.suite):
            if self.property is None:
                self._whole(judged.verdict)
            else:
                reasons.append(self._one(judged, self.property))
        if reasons and all(reasons):
            raise unittest.SkipTest(reasons[0])

    def _one(self, judged: Judged, prop: Property) -> str:
        """Why the property could not be tried, or nothing where it holds."""
        __tracebackhide__ = True
        verdict = judged.verdict
        if verdict.error is not None:
            raise CheckFailed(f"{self._promise(prop)}\n{verdict.error}\n{_printed(verdict)}")
        result = next((r for r in verdict.properties if r.id == prop.id), None)
        if result is None:
            return dict(verdict.not_tried).get(prop.id, "no case of this subject reaches it")
        if result.status == "failed":
            raise CheckFailed(self._report(judged, prop, result))
        return result.reason if result.status == "skipped" else ""

    def _report(self, judged: Judged, prop: Property, result: PropertyResult) -> str:
        focused = replace(
            judged.verdict, properties=(result,), finding=judged.finding_of(prop.id),
            coverage=None, not_tried=(), placebo={}, routes=(),
        )  # fmt: skip
        seed = f"worlds of seed {judged.seed}"
        return f"{self._promise(prop)}\n\n{plain_sections(focused)}\n\n{seed}"

    def _promise(self, prop: Property) -> str:
        name = self.suite.name
        return (
            f"{name} breaks a promise of {self.suite.claim.id}, `{prop.id}`:\n"
            f"  {prop.sentence}\n"
            f"  derived in {prop.derived_in(self.suite.claim)}"
        )

    def _whole(self, verdict: Verdict) -> None:
        """What no single property says."""
        __tracebackhide__ = True
        outcome = Outcome(verdict.outcome)
        failed = any(result.status == "failed" for result in verdict.properties)
        convention = outcome == Outcome.CONVENTION and self.strict
        unexplained = outcome in (Outcome.BIASED, Outcome.NOT_REPRODUCIBLE) and not failed
        if convention or unexplained or outcome == Outcome.INCONCLUSIVE:
            raise CheckFailed(plain_text(verdict))


def checks_of(
    subject: Any,
    *,
    claim: Claim | str | None = None,
    strict: bool = False,
    options: Mapping[str, Any] | None = None,
) -> list[Check]:
    """Every check of an implementation, in the order of the catalogue; of its parts first.

    Args:
        subject: as for `rlcheck.check`.
        claim: what it promises; adapters and live objects know theirs.
        strict: whether a known convention counts as a failure.
        options: further options of `rlcheck.check`.

    Raises:
        InvalidArgument: as `rlcheck.check`.
    """
    found = []
    for suite in suites_of(subject, claim, dict(options or {})):
        found += [
            Check(id=name, suite=suite, property=prop) for name, prop in suite.properties.items()
        ]
        found.append(
            Check(id=f"{suite.prefix}{THE_REST}", suite=suite, property=None, strict=strict)
        )
    return found


def _printed(verdict: Verdict) -> str:
    return f"it printed:\n{verdict.printed}" if verdict.printed.strip() else ""

"""One implementation under one claim, as a set of tests: judged once for all of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from rlcheck.adapters import adapter
from rlcheck.api.checking import Resolved, check, is_adapter, repeatable, resolve
from rlcheck.claims import Claim, find_claim
from rlcheck.claims.properties import PROPERTIES, Property
from rlcheck.judges import Judgement, examine, judge
from rlcheck.judges.examination import Examination
from rlcheck.subjects.subject import STEP_PARTS, Subject, advantages_of
from rlcheck.verdict import Finding, Verdict


@dataclass(frozen=True, kw_only=True, eq=False)
class Suite:
    """What all tests of one implementation share.

    Attributes:
        subject: what `rlcheck.check` takes.
        claim: what it is held to.
        prefix: stands before the names of its properties, where there are several suites.
        options: of `rlcheck.check`.
        resolved: the same as rlcheck calls it; None for an adapter, which lives in a child.
    """

    subject: Any
    claim: Claim
    prefix: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    resolved: Resolved | None = None

    @property
    def name(self) -> str:
        """How reports call the implementation."""
        return str(self.subject) if self.resolved is None else self.resolved.subject.name

    @property
    def identity(self) -> str:
        """What tells it from another suite: the same in every process that collects it."""
        code = self.subject
        if isinstance(code, Subject):
            code = next((getattr(code, p) for p in ("step", *_BY_PLACE) if getattr(code, p)), code)
        place = f"{getattr(code, '__module__', '')}:{getattr(code, '__qualname__', '')}"
        said = sorted((key, str(getattr(v, "__name__", v))) for key, v in self.options.items())
        return f"{place} {self.prefix}{self.name} {self.claim.id} {said}"

    @property
    def properties(self) -> dict[str, Property]:
        """Test id -> property, of those that can be tried."""
        asks = None if self.resolved is None else self.resolved.subject.asks
        return {
            f"{self.prefix}{prop.id}": prop
            for prop in PROPERTIES
            if asks is None or prop.refusal(self.claim, asks) is None
        }

    def examination(self, seed: int) -> Examination:
        """An examination of which nothing has been measured yet.

        Raises:
            InvalidArgument: wrong use that binding does not see: a setting, a device.
        """
        assert self.resolved is not None, "an adapter is examined in its child"
        options = {k: v for k, v in self.options.items() if k in ("settings", "device")}
        return examine(self.resolved.subject, claim=self.resolved.claim, seed=seed, **options)

    def judged(self, seed: int) -> "Judged":
        """The outcome on the worlds of one seed; nothing is shrunk yet."""
        if self.resolved is None:
            verdict = check(self.subject, claim=self.claim, seed=seed, shrink=False, **self.options)
            return Judged(verdict=verdict, seed=seed)
        judgement = judge(self.examination(seed), shrink=False)
        verdict = repeatable(judgement.verdict, self.subject, self.options)
        verdict = replace(verdict, notes=(*verdict.notes, *self.resolved.notes))
        return Judged(verdict=verdict, seed=seed, judgement=judgement)


@dataclass(frozen=True, kw_only=True, eq=False)
class Judged:
    """What came out on the worlds of one seed, with the findings that were asked for."""

    verdict: Verdict
    seed: int
    judgement: Judgement | None = None
    findings: dict[str, Finding] = field(default_factory=dict)

    def finding_of(self, property_id: str) -> Finding | None:
        """The smallest world on which a property fails."""
        if property_id not in self.findings:
            found = self.verdict.finding
            if self.judgement is not None:
                found = self.judgement.finding_of(property_id)
            if found is None or found.property != property_id:
                return None
            self.findings[property_id] = found
        return self.findings[property_id]


def suites_of(subject: Any, claim: Claim | str | None, options: Mapping[str, Any]) -> list[Suite]:
    """The suites of an implementation: itself, and each of its parts, if it is made of parts.

    Raises:
        InvalidArgument: as `rlcheck.check`.
    """
    if isinstance(subject, str) and is_adapter(subject):
        promised = claim or adapter(subject).claim
        return [Suite(subject=subject, claim=find_claim(promised), options=options)]
    naming = ("names", "layout", "arrays", "actions", "agent")
    found = resolve(subject, claim=claim, **{k: v for k, v in options.items() if k in naming})
    whole = Suite(subject=subject, claim=find_claim(found.claim), options=options, resolved=found)
    suites = [*_parts(found, options), whole]
    for suite in suites:
        suite.examination(seed=0)  # wrong use is said once, and not by every test
    return suites


def _parts(whole: Resolved, options: Mapping[str, Any]) -> list[Suite]:
    suites = []
    for name, part in whole.subject.step_parts.items():
        # The step itself is the whole.
        if part.call is not whole.subject.call:
            resolved = Resolved(subject=part, claim=whole.claim)
            promised = find_claim(whole.claim)
            suites.append(
                Suite(
                    subject=part, claim=promised, prefix=f"{name}:", options=options,
                    resolved=resolved,
                )
            )  # fmt: skip
    if suites:
        return suites
    for name, part in whole.subject.parts.items():
        claim = find_claim(whole.claim if name == "loss" else _CLAIMS[name])
        if name == "returns" and "gae_lambda" in part.asks:
            # Lambda-returns are advantages plus values; nothing else is promised of them.
            part, claim = advantages_of(part), find_claim("gae")
        resolved = Resolved(subject=part, claim=claim)
        suites.append(
            Suite(
                subject=part, claim=claim, prefix=f"{name}:", options=options, resolved=resolved
            )
        )  # fmt: skip
    return suites


_BY_PLACE = ("loss", "advantages", "returns", *STEP_PARTS)
_CLAIMS = {"returns": "returns", "advantages": "gae"}
"""What parts promise that are no loss."""

"""One implementation under one claim: every property tried on every case that fits it."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import torch

from rlcheck.claims import Claim
from rlcheck.claims.properties import PROPERTIES, Property
from rlcheck.errors import InvalidArgument
from rlcheck.judges.callers import Caller, ReferenceCaller, RowCaller, SubjectCaller
from rlcheck.judges.case import Case
from rlcheck.judges.cases import (
    listed_cases,
    refused_expectation,
    sampled_cases,
    undiscounted_case,
)
from rlcheck.judges.continuous_case import AnyCase, ContinuousCase
from rlcheck.judges.exact import BATCH_SIZES, first_order, judge_exact
from rlcheck.judges.expectation import NoRoute
from rlcheck.judges.floors import EPS32
from rlcheck.judges.gaussian_cases import (
    listed_continuous,
    sampled_continuous,
    undiscounted_continuous,
)
from rlcheck.judges.gaussian_exact import (
    compares_on_nodes,
    first_order_gaussian,
    judge_gaussian,
    on_the_same_nodes,
)
from rlcheck.judges.measurement import Measurement
from rlcheck.judges.reach import require_reached, require_remembered
from rlcheck.judges.recurrent_case import RecurrentCase
from rlcheck.judges.relations import judge_relations
from rlcheck.judges.response import SubjectFailure
from rlcheck.judges.same_batch import compare, judge_same_batch, regions
from rlcheck.judges.single_precision import computes_in_float32, makes_float32
from rlcheck.judges.structural import (
    EXPERIMENTS,
    NotTried,
    Trial,
    in_expectation,
    make_trial,
    nan_in_masked_slots,
)
from rlcheck.subjects import Subject
from rlcheck.subjects.recurrent import RecurrentNetworks

# A few roundings to float32, and less than the smallest fault that must be seen.
_ROUNDED_CONSTANT = 5e-7
_CPU = torch.device("cpu")


@dataclass(kw_only=True)
class Examination:
    """What has been measured so far, and why what is missing is missing.

    Attributes:
        claim: what is promised.
        subject: whose code.
        caller: how it is called.
        seed: of the cases.
        device: where their tensors live.
        measurements: everything measured.
        refused: property id -> why it was not tried.
        lost: (property and form, why it was not had there, though elsewhere it may have been).
        notes: what a report should tell.
    """

    claim: Claim
    subject: Subject
    caller: Caller
    seed: int = 0
    device: torch.device = _CPU
    measurements: list[Measurement] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    lost: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def asks(self) -> frozenset[str]:
        return self.subject.asks

    @property
    def reference(self) -> Caller:
        return ReferenceCaller(claim=self.claim, asks=self.asks)

    def cases(self) -> list[AnyCase]:
        found: list[AnyCase] = []
        if self.subject.actions != "continuous":
            found += sampled_cases(self.claim, self.subject, self.seed)
        if self.subject.actions != "discrete":
            found += sampled_continuous(self.claim, self.subject, self.seed)
        return [case.to(self.device) for case in found]

    def run(self, cases: list[AnyCase]) -> None:
        """Tries everything. Raises `SubjectFailure` where the subject gives nothing to judge."""
        own = self.subject.own
        if own is not None and not isinstance(self.caller, RowCaller | ReferenceCaller):
            if isinstance(own, RecurrentNetworks):
                require_remembered(own)
            else:
                require_reached(own)
        self.same_batch(cases)
        self.structural(cases)
        self.relations()
        self.exact()

    def same_batch(self, cases: list[AnyCase]) -> None:
        found = self._same_batch(cases)
        if any(not m.holds for m in found) and self._lower_precision(cases, found):
            found = self._same_batch(cases)
        self.measurements += found

    def _same_batch(self, cases: list[AnyCase]) -> list[Measurement]:
        return list(judge_same_batch(self.claim, self.asks, self.caller, self.reference, cases))

    def _lower_precision(self, cases: list[AnyCase], found: list[Measurement]) -> bool:
        """Whether it is to be judged in float32, because it computes in it."""
        if not isinstance(self.caller, SubjectCaller):
            return False
        batch = cases[-1].sampled
        # A constant that was rounded bends nothing; then its own tensors tell.
        tiny = all(m.holds or m.relative_error < _ROUNDED_CONSTANT for m in found)
        if not computes_in_float32(self.caller, self.reference, batch) and not (
            tiny and makes_float32(self.caller, batch)
        ):
            return False
        self.caller = replace(self.caller, eps=EPS32)
        self.notes.append("it computes in float32 inside, and is judged at that precision")
        return True

    def structural(self, cases: list[AnyCase]) -> None:
        for case in cases if self.claim.gives != "number" else cases[:1]:
            trial = Trial(self.claim, self.asks, self.caller, case)
            for prop in applicable(self.claim, self.asks):
                if prop.judge == "structural" and not in_expectation(self.claim, prop.id):
                    self.experiment(prop, trial)
            if isinstance(case, ContinuousCase):
                self.refused["credit-stays-in-its-state"] = "continuous states share their weights"
            note = nan_in_masked_slots(trial)
            if note is not None and note not in self.notes:
                self.notes.append(note)

    def experiment(self, prop: Property, trial: Trial) -> None:
        """One structural property on one case; what cannot be tried there is refused."""
        try:
            self.measurements += EXPERIMENTS[prop.id](trial)
        except SubjectFailure as failure:
            if prop.id in ("repeatable", "order-of-rollouts"):
                raise
            self.refused[prop.id] = f"there {failure}"
        except (NotTried, NoRoute) as reason:
            self.refused[prop.id] = str(reason)

    def relations(self) -> None:
        """Structure again, between expectations: for claims that promise no more than those."""
        names = [
            p.id for p in applicable(self.claim, self.asks) if in_expectation(self.claim, p.id)
        ]
        found = judge_relations(
            self.claim, self.subject, self.caller, names, self.seed, self.device
        )
        self.measurements += found.measurements
        self.refused |= found.refused

    def exact(self, *, until_failure: bool = False) -> None:
        """The expectation on every case; where one failure is enough, no more after it."""
        if self.claim.target is None:
            return
        reason = refused_expectation(self.claim, self.subject)
        if reason is not None:
            names = ("exact-on-policy", "exact-off-policy", "first-order-equality")
            self.refused |= dict.fromkeys(names, reason)
            return
        for pair in self._listed():
            self._exact_on(*pair)
            if until_failure and self.failing():
                return
        if any(p.id == "first-order-equality" for p in applicable(self.claim, self.asks)):
            self._first_order()

    def _listed(self) -> Iterator[tuple[AnyCase, AnyCase]]:
        """Cases whose rollouts are all listed, each beside a small sibling."""
        claim, subject, seed = self.claim, self.subject, self.seed
        if subject.actions != "continuous":
            full = listed_cases(claim, subject, seed, small=False)
            yield from zip(full, listed_cases(claim, subject, seed, small=True), strict=True)
        if subject.actions != "discrete":
            yield from listed_continuous(claim, subject, seed)

    def _exact_on(self, case: AnyCase, small: AnyCase) -> None:
        name = "exact-on-policy" if case.on_policy else "exact-off-policy"
        if name not in {p.id for p in applicable(self.claim, self.asks)}:
            return
        case, small = case.to(self.device), small.to(self.device)
        try:
            self.measurements += _expectation(self, case, small)
            if isinstance(case, ContinuousCase) and compares_on_nodes(self.claim):
                self.measurements.append(on_the_same_nodes(self.caller, self.reference, case))
        except (NoRoute, SubjectFailure) as reason:
            self.refused[name] = str(reason)
            self.lost.append((f"{name}, batches: {case.form}", str(reason)))

    def _first_order(self) -> None:
        actions = self.subject.actions
        try:
            if actions != "continuous":
                case = undiscounted_case(self.claim, self.subject, self.seed)
                self.measurements.append(first_order(self.caller, case.to(self.device)))
            if actions != "discrete":
                case = undiscounted_continuous(self.claim, self.subject, self.seed)
                self.measurements.append(first_order_gaussian(self.caller, case.to(self.device)))
        except (NoRoute, SubjectFailure) as reason:
            self.refused["first-order-equality"] = str(reason)

    def failing(self, *, binding: bool = True) -> list[Measurement]:
        """Measurements that do not hold; only those that decide, unless asked otherwise."""
        return [
            m for m in self.measurements
            if not m.holds and (not binding or self.decides(m.property_id))
        ]  # fmt: skip

    def decides(self, property_id: str) -> bool:
        """Whether a property decides.

        A claim about an expectation is not one about a formula, nor about the order of rollouts
        that a running mean may have. What a loss is worth is promised by none: another loss with
        the same gradient may lie anywhere.
        """
        if self.claim.decides == "same batch":
            return property_id != "lower-bound"
        return property_id not in (
            "same-batch-on-policy", "same-batch-off-policy", "splitting", "duplication",
            "order-of-rollouts", "lower-bound",
        )  # fmt: skip


def applicable(claim: Claim, asks: frozenset[str]) -> Iterator[Property]:
    """The properties of a claim that a subject asking for these words can be held to."""
    return (p for p in PROPERTIES if p.refusal(claim, asks) is None)


def _expectation(examination: Examination, case: AnyCase, small: AnyCase) -> Iterator[Measurement]:
    claim, caller = examination.claim, examination.caller
    if isinstance(case, ContinuousCase) and isinstance(small, ContinuousCase):
        return judge_gaussian(claim, caller, case, small)
    assert isinstance(case, Case | RecurrentCase)
    assert isinstance(small, Case | RecurrentCase)
    return judge_exact(claim, caller, [case], [small], _batch_sizes(examination))


def _batch_sizes(examination: Examination) -> tuple[int, ...]:
    """The largest batches, which are most of the calls, are had on one case of a verdict."""
    tried = (len(m.batches[0].columns) for m in examination.measurements if m.batches)
    largest = max(tried, default=0)
    return BATCH_SIZES[:-1] if largest == BATCH_SIZES[-1] else BATCH_SIZES


def measure_again(
    examination: Examination, property_id: str, case: AnyCase
) -> Iterator[Measurement]:
    """One property on one case, as far as it is asked for: to shrink, to replay, to explain."""
    claim, asks, caller = examination.claim, examination.asks, examination.caller
    if property_id.endswith("-policy") and case.on_policy != property_id.endswith("-on-policy"):
        return  # the property is about the other kind of case
    case = case.to(examination.device)
    if property_id in EXPERIMENTS:
        yield from EXPERIMENTS[property_id](make_trial(property_id, claim, asks, caller, case))
    elif property_id == "first-order-equality":
        assert not isinstance(case, RecurrentCase), "no claim about a memory promises it"
        continuous = isinstance(case, ContinuousCase)
        yield first_order_gaussian(caller, case) if continuous else first_order(caller, case)
    elif property_id.startswith("exact-"):
        found = _expectation(examination, case, case)
        yield from (m for m in found if m.property_id == property_id)
    elif not property_id.startswith("same-batch-"):
        for name, batch in regions(case, case.sampled):
            if name == property_id:
                yield compare(name, caller, examination.reference, case, batch)
    elif isinstance(case, ContinuousCase) and case.recipe.listed:
        yield on_the_same_nodes(caller, examination.reference, case)
    else:
        yield compare(property_id, caller, examination.reference, case, case.sampled)


def fails_on(examination: Examination, property_id: str, case: AnyCase) -> bool:
    """Whether a property fails on a case; what cannot be tried there does not fail."""
    try:
        return any(not m.holds for m in measure_again(examination, property_id, case))
    except (NoRoute, NotTried, SubjectFailure, InvalidArgument):
        return False

"""What a verdict says of each property, and of what could not be tried."""

from collections.abc import Iterator

from rlcheck.claims.properties import PROPERTIES, Property
from rlcheck.judges.cases import refused_form
from rlcheck.judges.examination import Examination, applicable
from rlcheck.judges.gaussian_cases import refused_continuous
from rlcheck.judges.step_reach import unreached
from rlcheck.variants.step_problem import part_of
from rlcheck.verdict import PropertyResult


def results_of(examination: Examination) -> tuple[PropertyResult, ...]:
    """Each property that was tried, by its worst measurement."""
    return tuple(
        _result(examination, prop)
        for prop in applicable(examination.claim, examination.asks)
        if any(m.property_id == prop.id for m in examination.measurements)
    )


def _result(examination: Examination, prop: Property) -> PropertyResult:
    every = [m for m in examination.measurements if m.property_id == prop.id]
    found = [m for m in every if not m.is_blunt]
    if not found:
        reason = f"rounding may be {every[0].relative_floor:.1g} of the answer"
        return PropertyResult(
            id=prop.id, sentence=prop.sentence, status="skipped", judge=prop.judge, reason=reason
        )
    worst = max(found, key=lambda m: m.error / max(m.floor, 1e-300))
    failed = any(not m.holds for m in found)
    if_failed = "failed" if examination.decides(prop.id) else "noted"
    yes_or_no = worst.failed is not None
    return PropertyResult(
        id=prop.id,
        sentence=prop.sentence,
        status=if_failed if failed else "passed",
        judge=prop.judge,
        error=None if yes_or_no else worst.relative_error,
        floor=None if yes_or_no else worst.relative_floor,
        scale=float(worst.due.norm()),
        reason=worst.note if failed else "",
    )


def quadrature_notes(examination: Examination) -> Iterator[str]:
    """How far nodes may be off, where they are not exact."""
    found = [m for m in examination.measurements if m.numerical]
    if found:
        worst = max(m.numerical / max(float(m.due.norm()), 1e-300) for m in found)
        yield f"expectations on quadrature nodes are numerical: error at most {worst:.1e}, relative"


def not_tried(examination: Examination) -> tuple[tuple[str, str], ...]:
    """(property or kind of batch, why it was not tried)."""
    measured = {m.property_id for m in examination.measurements}
    rows = []
    for prop in PROPERTIES:
        reason = prop.refusal(examination.claim, examination.asks)
        if reason is None and prop.id not in measured:
            reason = examination.refused.get(prop.id, "no case of this subject reaches it")
        if reason is not None:
            rows.append((prop.id, reason))
    rows += [row for row in examination.lost if row[0].split(",")[0] in measured]
    if examination.claim.gives == "step" and part_of(examination.asks) == "step":
        # Every case has been measured once by reference.
        rows += unreached(
            m.case for m in examination.measurements if m.property_id == "same-batch-on-policy"
        )
    for form in examination.claim.forms:
        refusal = refused_form(examination.claim, examination.subject, form)
        if refusal is not None:
            rows.append((f"batches: {form}", refusal))
        elif examination.subject.actions != "discrete" and examination.claim.target is not None:
            refusal = refused_continuous(examination.claim, examination.subject, form)
            if refusal is not None:
                rows.append((f"batches: {form}, expectation on continuous actions", refusal))
    return tuple(rows)

"""One verdict a fault, kept: several tests read the same ones."""

from functools import cache

from rlcheck import api
from rlcheck.verdict import Verdict
from tests.power.cases import CASES

_BY_ID = {case.id: case for case in CASES}
_EXACT = ("exact-on-policy", "exact-off-policy", "first-order-equality")


@cache
def verdict(case_id: str) -> Verdict:
    """What rlcheck says of a planted fault, without shrinking."""
    case = _BY_ID[case_id]
    return api.check(case.function, claim=case.claim, shrink=False, **case.kwargs)


def failed(case_id: str) -> set[str]:
    """The properties that caught it; an error counts as caught on the same batch."""
    found = verdict(case_id)
    properties = {p.id for p in found.properties if p.status == "failed"}
    return properties | ({"same-batch-on-policy"} if found.error else set())


def deviating(case_id: str) -> set[str]:
    """The properties that it deviates from, also where they do not decide."""
    return {p.id for p in verdict(case_id).properties if p.status in ("failed", "noted")}


def caught_without_reference(case_id: str) -> bool:
    """Caught though no reference was computed: by structure, or by an exact expectation."""
    return caught_by_structure(case_id) or caught_by_expectation(case_id)


def caught_by_expectation(case_id: str) -> bool:
    """Caught with the reference removed: exact expectation against the claim's own target."""
    return bool(failed(case_id) & set(_EXACT))


def caught_by_structure(case_id: str) -> bool:
    """Caught by properties that need neither reference nor target."""
    structural = {p.id for p in verdict(case_id).properties if p.judge == "structural"}
    return bool(failed(case_id) & structural) or bool(verdict(case_id).error)


def caught_on_same_batch(case_id: str) -> bool:
    """Caught against the formula, also where the formula does not decide."""
    same = {p.id for p in verdict(case_id).properties if p.judge == "same batch"}
    return bool(deviating(case_id) & same) or bool(verdict(case_id).error)

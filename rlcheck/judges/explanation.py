"""Whether conventions explain *every* failure, also those that no reference was needed for."""

from rlcheck.judges.examination import Examination, measure_again
from rlcheck.judges.expectation import NoRoute
from rlcheck.judges.identification import Match
from rlcheck.judges.measurement import Measurement
from rlcheck.judges.response import SubjectFailure
from rlcheck.judges.structural import NotTried


def explains(match: Match, examination: Examination, failing: list[Measurement]) -> bool:
    """Whether the row of stages with these conventions fails in the very same way.

    A subject that sums over the batch *and* reads padded slots agrees with the convention on
    every clean batch; only the failure itself, tried on both, tells them apart.
    """
    stand_in = Examination(
        claim=examination.claim,
        subject=examination.subject,
        caller=match.caller(examination.claim, examination.asks),
        seed=examination.seed,
        device=examination.device,
    )
    tried: dict[tuple[str, int], list[Measurement]] = {}
    for measured in failing:
        key = (measured.property_id, id(measured.case))
        if key not in tried:
            tried[key] = _again(stand_in, measured)
        if not any(_same(other, measured) for other in tried[key]):
            return False
    return True


def _again(stand_in: Examination, measured: Measurement) -> list[Measurement]:
    if measured.property_id in ("float32-agrees", "devices-agree"):
        return []
    try:
        return measure_again(stand_in, measured.property_id, measured.case)
    except (NoRoute, NotTried, SubjectFailure):
        return []


def _same(other: Measurement, measured: Measurement) -> bool:
    if measured.failed is not None:
        return bool(other.failed)
    if other.found.shape != measured.found.shape:
        return False
    gap = float((other.found - measured.found).norm())
    return gap <= 2 * max(measured.floor, other.floor)

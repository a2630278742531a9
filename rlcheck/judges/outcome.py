"""The outcome: the first that fits, by explanation and not by size."""

from dataclasses import replace

from rlcheck.judges.clip_points import SINGLE_STEPS, NoSteps, clip_points, has_clip_points
from rlcheck.judges.examination import Examination
from rlcheck.judges.explanation import explains
from rlcheck.judges.finding import find_smallest
from rlcheck.judges.identification import Match, Seen, find_conventions, find_suspects, floor_of
from rlcheck.judges.measurement import Measurement
from rlcheck.verdict import Outcome, Suspect, Verdict


def decide(examination: Examination, cases: list, verdict: Verdict, shrink: bool) -> Verdict:
    """The first outcome that fits, by explanation and not by size."""
    failing = examination.failing()
    deviating = examination.failing(binding=False)
    unsteady = [m for m in failing if m.property_id in ("repeatable", "inputs-untouched")]
    if unsteady:
        finding = find_smallest(examination, unsteady, shrink=False)
        return replace(verdict, outcome=Outcome.NOT_REPRODUCIBLE, finding=finding)
    match = None
    if deviating:
        seen = _seen(examination, cases)
        match = find_conventions(examination.claim, examination.asks, seen)
        explained = match is not None and explains(match, examination, failing)
        if failing and not explained:
            suspects = find_suspects(examination.claim, examination.asks, seen)
            exact = [s for s in suspects if s.error == 0.0]
            beside = match or (exact[0] if exact else None)
            verdict = _with_clip_points(verdict, examination, cases, beside)
            return _biased(examination, verdict, suspects, beside, failing, shrink)
    if _main_untried(examination) or not verdict.placebo["sound"]:
        return replace(verdict, outcome=Outcome.INCONCLUSIVE)
    verdict = replace(verdict, notes=(*verdict.notes, *_time_outs(examination)))
    if match is not None and match.conventions:
        return _convention(examination, verdict, match)
    if failing:
        # The right form itself fails there, and in the same way: the judge is not to be believed.
        told = "the claim's own right form fails where it does"
        return replace(verdict, outcome=Outcome.INCONCLUSIVE, notes=(*verdict.notes, told))
    unknown = {_point(m) for m in deviating} - _points_taken_exactly(examination)
    if unknown:
        where = ", ".join(f"{form} ({policy})" for form, policy in sorted(unknown))
        told = f"it differs from the reference on {where}, and no expectation was had there"
        verdict = replace(verdict, notes=(*verdict.notes, told))
        return replace(verdict, outcome=Outcome.INCONCLUSIVE)
    if deviating:
        told = "on one batch it differs from the reference, with the same expectation"
        verdict = replace(verdict, notes=(*verdict.notes, told))
    return replace(verdict, outcome=Outcome.CONSISTENT)


def _biased(
    examination: Examination,
    verdict: Verdict,
    suspects: list[Match],
    beside: Match | None,
    failing: list[Measurement],
    shrink: bool,
) -> Verdict:
    return replace(
        verdict,
        outcome=Outcome.BIASED,
        notes=(*verdict.notes, *_other_flags(examination, suspects)),
        suspects=tuple(_suspect(s) for s in suspects),
        conventions=beside.conventions if beside is not None else (),
        finding=find_smallest(examination, failing, shrink),
    )


def _with_clip_points(
    verdict: Verdict, examination: Examination, cases: list, beside: Match | None
) -> Verdict:
    """The verdict with the steps that are wrong, under the conventions found beside the fault."""
    claim, asks = examination.claim, examination.asks
    if not has_clip_points(claim, asks):
        return verdict
    due = reference = examination.reference
    if beside is not None and beside.conventions:
        due = beside.without_faults().caller(claim, asks)
    try:
        points = clip_points(examination.caller, due, reference, cases)
        return replace(verdict, clip_points=points)
    except NoSteps as reason:
        return replace(verdict, not_tried=(*verdict.not_tried, (SINGLE_STEPS, str(reason))))


def _other_flags(examination: Examination, suspects: list[Match]) -> tuple[str, ...]:
    """What to pass where flags may follow the convention of another library."""
    late = any(v.id == "flags-read-late" for s in suspects if s.error == 0.0 for v in s.faults)
    if not late or "dones" not in examination.asks:
        return ()
    return ("if dones[t] belongs to obs[t], as CleanRL's do: names={'dones': 'dones_before'}",)


# What a value behind a step can be had by, the flags that end an episode in either way, and those
# that say in which.
_BEHIND = {"next_values", "last_values", "next_q_values", "next_target_q_values", "target_q_fn",
           "next_obs"}  # fmt: skip
_ENDED = ("dones", "dones_before", "next_done", "last_dones")
_HOW = {"terminated", "truncated", "discount_t"}


def _time_outs(examination: Examination) -> tuple[str, ...]:
    """That one fault was out of reach: to take the end of an episode's time for its end."""
    asks = examination.asks
    flag = next((name for name in _ENDED if name in asks), None)
    if flag is None or asks & _HOW or not asks & _BEHIND:
        return ()
    return (
        f"time-outs were not tried: `{flag}` does not tell them from ends, behind which nothing is "
        "bootstrapped; ask for `terminated` (and `truncated`) to have them tried",
    )


def _convention(examination: Examination, verdict: Verdict, match: Match) -> Verdict:
    told = tuple(
        Suspect(id=v.id, kind=v.kind, sentence=v.sentence, threads=v.threads, error=0.0)
        for v in match.deviations
    )
    return replace(
        verdict,
        outcome=Outcome.CONVENTION,
        conventions=match.conventions,
        suspects=told,
        properties=tuple(
            replace(p, status="noted", reason="explained by the conventions")
            if p.status == "failed" else p
            for p in verdict.properties
        ),
    )  # fmt: skip


def _suspect(match: Match) -> Suspect:
    [variant] = match.faults
    return Suspect(
        id=variant.id,
        kind="fault",
        sentence=variant.sentence,
        threads=variant.threads,
        conventions=match.conventions,
        error=match.error,
    )


def _seen(examination: Examination, cases: list) -> list[Seen]:
    """The subject's answers, for a search among variants: off-policy batches say most."""
    eps, gives = examination.caller.eps, examination.claim.gives
    ordered = sorted(cases, key=lambda c: (c.on_policy, -len(c.sampled.valid_steps)))
    batches = [case.sampled for case in ordered]
    # What only a list of all rollouts reached is looked at there, once.
    failed = {
        id(m.case): m.case for m in examination.failing() if m.property_id.startswith("exact-")
    }
    if not any(m.property_id.startswith("same-batch-") for m in examination.failing(binding=False)):
        batches += [case.listed for case in failed.values()]
    found = []
    for batch in batches:
        vector = examination.caller(batch).vector
        # Only a step is made of parts that have floors of their own.
        words = examination.asks if gives == "step" else None
        allowed = floor_of(batch, vector, eps, gives, words)
        found.append(Seen(batch=batch, vector=vector, floor=allowed))
    return found


def _point(measured: Measurement) -> tuple[str, str]:
    return measured.case.form, "on policy" if measured.case.on_policy else "off policy"


def _points_taken_exactly(examination: Examination) -> set[tuple[str, str]]:
    exact = (m for m in examination.measurements if m.property_id.startswith("exact-"))
    return {_point(m) for m in exact if not m.is_blunt}


def _main_untried(examination: Examination) -> bool:
    """Whether the judge that decides had nothing to go by, on policy or off it."""
    claim = examination.claim
    main = "exact" if claim.decides == "exact" else "same-batch"
    needed = {f"{main}-on-policy"} | ({f"{main}-off-policy"} if claim.off_policy else set())
    tried = {m.property_id for m in examination.measurements if not m.is_blunt}
    if claim.gives in ("number", "step"):
        needed = {"same-batch-on-policy"}
    return not needed <= tried

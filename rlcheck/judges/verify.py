"""`verify`: from a subject and a claim to a verdict."""

import time
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import replace

import torch

from rlcheck.claims import Claim, find_claim
from rlcheck.claims.properties import PROPERTIES
from rlcheck.judges.cases import assumed_settings, refused_form
from rlcheck.judges.coverage import coverage_of
from rlcheck.judges.examination import Examination, applicable
from rlcheck.judges.expectation import NoRoute
from rlcheck.judges.explanation import explains
from rlcheck.judges.finding import describe, find_smallest
from rlcheck.judges.floors import EPS64
from rlcheck.judges.gaussian_cases import refused_continuous
from rlcheck.judges.identification import Match, Seen, find_conventions, find_suspects, floor_of
from rlcheck.judges.measurement import Measurement
from rlcheck.judges.placebo import judge_the_judge
from rlcheck.judges.placing import on_device, precision_of
from rlcheck.judges.replay import replay as replay_line
from rlcheck.judges.response import Recorder, SubjectCaller, SubjectFailure
from rlcheck.subjects import Subject, check_setting
from rlcheck.subjects.layouts import check_choice
from rlcheck.subjects.subject import ACTIONS
from rlcheck.verdict import Outcome, PropertyResult, Suspect, Verdict


def verify(
    subject: Subject,
    *,
    claim: Claim | str,
    settings: Mapping[str, float] | None = None,
    seed: int = 0,
    shrink: bool = True,
    actions: str | None = None,
    device: str = "cpu",
    replay: str | None = None,
) -> Verdict:
    """Holds a subject to a claim, on the same batch, by structure and in exact expectation.

    Args:
        subject: the implementation.
        claim: what it promises.
        settings: values of settings that it does not ask for.
        seed: of the worlds.
        shrink: whether a failing case is shrunk to the smallest world.
        actions: "discrete", "continuous" or "both"; by default what the subject says.
        device: where tensors live.
        replay: a replay line of a report: that property alone, on that case.

    Returns:
        The verdict. Whatever the subject does is in it; nothing of it is raised.

    Raises:
        InvalidArgument: the claim does not exist, a setting is none, there is no such device,
            or the replay line was cut.
    """
    began = time.monotonic()
    claim = find_claim(claim)
    for key, value in (settings or {}).items():
        check_setting(key, value)
    subject = replace(subject, fixed={**subject.fixed, **(settings or {})})
    if actions is not None:
        check_choice("actions", actions, ACTIONS)
        subject = replace(subject, actions=actions)
    subject = on_device(subject, device)
    recorder = Recorder(printed=subject.printed)
    caller = SubjectCaller(
        subject=subject, claim=claim, recorder=recorder, eps=precision_of(subject)
    )
    examination = Examination(claim=claim, subject=subject, caller=caller, seed=seed, device=device)
    # Making a network draws from the global generator, which is the caller's.
    with warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
        warnings.simplefilter("ignore")
        if replay is None:
            verdict = _judge(examination, shrink)
        else:
            verdict = _replayed(examination, replay)
    if recorder.held_back:
        told = "it clips its gradient by norm; that was held back, and the gradient itself judged"
        verdict = replace(verdict, notes=(*verdict.notes, told))
    return replace(verdict, printed=recorder.printed, seconds=time.monotonic() - began)


def _judge(examination: Examination, shrink: bool) -> Verdict:
    cases = examination.cases()
    error = None
    try:
        examination.run(cases)
    except SubjectFailure as failure:
        error = str(failure)
    claim, subject = examination.claim, examination.subject
    clips = "clip_eps" in claim.settings and claim.off_policy
    placebo = judge_the_judge(claim, subject, examination.seed)
    verdict = Verdict(
        subject=subject.name,
        claim=claim.id,
        outcome=Outcome.BIASED,
        properties=_results(examination),
        coverage=coverage_of(cases, clips) if claim.gives != "number" else None,
        grade="numerical" if any(m.numerical for m in examination.measurements) else "exact",
        routes=tuple(sorted({m.route for m in examination.measurements if m.route})),
        assumed=dict(assumed_settings(claim, subject)),
        not_tried=_not_tried(examination),
        notes=(*examination.notes, *_quadrature_notes(examination)),
        error=error,
        placebo=placebo,
    )
    if error is not None:
        return verdict
    try:
        return _decide(examination, cases, verdict, shrink)
    except SubjectFailure as failure:
        return replace(verdict, error=str(failure))


def _replayed(examination: Examination, line: str) -> Verdict:
    """One property on one case: what fails is biased, and what holds there is no verdict."""
    verdict = Verdict(
        subject=examination.subject.name,
        claim=examination.claim.id,
        outcome=Outcome.BIASED,
        assumed=dict(assumed_settings(examination.claim, examination.subject)),
    )
    try:
        replay_line(examination, line)
    except SubjectFailure as failure:
        return replace(verdict, error=str(failure))
    except NoRoute as reason:
        return replace(verdict, outcome=Outcome.INCONCLUSIVE, notes=(str(reason),))
    routes = tuple(sorted({m.route for m in examination.measurements if m.route}))
    verdict = replace(verdict, properties=_results(examination), routes=routes)
    failing = [m for m in examination.measurements if not m.holds]
    if not failing:
        told = "on the case of this line it holds now; without it everything is tried"
        return replace(verdict, outcome=Outcome.INCONCLUSIVE, notes=(told,))
    finding = describe(examination, max(failing, key=lambda m: m.error))
    changed = {m.property_id for m in failing} & {"repeatable", "inputs-untouched"}
    outcome = Outcome.NOT_REPRODUCIBLE if changed else Outcome.BIASED
    return replace(verdict, outcome=outcome, finding=finding)


def _decide(examination: Examination, cases: list, verdict: Verdict, shrink: bool) -> Verdict:
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
            return _biased(examination, verdict, seen, match, failing, shrink)
        if match is not None and match.deviations + match.conventions:
            return _convention(examination, verdict, match)
    if not failing and _main_untried(examination):
        return replace(verdict, outcome=Outcome.INCONCLUSIVE)
    if not verdict.placebo["sound"]:
        return replace(verdict, outcome=Outcome.INCONCLUSIVE)
    unknown = {m.case.form for m in deviating} - _forms_taken_exactly(examination)
    if unknown:
        told = (
            f"it differs from the reference on {sorted(unknown)}, and no expectation was had there"
        )
        verdict = replace(verdict, notes=(*verdict.notes, told))
        return replace(verdict, outcome=Outcome.INCONCLUSIVE)
    if deviating:
        told = "on one batch it differs from the reference, with the same expectation"
        verdict = replace(verdict, notes=(*verdict.notes, told))
    return replace(verdict, outcome=Outcome.CONSISTENT)


def _biased(
    examination: Examination,
    verdict: Verdict,
    seen: list[Seen],
    match: Match | None,
    failing: list[Measurement],
    shrink: bool,
) -> Verdict:
    suspects = find_suspects(examination.claim, examination.asks, seen)
    exact = [s for s in suspects if s.error == 0.0]
    beside = match or (exact[0] if exact else None)
    return replace(
        verdict,
        outcome=Outcome.BIASED,
        suspects=tuple(_suspect(s) for s in suspects),
        conventions=beside.conventions if beside is not None else (),
        finding=find_smallest(examination, failing, shrink),
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
    eps = getattr(examination.caller, "eps", EPS64)
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
        found.append(Seen(batch=batch, vector=vector, floor=floor_of(batch, vector, eps)))
    return found


def _forms_taken_exactly(examination: Examination) -> set[str]:
    exact = (m for m in examination.measurements if m.property_id.startswith("exact-"))
    return {m.case.form for m in exact if not m.is_blunt}


def _main_untried(examination: Examination) -> bool:
    main = "exact-" if examination.claim.decides == "exact" else "same-batch-"
    return not any(
        m.property_id.startswith(main) and not m.is_blunt for m in examination.measurements
    )


def _results(examination: Examination) -> tuple[PropertyResult, ...]:
    return tuple(
        _result(examination, prop.id, prop.sentence, prop.judge)
        for prop in applicable(examination.claim, examination.asks)
        if any(m.property_id == prop.id for m in examination.measurements)
    )


def _result(examination: Examination, id: str, sentence: str, judge) -> PropertyResult:  # noqa: A002
    every = [m for m in examination.measurements if m.property_id == id]
    found = [m for m in every if not m.is_blunt]
    if not found:
        reason = f"rounding may be {every[0].relative_floor:.1g} of the answer"
        return PropertyResult(
            id=id, sentence=sentence, status="skipped", judge=judge, reason=reason
        )
    worst = max(found, key=lambda m: m.error / max(m.floor, 1e-300))
    failed = any(not m.holds for m in found)
    status = "passed"
    if failed:
        status = "failed" if examination.decides(id) else "noted"
    yes_or_no = worst.failed is not None
    return PropertyResult(
        id=id,
        sentence=sentence,
        status=status,
        judge=judge,
        error=None if yes_or_no else worst.relative_error,
        floor=None if yes_or_no else worst.relative_floor,
        scale=float(worst.due.norm()),
        reason=worst.note if failed else "",
    )


def _quadrature_notes(examination: Examination) -> Iterator[str]:
    """How far nodes may be off, where they are not exact."""
    found = [m for m in examination.measurements if m.numerical]
    if found:
        worst = max(m.numerical / max(float(m.due.norm()), 1e-300) for m in found)
        yield f"expectations on quadrature nodes are numerical: error at most {worst:.1e}, relative"


def _not_tried(examination: Examination) -> tuple[tuple[str, str], ...]:
    measured = {m.property_id for m in examination.measurements}
    rows = []
    for prop in PROPERTIES:
        reason = prop.refusal(examination.claim, examination.asks)
        if reason is None and prop.id not in measured:
            reason = examination.refused.get(prop.id, "no case of this subject reaches it")
        if reason is not None:
            rows.append((prop.id, reason))
    for form in examination.claim.forms:
        refusal = refused_form(examination.claim, examination.subject, form)
        if refusal is not None:
            rows.append((f"batches: {form}", refusal))
        elif examination.subject.actions != "discrete" and examination.claim.target is not None:
            refusal = refused_continuous(examination.claim, examination.subject, form)
            if refusal is not None:
                rows.append((f"batches: {form}, expectation on continuous actions", refusal))
    return tuple(rows)

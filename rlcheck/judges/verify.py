"""`verify`: from a subject and a claim to a verdict."""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rlcheck.claims import Claim, find_claim
from rlcheck.errors import InvalidArgument
from rlcheck.judges.callers import SubjectCaller
from rlcheck.judges.cases import assumed_settings
from rlcheck.judges.coverage import coverage_of
from rlcheck.judges.door import refuse_other_memory
from rlcheck.judges.examination import Examination, applicable
from rlcheck.judges.expectation import NoRoute
from rlcheck.judges.finding import describe
from rlcheck.judges.joined import joined
from rlcheck.judges.judgement import Judgement, undisturbed
from rlcheck.judges.outcome import decide
from rlcheck.judges.placebo import judge_the_judge
from rlcheck.judges.placing import existing_device, on_device, precision_of
from rlcheck.judges.recorder import Recorder
from rlcheck.judges.replay import read_line
from rlcheck.judges.replay import replay as replay_line
from rlcheck.judges.response import SubjectFailure, hint
from rlcheck.judges.results import not_tried, quadrature_notes, results_of
from rlcheck.judges.structural import NotTried
from rlcheck.subjects import Subject, check_setting
from rlcheck.subjects.own import has_action_values
from rlcheck.subjects.subject import acted_with
from rlcheck.verdict import Outcome, Verdict
from rlcheck.vocabulary import ACTION_VALUES, SETTINGS, STEPS


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
            its networks act with another kind of actions, or the replay line was cut.
    """
    asked: dict[str, Any] = {"settings": settings, "seed": seed, "actions": actions}
    asked |= {"device": device}
    if find_claim(claim).gives == "step" and subject.step_parts:
        parts = _parts_of(subject, find_claim(claim), replay)
        options = {"claim": claim, "shrink": shrink, "replay": replay, **asked}
        return joined(subject.name, [verify(part, **options) for part in parts])
    examination = examine(subject, claim=claim, **asked)
    if replay is None:
        return judge(examination, shrink=shrink).verdict
    began = time.monotonic()
    with undisturbed(examination.device):
        verdict = _replayed(examination, replay)
    return _finished(verdict, examination, began)


def examine(
    subject: Subject,
    *,
    claim: Claim | str,
    settings: Mapping[str, float] | None = None,
    seed: int = 0,
    actions: str | None = None,
    device: str = "cpu",
) -> Examination:
    """An examination of which nothing has been measured yet; arguments as for `verify`.

    Raises:
        InvalidArgument: as `verify`.
    """
    claim = find_claim(claim)
    for key, value in (settings or {}).items():
        check_setting(key, value)
    subject = replace(subject, fixed={**subject.fixed, **(settings or {})})
    _refuse_foreign_networks(subject, claim)
    _refuse_foreign_settings(subject, claim)
    refuse_other_memory(subject, claim, actions or subject.actions)
    subject = replace(subject, actions=acted_with(actions or subject.actions, subject.own))
    if claim.of_action_values and subject.actions != "discrete":
        raise InvalidArgument.of(
            "actions", subject.actions, "a value for each action is had of finitely many",
            "'discrete'",
        )  # fmt: skip
    where = existing_device(device)
    subject = on_device(subject, where)
    recorder = Recorder(printed=subject.printed, device=where)
    caller = SubjectCaller(
        subject=subject, claim=claim, recorder=recorder, eps=precision_of(subject)
    )
    return Examination(claim=claim, subject=subject, caller=caller, seed=seed, device=where)


def judge(examination: Examination, *, shrink: bool = True) -> Judgement:
    """Measures everything, and decides.

    Args:
        examination: of which nothing has been measured yet.
        shrink: whether a failing case is shrunk to the smallest world.
    """
    began = time.monotonic()
    with undisturbed(examination.device):
        verdict = _judge(examination, shrink)
    return Judgement(verdict=_finished(verdict, examination, began), examination=examination)


def _parts_of(subject: Subject, claim: Claim, replay: str | None) -> list[Subject]:
    """The parts of a trust-region step; those that the property of a replay line is about."""
    parts = list(subject.step_parts.values())
    if replay is None:
        return parts
    name, _ = read_line(replay)
    return [part for part in parts if name in {p.id for p in applicable(claim, part.asks)}]


def _finished(verdict: Verdict, examination: Examination, began: float) -> Verdict:
    caller = examination.caller
    assert isinstance(caller, SubjectCaller)
    recorder = caller.recorder
    if recorder.held_back:
        told = "it clips its gradient by norm; that was held back, and the gradient itself judged"
        verdict = replace(verdict, notes=(*verdict.notes, told))
    return replace(verdict, printed=recorder.printed, seconds=time.monotonic() - began)


def _refuse_foreign_settings(subject: Subject, claim: Claim) -> None:
    handed = sorted(subject.asks & set(STEPS))
    if handed and claim.gives != "step":
        raise InvalidArgument.of(
            "claim", claim.id, f"it has no {', '.join(handed)}, which the function asks for",
            "claim='trpo-step', which is about parts of a step",
        )  # fmt: skip
    known = {*claim.settings, *claim.varied, *subject.fixed}
    foreign = sorted((subject.asks & set(SETTINGS)) - known)
    if foreign:
        asked = ", ".join(foreign)
        raise InvalidArgument.of(
            "claim", claim.id, f"it has no {asked}, which the function asks for",
            f"the claim that it makes, or a value: "
            f"settings={{{foreign[0]!r}: NUMBER}} (--set {foreign[0]}=NUMBER in the shell)",
        )  # fmt: skip


def _refuse_foreign_networks(subject: Subject, claim: Claim) -> None:
    asked = sorted(subject.asks & ACTION_VALUES)
    own = subject.own
    if not claim.of_action_values and (asked or (own is not None and has_action_values(own))):
        told = f"which the function asks for by {', '.join(asked)}" if asked else "which it trains"
        raise InvalidArgument.of(
            "claim", claim.id, f"it has no values of actions, {told}", "dqn-loss or q-learning"
        )
    if own is None or not claim.of_action_values:
        return
    if not has_action_values(own):
        raise InvalidArgument.of(
            "subject", subject.name, f"{claim.id} is about values of actions, and it brings none",
            "an object with load, update and `q_fn`; a function that asks for `q_fn`",
        )  # fmt: skip
    if claim.freezes and getattr(own, "target_q_fn", None) is None:
        raise InvalidArgument.of(
            "subject", subject.name, f"{claim.id} needs a target network, and it brings none",
            "an object with `q_fn` and `target_q_fn`, or q-learning, which has one network",
        )  # fmt: skip


def _judge(examination: Examination, shrink: bool) -> Verdict:
    cases = examination.cases()
    error = None
    try:
        examination.run(cases)
    except SubjectFailure as failure:
        error = str(failure) + hint(str(failure), examination.subject)
    claim, subject = examination.claim, examination.subject
    clips = "clip_eps" in claim.settings and claim.off_policy
    placebo = judge_the_judge(
        claim, subject, examination.seed, examination.caller.eps, examination.device
    )
    verdict = Verdict(
        subject=subject.name,
        claim=claim.id,
        outcome=Outcome.BIASED,
        properties=results_of(examination),
        coverage=coverage_of(cases, clips) if claim.gives in ("loss", "array") else None,
        grade="numerical" if any(m.numerical for m in examination.measurements) else "exact",
        routes=tuple(sorted({m.route for m in examination.measurements if m.route})),
        assumed=dict(assumed_settings(claim, subject)),
        not_tried=not_tried(examination),
        notes=(*examination.notes, *quadrature_notes(examination)),
        error=error,
        placebo=placebo,
    )
    if error is not None:
        return verdict
    try:
        return decide(examination, cases, verdict, shrink)
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
    except (NoRoute, NotTried) as reason:
        return replace(verdict, outcome=Outcome.INCONCLUSIVE, notes=(str(reason),))
    routes = tuple(sorted({m.route for m in examination.measurements if m.route}))
    verdict = replace(verdict, properties=results_of(examination), routes=routes)
    failing = [m for m in examination.measurements if not m.holds]
    if not failing:
        told = "on the case of this line it holds now; without it everything is tried"
        return replace(verdict, outcome=Outcome.INCONCLUSIVE, notes=(told,))
    finding = describe(examination, max(failing, key=lambda m: m.error))
    changed = {m.property_id for m in failing} & {"repeatable", "inputs-untouched"}
    outcome = Outcome.NOT_REPRODUCIBLE if changed else Outcome.BIASED
    return replace(verdict, outcome=outcome, finding=finding)

"""Structure between expectations: on worlds whose rollouts are all listed.

One case on the policy that sampled and, where the claim says something of an older one, one off
it: whole episodes of one length, in which every such relation is true. Where an implementation's
rollouts are too many or coupled, the small sibling; where they are coupled there too, none.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import torch

from rlcheck.claims import Claim
from rlcheck.judges.callers import Caller
from rlcheck.judges.case import Case
from rlcheck.judges.cases import bandit_cases, listed_cases, refused_expectation
from rlcheck.judges.expectation import NoRoute
from rlcheck.judges.measurement import Measurement
from rlcheck.judges.response import SubjectFailure
from rlcheck.judges.structural import BANDIT, EXPERIMENTS, NotTried, Trial, make_trial
from rlcheck.subjects import Subject


@dataclass(kw_only=True)
class Relations:
    """What came of them.

    Attributes:
        measurements: everything measured.
        refused: property id -> why it was not tried.
    """

    measurements: list[Measurement] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)


def judge_relations(
    claim: Claim,
    subject: Subject,
    caller: Caller,
    names: Iterable[str],
    seed: int,
    device: torch.device,
) -> Relations:
    """Every relation of these ids, on every case that fits it."""
    found, names = Relations(), list(names)
    reason = refused_expectation(claim, subject)
    if subject.actions == "continuous":
        reason = "it is tried where actions are finitely many"
    if reason is not None:
        found.refused |= dict.fromkeys(names, reason)
        return found
    for group, pairs in (
        ([name for name in names if name != BANDIT], _whole_episodes(claim, subject, seed)),
        ([name for name in names if name == BANDIT], _bandits(claim, subject, seed)),
    ):
        for case, small in pairs if group else ():
            _on_case(found, group, claim, subject, caller, case.to(device), small.to(device))
    return found


def _whole_episodes(claim: Claim, subject: Subject, seed: int) -> Iterator[tuple[Case, Case]]:
    every = zip(
        listed_cases(claim, subject, seed, small=False),
        listed_cases(claim, subject, seed, small=True),
        strict=True,
    )
    for case, same in every:
        if isinstance(case, Case) and isinstance(same, Case) and case.form == "fixed":
            yield case, same


def _bandits(claim: Claim, subject: Subject, seed: int) -> Iterator[tuple[Case, Case]]:
    return ((case, case) for case in bandit_cases(claim, subject, seed))


def _on_case(
    found: Relations, names: list[str], claim: Claim, subject: Subject, caller: Caller,
    case: Case, small: Case,
) -> None:  # fmt: skip
    try:
        trial = _with_an_answer(names[0], claim, subject, caller, case, small)
    except (NoRoute, SubjectFailure) as reason:
        found.refused |= dict.fromkeys(names, str(reason))
        return
    for name in names:
        try:
            found.measurements += EXPERIMENTS[name](trial)
        except (NotTried, NoRoute, SubjectFailure) as reason:
            found.refused[name] = str(reason)


def _with_an_answer(
    name: str, claim: Claim, subject: Subject, caller: Caller, case: Case, small: Case
) -> Trial:
    """The trial whose expectation can be had, with that expectation taken once for all."""
    trial = make_trial(name, claim, subject.asks, caller, case)
    try:
        _ = trial.answer
    except NoRoute:
        trial = make_trial(name, claim, subject.asks, caller, small)
        _ = trial.answer
    return trial

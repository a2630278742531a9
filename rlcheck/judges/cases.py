"""Which cases a claim and a subject are tried on: what a function asks for says what it can be."""

import random
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from rlcheck import exact
from rlcheck.claims import Claim, Form
from rlcheck.judges.case import Case
from rlcheck.judges.worlds import FULL, SMALL, Size, policies, world
from rlcheck.subjects import Subject
from rlcheck.worlds import TabularMDP

_BOOTSTRAPS = ("next_values", "last_values")


def computes_from_rewards(claim: Claim, subject: Subject) -> bool:
    """Whether the subject turns rewards into credit itself, so that ends matter to it."""
    given = {"advantages", "returns"} & subject.asks
    return claim.reads_ends or ("rewards" in subject.asks and not given)


def can_bootstrap(subject: Subject) -> bool:
    """Whether it can value the state after the last row."""
    asks = subject.asks
    own = bool(asks & {"value_fn", "agent"}) and "next_obs" in asks
    return own or any(word in asks for word in _BOOTSTRAPS)


def refused_form(claim: Claim, subject: Subject, form: Form) -> str | None:
    """Why a form of batch cannot be tried, or None where it can."""
    if form == "ragged":
        return None if subject.takes_padding else "it asks for no `mask`"
    if form in ("fixed", "delayed") or not computes_from_rewards(claim, subject):
        return None
    if form == "segments" and not subject.sees_ends:
        return "it asks for no flag that shows where an episode ends"
    if form == "time-limit" and "truncated" not in subject.asks:
        return "it does not ask for `truncated`"
    if not can_bootstrap(subject):
        return "it asks for no value of the state after the last row"
    return None


def cuts_segments(claim: Claim, subject: Subject) -> bool:
    """Whether truncations may lie in the middle of a segment."""
    if not computes_from_rewards(claim, subject):
        return True
    own = bool(subject.asks & {"value_fn", "agent"}) and "next_obs" in subject.asks
    return "truncated" in subject.asks and ("next_values" in subject.asks or own)


def settings_for(claim: Claim, subject: Subject, index: int) -> dict[str, float]:
    """Settings of case `index`: varied where they are asked for, else fixed or by default."""
    chosen = {}
    for position, key in enumerate({**claim.settings, **claim.varied}):
        values = claim.varied.get(key, ())
        if key in subject.fixed:
            chosen[key] = subject.fixed[key]
        elif key in subject.asks and values:
            chosen[key] = values[(index + position // 2) % len(values)]
        else:
            chosen[key] = claim.settings.get(key, values[0] if values else 0.0)
    return chosen


def assumed_settings(claim: Claim, subject: Subject) -> Mapping[str, float]:
    """Settings of the right form that the subject did not ask for, with what was assumed."""
    needed = {"gamma", "gae_lambda"} if computes_from_rewards(claim, subject) else set()
    needed |= set(claim.settings) - {"gamma", "gae_lambda"}
    if "advantages" not in {stage.id for stage in claim.stages}:
        needed.discard("gae_lambda")
    used = settings_for(claim, subject, 0)
    return {k: v for k, v in used.items() if k in needed and k not in subject.asks}


def sampled_cases(claim: Claim, subject: Subject, seed: int) -> Iterator[Case]:
    """Cases for comparison on the same batch: each form, on and off policy, both settings."""
    index = 0
    for form in claim.forms:
        if refused_form(claim, subject, form):
            continue
        for off_policy in (False, True) if claim.off_policy else (False, False):
            yield make_case(
                claim, subject, form, FULL, seed=seed + index, index=index, off_policy=off_policy
            )
            index += 1


def listed_cases(claim: Claim, subject: Subject, seed: int, small: bool) -> Iterator[Case]:
    """Cases for exact expectation, with an exact critic."""
    index = 0
    for form in claim.forms:
        if refused_form(claim, subject, form):
            continue
        for off_policy in (False, True) if claim.off_policy else (False,):
            yield make_case(
                claim, subject, form, SMALL if small else _enumerable(form),
                seed=seed + 100 + index, index=index, off_policy=off_policy, exact_critic=True,
            )  # fmt: skip
            index += 1


def _enumerable(form: Form) -> Size:
    # A segment's resets multiply its paths: two actions keep them at a few hundred.
    return Size(n_actions=2) if form in ("segments", "time-limit") else FULL


def make_case(
    claim: Claim,
    subject: Subject,
    form: Form,
    size: Size,
    *,
    seed: int,
    index: int = 0,
    off_policy: bool = False,
    exact_critic: bool = False,
    settings: Mapping[str, float] | None = None,
    n_rollouts: int = 6,
) -> Case:
    """One case, from a seed alone: the same arguments give the same numbers."""
    rng = random.Random(f"{claim.id}/{form}/{seed}/{size}")
    chosen = dict(settings or settings_for(claim, subject, index))
    found = world(form, size, chosen.get("gamma", 0.75), rng, cuts_segments(claim, subject))
    logits_old, logits_new = policies(found.n_states, found.n_actions, rng)
    critic = _critic(found, logits_old, rng, exact_critic)
    shared = bool(subject.asks & {"value_fn", "agent"}) and "advantages" not in subject.asks
    values = critic if shared else critic + _numbers(found.n_states, rng) / 4
    in_segments = form == "segments"
    length = (size.horizon + (0 if exact_critic else 1)) if in_segments else None
    return Case(
        world=found,
        form=form,
        length=length,
        logits=logits_new if off_policy else logits_old,
        logits_old=logits_old,
        values=values,
        critic=critic,
        values_old=values + _numbers(found.n_states, rng) / 8,
        settings=chosen,
        n_rollouts=n_rollouts,
        seed=seed,
    )


def _critic(
    found: TabularMDP, logits_old: Tensor, rng: random.Random, exact_critic: bool
) -> Tensor:
    numbers = _numbers(found.n_states, rng)
    if not exact_critic:
        return numbers
    truth = exact.state_values(found, logits_old.softmax(-1))
    # V of a terminal state is never to be used: whoever uses it shall be seen.
    return torch.where(found.terminal, numbers, truth)


def _numbers(count: int, rng: random.Random) -> Tensor:
    values = [rng.choice((-7, -5, -3, -1, 1, 3, 5, 7)) / 4 for _ in range(count)]
    return torch.tensor(values, dtype=torch.float64)

"""Which continuous cases a claim and a subject are tried on."""

import itertools
from collections.abc import Iterator
from dataclasses import replace

from rlcheck.claims import Claim, Form
from rlcheck.judges.cases import (
    STEP_CASES,
    computes_from_rewards,
    cuts_segments,
    refused_form,
    settings_for,
)
from rlcheck.judges.continuous_case import ContinuousCase
from rlcheck.judges.gaussian_worlds import FULL, LISTED, SMALL
from rlcheck.judges.recipe import Recipe, make_case
from rlcheck.judges.step_reach import telling_seed
from rlcheck.judges.worlds import Size
from rlcheck.subjects import Subject

# Enough for every sign of A to meet every region of the ratio in one batch.
_ROLLOUTS = 10
# One action in these forms, two in the others: both are met on and off policy.
_ONE_ACTION = ("delayed", "time-limit")
# Three nodes for each of 2 D random numbers: 1,458 rollouts from two starting points at D = 3.
_MOST_IN_TWO_STEPS = 3
# Fourteen nodes a step for the dimension that ratios depend on, three for another: 3,528 rollouts.
_MOST_WITH_RATIOS = 2


def refused_continuous(claim: Claim, subject: Subject, form: Form) -> str | None:
    """Why a form of batch gives no expectation on continuous actions, or None where it does."""
    refused = refused_form(claim, subject, form)
    if refused is None and form == "ragged":
        return "episodes of a linear Gaussian world are of one length"
    if refused is None and form != "fixed" and subject.own is not None:
        return "the truth under a network's mean is had on plain whole episodes alone"
    return refused


def sampled_continuous(claim: Claim, subject: Subject, seed: int) -> Iterator[ContinuousCase]:
    """Cases for comparisons on one sampled batch: every form, on and off policy, both settings."""
    if claim.gives == "number":
        yield from _every_setting(claim, subject, seed)
        return
    if claim.gives == "step":
        yield from _steps(claim, subject, seed)
        return
    for index, (form, off_policy) in enumerate(_points(claim, subject)):
        recipe = _recipe(claim, subject, form, off_policy, _turn(index))
        if form in _ONE_ACTION and subject.own is None:
            recipe = replace(recipe, size=replace(recipe.size, n_actions=1))
        yield _made(replace(recipe, seed=seed + index), subject)


def _steps(claim: Claim, subject: Subject, seed: int) -> Iterator[ContinuousCase]:
    """As with discrete actions; a network sees the starting points alone, which are two."""
    for turn in range(STEP_CASES):
        recipe = _recipe(claim, subject, "fixed", False, turn)
        if subject.own is not None:
            recipe = replace(recipe, size=replace(recipe.size, horizon=1))
        recipe = replace(recipe, seed=seed + turn)
        if "max_kl" in subject.asks:
            recipe = replace(recipe, seed=telling_seed(recipe, turn, subject.own))
        yield _made(recipe, subject)


def listed_continuous(
    claim: Claim, subject: Subject, seed: int
) -> Iterator[tuple[ContinuousCase, ContinuousCase]]:
    """Cases for exact expectation, with an exact critic, each beside its small sibling."""
    for index, (form, off_policy) in enumerate(_points(claim, subject)):
        again = not claim.off_policy and index % 2 == 1
        if refused_continuous(claim, subject, form) is not None or again:
            continue
        kinks = off_policy and "clip_eps" in claim.settings
        if kinks and form != "fixed":
            continue  # one step is one step, whatever the form
        recipe = replace(
            _recipe(claim, subject, form, off_policy, _turn(index)),
            seed=seed + 100 + index, listed=True, exact_critic=True,
        )  # fmt: skip
        size, small = _sizes(subject, form, off_policy, kinks)
        yield (
            _made(replace(recipe, size=size), subject),
            _made(replace(recipe, size=small), subject),
        )


def undiscounted_continuous(claim: Claim, subject: Subject, seed: int) -> ContinuousCase:
    """A case with gamma = 1, on policy, for first-order equality with the gradient of J."""
    recipe = _recipe(claim, subject, "fixed", False, 0)
    settings = tuple((k, 1.0 if k == "gamma" else v) for k, v in recipe.settings)
    size = LISTED if subject.own is None else _sizes(subject, "fixed", False, False)[0]
    recipe = replace(recipe, seed=seed + 200, size=size, settings=settings)
    return _made(replace(recipe, listed=True, exact_critic=True), subject)


def _sizes(subject: Subject, form: Form, off_policy: bool, kinks: bool) -> tuple[Size, Size]:
    """(full, small) sizes of worlds whose rollouts are all listed."""
    one = 1 if off_policy else SMALL.horizon
    if subject.own is None:
        return _size(form, off_policy, kinks), replace(SMALL, horizon=one)
    count = subject.own.action.size
    most = _MOST_WITH_RATIOS if off_policy else _MOST_IN_TWO_STEPS
    steps = 1 if kinks or count > most else LISTED.horizon
    full = replace(LISTED, n_actions=count, horizon=steps)
    return full, replace(SMALL, n_actions=count, horizon=one if count == 1 else 1)


def _size(form: Form, off_policy: bool, kinks: bool) -> Size:
    if kinks:
        return replace(LISTED, horizon=1)
    if form == "segments" and not off_policy:
        # Ends after two rows of three: one in the middle.
        return replace(LISTED, horizon=3)
    return replace(LISTED, n_actions=2) if form == "fixed" and not off_policy else LISTED


def _every_setting(claim: Claim, subject: Subject, seed: int) -> Iterator[ContinuousCase]:
    asked = [key for key in claim.varied if key in subject.asks and key not in subject.fixed]
    case = _made(replace(_recipe(claim, subject, "fixed", False, 0), seed=seed), subject)
    for values in itertools.product(*(claim.varied[key] for key in asked)):
        yield case.with_settings(**dict(zip(asked, values, strict=True)))


def _points(claim: Claim, subject: Subject) -> Iterator[tuple[Form, bool]]:
    for form in claim.forms:
        if refused_form(claim, subject, form) is None:
            for second in (False, True):
                yield form, second and claim.off_policy


def _turn(index: int) -> int:
    # Two points a form: on and off policy both take either value of a setting in turn.
    return (index + 1) // 2


def _recipe(claim: Claim, subject: Subject, form: Form, off_policy: bool, turn: int) -> Recipe:
    own_values = bool(subject.asks & {"value_fn", "agent", "values_new"})
    return Recipe(
        actions="continuous",
        form=form,
        size=FULL if subject.own is None else replace(FULL, n_actions=subject.own.action.size),
        n_rollouts=_ROLLOUTS,
        off_policy=off_policy,
        settings=tuple(settings_for(claim, subject, turn).items()),
        limit=cuts_segments(claim, subject),
        shared_critic=own_values and computes_from_rewards(claim, subject),
    )


def _made(recipe: Recipe, subject: Subject) -> ContinuousCase:
    case = make_case(recipe, own=subject.own)
    assert isinstance(case, ContinuousCase)
    return case

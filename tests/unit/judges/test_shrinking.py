"""Planted faults shrink to two states and two steps, and replay there."""

import pytest

from rlcheck.judges.examination import Examination, fails_on
from rlcheck.judges.recipe import Recipe, make_case
from rlcheck.judges.shrinking import smallest_failing
from tests.unit.judges import implementations as made
from tests.unit.judges import test_structural as planted


def examination_of(function, claim):
    caller = made.caller_of(function, claim)
    return Examination(claim=caller.claim, subject=caller.subject, caller=caller)


@pytest.mark.parametrize(
    ("function", "claim", "property_id", "form"),
    [
        (planted.negated, "cpi", "same-batch-on-policy", "fixed"),
        (planted.negated, "cpi", "exact-on-policy", "fixed"),
        (planted.takes_the_larger, "ppo-clip", "same-batch-off-policy", "fixed"),
        (planted.masks_the_denominator, "cpi", "masked-slots-ignored", "ragged"),
        (planted.never_bootstraps, "gae", "truncation-bootstraps", "segments"),
    ],
)
def test_a_planted_fault_shrinks(function, claim, property_id, form):
    examination = examination_of(function, claim)
    listed, off_policy = property_id.startswith("exact"), "off" in property_id
    cases = (made.case_of(form, listed=listed, off_policy=off_policy, seed=s) for s in range(9))
    case = next(c for c in cases if fails_on(examination, property_id, c))
    small = smallest_failing(case, lambda c: fails_on(examination, property_id, c), seconds=20.0)
    assert fails_on(examination, property_id, small)
    ends = int(form in ("ragged", "segments"))
    assert small.recipe.size.n_states + ends <= 2
    assert small.recipe.size.horizon <= 2
    again = make_case(Recipe.from_token(small.recipe.token))
    assert fails_on(examination, property_id, again)


def test_what_never_fails_stays_as_it_was():
    case = made.case_of()
    assert smallest_failing(case, lambda c: False, seconds=2.0) is case


def test_what_always_fails_becomes_the_simplest():
    small = smallest_failing(made.case_of(), lambda c: True, seconds=5.0)
    size = small.recipe.size
    assert (size.n_states, size.n_actions, size.horizon, size.successors) == (1, 2, 1, 1)
    assert small.recipe.n_rollouts == 1

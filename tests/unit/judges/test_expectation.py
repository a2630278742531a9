"""Every route to an expectation gives the number that a plain weighted sum over rollouts gives."""

import itertools
import math
from dataclasses import replace

import pytest
import torch

from rlcheck.judges.exact import judge_exact, target_gradient
from rlcheck.judges.expectation import (
    NoRoute,
    by_slot,
    expected_array,
    expected_by_dyadic_batch,
    expected_gradient,
    expected_over_batches,
)
from rlcheck.judges.floors import floor
from rlcheck.judges.worlds import SMALL
from tests.unit.judges import implementations as made


def brute_force(caller, batch, size=1):
    """E[one call on `size` rollouts], over ordered tuples."""
    p = batch.rollout.probability.tolist()
    total = 0.0
    for chosen in itertools.product(range(len(p)), repeat=size):
        weight = math.prod(p[n] for n in chosen)
        total = total + weight * caller(batch.select(torch.tensor(chosen))).vector
    return total


def relative(found, due):
    return float((found - due).norm() / due.norm())


@pytest.mark.parametrize("function", made.TRACED, ids=lambda f: f.__name__)
def test_the_tap_is_the_sum_over_rollouts(function):
    batch = made.case_of(size=SMALL, off_policy=True).listed
    caller = made.caller_of(function)
    found = expected_gradient(caller, batch)
    assert found.route == "tap"
    assert relative(found.vector, brute_force(caller, batch)) < 1e-14


@pytest.mark.parametrize("function", [made.weight_decay, made.through_numpy])
def test_rollout_by_rollout_where_the_tap_is_blind(function):
    batch = made.case_of(size=SMALL, off_policy=True).listed
    caller = made.caller_of(function)
    found = expected_gradient(caller, batch)
    assert found.route == "rollout by rollout"
    assert relative(found.vector, brute_force(caller, batch)) < 1e-14


def test_the_tap_and_rollout_by_rollout_agree():
    batch = made.case_of(size=SMALL, off_policy=True, seed=4).listed
    tap = expected_gradient(made.caller_of(made.cpi), batch)
    slow = expected_gradient(made.caller_of(made.through_numpy), batch)
    assert (tap.route, slow.route) == ("tap", "rollout by rollout")
    assert relative(tap.vector, slow.vector) < 1e-14


@pytest.mark.parametrize("function", [made.whitened, made.centred, made.batch_norm])
def test_coupled_rollouts_have_no_such_route(function):
    with pytest.raises(NoRoute, match="coupled"):
        expected_gradient(made.caller_of(function), made.case_of(size=SMALL).listed)


def test_too_many_rollouts_have_none_either():
    with pytest.raises(NoRoute, match="too many"):
        expected_gradient(made.caller_of(made.through_numpy), made.case_of().listed)


@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("function", [made.whitened, made.centred, made.cpi])
def test_every_multiset_is_every_ordered_tuple(function, size):
    full = made.case_of(size=SMALL, off_policy=True).listed
    # A few of the rollouts, with probabilities that sum to one again.
    batch = full.select(torch.tensor([0, 3, 5]))
    p = torch.tensor([0.2, 0.5, 0.3], dtype=torch.float64)
    batch = _with_probability(batch, p)
    caller = made.caller_of(function)
    found = expected_over_batches(caller, batch, size)
    assert (found.route, found.batch_size) == (f"every batch of {size}", size)
    assert relative(found.vector, brute_force(caller, batch, size)) < 1e-13


def _with_probability(batch, p):
    from dataclasses import replace

    return replace(batch, rollout=replace(batch.rollout, probability=p))


def test_batches_of_an_uncoupled_loss_are_its_single_calls():
    batch = made.case_of(size=SMALL, off_policy=True).listed
    caller = made.caller_of(made.cpi)
    due = expected_gradient(caller, batch).vector
    for size in (2, 3):
        assert relative(expected_over_batches(caller, batch, size).vector, due) < 1e-13


def test_too_many_batches_are_refused():
    with pytest.raises(NoRoute):
        expected_over_batches(made.caller_of(made.cpi), made.case_of().listed, 2)


@pytest.mark.parametrize("form", ["fixed", "time-limit"])
def test_the_dyadic_batch_of_an_uncoupled_loss(form):
    batch = made.case_of(form, size=SMALL, off_policy=True).listed
    caller = made.caller_of(made.cpi)
    found = expected_by_dyadic_batch(caller, batch)
    assert found.route == "dyadic batch"
    assert relative(found.vector, brute_force(caller, batch)) < 1e-13


def test_probabilities_that_are_not_dyadic_are_refused():
    batch = made.case_of(size=SMALL).listed
    n = batch.rollout.N
    batch = _with_probability(batch, torch.full((n,), 1 / 3, dtype=torch.float64))
    with pytest.raises(NoRoute, match="dyadic"):
        expected_by_dyadic_batch(made.caller_of(made.cpi), batch)


def test_one_full_batch_hides_what_batches_of_two_show():
    """The bias of centring falls as 1/N: a listing of all rollouts is not an expectation of it."""
    case = made.case_of(size=SMALL)
    caller = made.caller_of(made.centred)
    due = brute_force(made.caller_of(made.cpi), case.listed)
    of_two = expected_over_batches(caller, case.listed, 2).vector
    listed = expected_by_dyadic_batch(caller, case.listed).vector
    assert float((of_two - due).norm()) > 2 * float((listed - due).norm())


@pytest.mark.parametrize("form", ["fixed", "delayed", "segments", "time-limit"])
@pytest.mark.parametrize("off_policy", [False, True])
def test_the_right_form_has_the_target_s_expectation(form, off_policy):
    case = made.case_of(form, off_policy=off_policy)
    caller = made.caller_of(made.cpi)
    due = target_gradient(caller.claim, case)
    found = expected_gradient(caller, case.listed)
    assert found.route == "tap"
    assert float((found.vector - due).norm()) <= floor(case.listed, due)
    assert float(due.norm()) > 1e-3


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_ratio_of_sums_over_unequal_lengths(size):
    case = made.case_of("ragged", size=SMALL, off_policy=True)
    caller = made.caller_of(made.masked_mean)
    found = expected_over_batches(caller, case.listed, size)
    due = target_gradient(caller.claim, case, size)
    assert float((found.vector - due).norm()) <= floor(case.listed, due)
    other = target_gradient(caller.claim, case, size + 1)
    assert float((found.vector - other).norm()) > 1e-6


@pytest.mark.parametrize("rollouts", [1, 2])
def test_batches_of_more_places_than_there_are_rollouts(rollouts):
    """As shrinking comes to them: every rollout may be drawn again."""
    whole = made.case_of(size=SMALL).listed
    batch = whole.select(torch.arange(rollouts))
    even = torch.full((rollouts,), 1 / rollouts, dtype=torch.float64)
    batch = replace(batch, rollout=replace(batch.rollout, probability=even))
    caller = made.caller_of(made.centred)
    found = expected_over_batches(caller, batch, 4)
    due = sum(
        caller(batch.select(torch.tensor(chosen))).vector / rollouts**4
        for chosen in itertools.product(range(rollouts), repeat=4)
    )
    assert len(found.batches) == (1 if rollouts == 1 else 5)
    assert float((found.vector - due).norm()) <= 4 * floor(batch, due)


def test_ragged_worlds_are_judged_by_batches():
    case, small = made.case_of("ragged"), made.case_of("ragged", size=SMALL)
    caller = made.caller_of(made.masked_mean)
    measured = list(judge_exact(caller.claim, caller, [case], [small]))
    assert {m.route for m in measured} >= {"every batch of 2"}
    assert all(m.holds for m in measured)


def gae(rewards, values, next_values, terminated, truncated, gamma, gae_lambda):
    advantages, running = torch.zeros_like(rewards), torch.zeros_like(rewards[0])
    for t in reversed(range(len(rewards))):
        live, on = 1 - terminated[t], 1 - (terminated[t] | truncated[t])
        delta = rewards[t] + gamma * live * next_values[t] - values[t]
        running = delta + gamma * gae_lambda * on * running
        advantages[t] = running
    return advantages


def test_arrays_by_slot():
    batch = made.case_of("segments").listed
    caller = made.caller_of(gae, "gae")
    raw = caller(batch).raw
    rollout = batch.rollout
    shape = (rollout.T, rollout.T, int(rollout.states.max()) + 1, int(rollout.actions.max()) + 1)
    due = torch.zeros(shape, dtype=torch.float64)
    for n in range(rollout.N):
        for t in range(rollout.T):
            place = tuple(int(x[t, n]) for x in (rollout.steps, rollout.states, rollout.actions))
            due[(t, *place)] += rollout.probability[n] * raw[t, n]
    assert (by_slot(batch, raw, shape) - due.flatten()).abs().max() < 1e-13
    found = expected_array(caller, batch, shape)
    assert (found.vector - due.flatten()).abs().max() < 1e-13


def test_padded_slots_count_nowhere():
    batch = made.case_of("ragged").listed
    rollout = batch.rollout
    shape = (rollout.T, rollout.T, int(rollout.states.max()) + 1, int(rollout.actions.max()) + 1)
    ones = torch.ones_like(rollout.rewards)
    total = float(by_slot(batch, ones, shape).sum())
    assert total == pytest.approx(float(rollout.probability @ batch.valid_steps))
    spoilt = torch.where(rollout.mask, ones, torch.full_like(ones, 7.0))
    assert float(by_slot(batch, spoilt, shape).sum()) == pytest.approx(total)


def test_an_estimator_that_looks_at_its_neighbours_has_no_route():
    def whitened_gae(rewards, values, next_values, terminated, truncated, gamma, gae_lambda):
        found = gae(rewards, values, next_values, terminated, truncated, gamma, gae_lambda)
        return found - found.mean()

    batch = made.case_of("segments").listed
    with pytest.raises(NoRoute, match="coupled"):
        expected_array(made.caller_of(whitened_gae, "gae"), batch, (3, 3, 3, 3))

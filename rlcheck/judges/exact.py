"""Judge 2: exact expectation against the claim's own target. No reference, no sampling."""

import contextlib
import math
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from rlcheck import exact
from rlcheck.claims import Claim, Truth
from rlcheck.claims.memory_truth import MemoryTruth
from rlcheck.judges.callers import Caller
from rlcheck.judges.case import Case, action_value_tables, tables
from rlcheck.judges.cases import ListedCase
from rlcheck.judges.expectation import (
    Expectation,
    NoRoute,
    expected_array,
    expected_by_dyadic_batch,
    expected_gradient,
    expected_over_batches,
)
from rlcheck.judges.floors import floor
from rlcheck.judges.measurement import Measurement
from rlcheck.judges.recurrent_case import RecurrentCase
from rlcheck.judges.response import SubjectFailure, gradient_of
from rlcheck.subjects.own import has_action_values

BATCH_SIZES = (2, 3, 4)
# Every batch of two is tried whatever it costs; larger ones while the calls stay few.
_CHEAP_BATCHES = 200


def truth_of(case: ListedCase, batch_size: int = 1) -> Truth | MemoryTruth:
    """What the claim's target is computed from."""
    if isinstance(case, RecurrentCase):
        return case.truth
    pi, values = tables(case, case.networks)
    q_values = target_q_values = None
    if has_action_values(case.networks):
        q_values, target_q_values = action_value_tables(case, case.networks)
    length = case.length
    if length is None:
        length = exact.longest_episode(case.world, case.pi_old)
    return Truth(
        world=case.world,
        pi=pi,
        pi_old=case.pi_old,
        values=values.to(torch.float64),
        critic=case.critic,
        settings=case.settings,
        length=length,
        segments=case.segments,
        q_values=q_values,
        target_q_values=target_q_values,
        batch_size=batch_size,
    )


def target_gradient(claim: Claim, case: ListedCase, batch_size: int = 1) -> Tensor:
    """The claim's target through the parameters of the case's networks."""
    assert claim.target is not None
    potential = claim.target(truth_of(case, batch_size))
    return gradient_of(potential, case.networks.parameters)


def judge_exact(
    claim: Claim,
    caller: Caller,
    cases: Sequence[ListedCase],
    small: Sequence[ListedCase],
    batch_sizes: Sequence[int] = BATCH_SIZES,
) -> Iterator[Measurement]:
    """The expectation on every case; where rollouts are coupled, on its small sibling.

    Args:
        claim: what is promised.
        caller: the implementation.
        cases: where it is tried.
        small: beside each a case of few rollouts.
        batch_sizes: K, where every batch of K rollouts is answered.

    Raises:
        NoRoute: nothing honest is left for some case.
    """
    for case, sibling in zip(cases, small, strict=True):
        name = "exact-on-policy" if case.on_policy else "exact-off-policy"
        if claim.gives == "array":
            yield _array(claim, name, caller, case)
            continue
        if case.form != "ragged":
            # A loss that cannot take one rollout (the sample deviation of one) is tried on more.
            with contextlib.suppress(NoRoute, SubjectFailure):
                yield _measure_either(claim, name, caller, case, sibling)
                continue
        yield from _small(claim, name, caller, sibling, batch_sizes)


def first_order(caller: Caller, case: Case) -> Measurement:
    """T E[gradient] against -nabla J at theta_old, on a world with gamma = 1."""
    batch = case.listed
    found = expected_gradient(caller, batch)
    objective = exact.objective(case.world, tables(case, case.networks)[0])
    due = gradient_of(-objective, case.networks.parameters)
    scaled = found.vector * batch.rollout.T
    return Measurement(
        property_id="first-order-equality", case=case, found=scaled, due=due,
        floor=batch.rollout.T * floor(batch, due, caller.eps, caller.words), route=found.route,
        n_rollouts=batch.rollout.N,
    )  # fmt: skip


def _measure_either(
    claim: Claim, name: str, caller: Caller, case: ListedCase, sibling: ListedCase
) -> Measurement:
    try:
        return _measure(claim, name, caller, case)
    except NoRoute:
        # No tap reaches the networks inside somebody's object: few enough rollouts, one call each.
        if case.own is None:
            raise
        return _measure(claim, name, caller, sibling)


def _measure(claim: Claim, name: str, caller: Caller, case: ListedCase) -> Measurement:
    batch = case.listed
    return _against(claim, name, caller, case, expected_gradient(caller, batch), batch.rollout.N)


def _small(
    claim: Claim, name: str, caller: Caller, case: ListedCase, batch_sizes: Sequence[int]
) -> Iterator[Measurement]:
    """Every batch of K on a world of a few rollouts; one dyadic batch where K cannot be had."""
    batch = case.listed
    tried = 0
    for size in batch_sizes:
        if size > 2 and math.comb(batch.rollout.N + size - 1, size) > _CHEAP_BATCHES:
            continue
        try:
            found = expected_over_batches(caller, batch, size)
        except NoRoute:
            continue
        except SubjectFailure:
            break
        tried += 1
        yield _against(claim, name, caller, case, found, batch.rollout.N)
    if not tried:
        if case.form == "ragged":
            raise NoRoute("a mean over unequal lengths is no mean over rollouts")
        found = expected_by_dyadic_batch(caller, batch)
        yield _against(claim, name, caller, case, found, batch.rollout.N)


def _against(
    claim: Claim, name: str, caller: Caller, case: ListedCase, found: Expectation, n_rollouts: int
) -> Measurement:
    due = target_gradient(claim, case, found.batch_size)
    return Measurement(
        property_id=name, case=case, found=found.vector, due=due,
        floor=floor(case.listed, due, caller.eps, caller.words), route=found.route,
        n_rollouts=n_rollouts, batches=found.batches,
    )  # fmt: skip


def _array(claim: Claim, name: str, caller: Caller, case: ListedCase) -> Measurement:
    assert claim.target is not None
    due = claim.target(truth_of(case)).detach().cpu()
    batch = case.listed
    found = expected_array(caller, batch, tuple(due.shape))
    return Measurement(
        property_id=name, case=case, found=found.vector, due=due.flatten(),
        floor=floor(batch, due.flatten(), caller.eps, caller.words, "array"), route=found.route,
        n_rollouts=batch.rollout.N,
    )  # fmt: skip

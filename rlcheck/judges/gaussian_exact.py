"""Exact expectation on continuous actions: the tap on quadrature nodes against closed forms.

Where everything is a polynomial (ratio one, affine policy, quadratic critic) three nodes a random
number are exact. Elsewhere the same is computed on more nodes, and their difference is part of
what an answer may be off by: grade `numerical`. Clip and min have kinks, which nodes cannot see;
there every action integral is cut at them, in worlds of one step and one action dimension.

Before any target comes the strictest comparison: claim and subject on the same weighted nodes,
where no quadrature error can hide anything.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from rlcheck.claims import Claim
from rlcheck.claims.continuous_truth import Potential
from rlcheck.judges.callers import Caller
from rlcheck.judges.continuous_case import ContinuousCase
from rlcheck.judges.expectation import (
    Expectation,
    NoRoute,
    expected_gradient,
    expected_over_batches,
    uncoupled_array,
)
from rlcheck.judges.floors import floor
from rlcheck.judges.measurement import Measurement
from rlcheck.judges.response import gradient_of
from rlcheck.subjects.batch import Batch
from rlcheck.subjects.networks import quadratic_features

# A comparison that could not see a deviation of this relative size is none.
_COARSEST = 1e-4


def judge_gaussian(
    claim: Claim, caller: Caller, case: ContinuousCase, small: ContinuousCase
) -> Iterator[Measurement]:
    """The expectation on nodes; where rollouts are coupled or too many, on the small sibling.

    Raises:
        NoRoute: nothing honest is left.
    """
    name = "exact-on-policy" if case.on_policy else "exact-off-policy"
    if claim.gives == "array":
        yield _array(claim, name, caller, case)
        return
    try:
        yield _measure(claim, name, caller, case)
        return
    except NoRoute as reason:
        if not case.on_policy and case.has_kinks:
            raise NoRoute(f"on nodes cut at the kinks: {reason}") from reason
    try:
        yield _measure(claim, name, caller, small)
    except NoRoute:
        if not small.on_policy:
            raise
        yield _over_batches(claim, name, caller, small)


def compares_on_nodes(claim: Claim) -> bool:
    """Whether the claim is a formula for a loss, which holds on weighted nodes too."""
    return claim.gives == "loss" and claim.decides == "same batch"


def on_the_same_nodes(caller: Caller, reference: Caller, case: ContinuousCase) -> Measurement:
    """Claim and subject as weighted sums over the very same nodes: no quadrature error at all."""
    name = "same-batch-on-policy" if case.on_policy else "same-batch-off-policy"
    found = expected_gradient(caller, case.listed)
    due = expected_gradient(reference, case.listed).vector
    return Measurement(
        property_id=name, case=case, found=found.vector, due=due,
        floor=2 * _floor(case.listed, due, caller), route=f"{found.route} on nodes",
        note="on weighted nodes", n_rollouts=case.listed.rollout.N,
    )  # fmt: skip


def first_order_gaussian(caller: Caller, case: ContinuousCase) -> Measurement:
    """T E[gradient] against -nabla J at theta_old, on a world with gamma = 1."""
    batch = case.listed
    length = batch.rollout.T
    found = expected_gradient(caller, batch)
    due = gradient_of(case.truth.objective().value, case.networks.parameters)
    return _with_finer_nodes("first-order-equality", caller, case, found, due, 0.0, float(length))


def _measure(claim: Claim, name: str, caller: Caller, case: ContinuousCase) -> Measurement:
    potential = _target(claim, case)
    due = gradient_of(potential.value, case.networks.parameters)
    found = expected_gradient(caller, case.listed)
    return _with_finer_nodes(name, caller, case, found, due, potential.error, 1.0)


def _with_finer_nodes(
    name: str, caller: Caller, case: ContinuousCase, found: Expectation, due: Tensor,
    target_error: float, scale: float,
) -> Measurement:  # fmt: skip
    """The measurement; nodes are refined off policy, and on policy where it does not hold."""
    allowed = scale * _floor(case.listed, due, caller) + target_error
    vector, numerical = scale * found.vector, target_error
    misses = float((vector - due).norm()) > allowed
    if misses or not case.on_policy:
        finer = case.on_nodes(case.finer_order)
        again = scale * expected_gradient(caller, finer).vector
        difference = float((again - vector).norm())
        if not case.on_policy or difference > allowed:
            numerical += difference
            rounding = scale * _floor(finer, due, caller)
            allowed = rounding + numerical
            if case.has_kinks and numerical <= rounding:
                numerical = 0.0  # closed form and cut nodes agree to rounding: that is exact
        vector = again
    measured = Measurement(
        property_id=name, case=case, found=vector, due=due, floor=allowed,
        route=f"{found.route} on nodes", n_rollouts=case.listed.rollout.N, numerical=numerical,
    )  # fmt: skip
    if measured.holds and numerical > _COARSEST * float(due.norm()):
        raise NoRoute(f"nodes do not converge: they still move by {numerical:.2g}")
    return measured


def _floor(batch: Batch, due: Tensor, caller: Caller) -> float:
    """The floor of a weighted sum over nodes: far ones are large, and weigh next to nothing."""
    return floor(batch, due, caller.eps, caller.words, shares=batch.rollout.probability)


def _over_batches(claim: Claim, name: str, caller: Caller, case: ContinuousCase) -> Measurement:
    """Every batch of two, where rollouts are coupled."""
    due = gradient_of(_target(claim, case).value, case.networks.parameters)
    found = expected_over_batches(caller, case.listed, 2)
    return Measurement(
        property_id=name, case=case, found=found.vector, due=due,
        floor=_floor(case.listed, due, caller), route=found.route,
        n_rollouts=case.listed.rollout.N,
    )  # fmt: skip


def _array(claim: Claim, name: str, caller: Caller, case: ContinuousCase) -> Measurement:
    """E[array f(s, a)] at every row against the exact E[A f], for all f of degree two."""
    assert claim.target_continuous is not None
    due = claim.target_continuous(case.truth)
    assert isinstance(due, Tensor)
    due = due.flatten().cpu()
    batch = case.listed
    found = _moments(batch, uncoupled_array(caller, batch))
    return Measurement(
        property_id=name, case=case, found=found.flatten().cpu(), due=due,
        floor=floor(batch, due, caller.eps, caller.words, "array"), route="one call on nodes",
        n_rollouts=batch.rollout.N,
    )  # fmt: skip


def _moments(batch: Batch, array: Tensor) -> Tensor:
    rollout = batch.rollout
    assert rollout.probability is not None
    features = quadratic_features(torch.cat([rollout.obs, rollout.actions], dim=-1))
    return torch.einsum("n,tn,tnf->tf", rollout.probability, array, features)


def _target(claim: Claim, case: ContinuousCase) -> Potential:
    if claim.target_continuous is None:
        raise NoRoute("the claim has no target on continuous actions")
    found = claim.target_continuous(case.truth)
    assert isinstance(found, Potential)
    return found

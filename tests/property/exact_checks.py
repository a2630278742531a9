"""One check a quantity of `rlcheck.exact`, for the world and policy of a seed.

They are functions, not tests, so that the power tests can run them against planted faults.
"""

import dataclasses

import torch
from torch import Tensor

from rlcheck import exact
from rlcheck.errors import InvalidArgument
from rlcheck.exact import floors, routes
from rlcheck.exact.policy import (
    flatten,
    jacobian_by_parameters,
    policy_table,
    trainable_parameters,
)
from rlcheck.worlds import TabularMDP
from tests.random_worlds import Policy, random_policy, random_world

LISTED = 20_000
"""Worlds with more episodes than this are not enumerated."""


@dataclasses.dataclass(frozen=True)
class Case:
    """What a seed gives; the floors of its gradient come with it."""

    seed: int
    world: TabularMDP
    policy: Policy

    @classmethod
    def of(cls, seed: int) -> "Case":
        world = random_world(seed)
        return cls(seed=seed, world=world, policy=random_policy(world, seed))

    @property
    def pi(self) -> Tensor:
        return policy_table(self.policy, self.world).detach()

    @property
    def gradient_floor(self) -> float:
        table = policy_table(self.policy, self.world)
        score = jacobian_by_parameters(table.log().flatten(), trainable_parameters(self.policy))
        return floors.gradient_floor(self.world, self.pi, score.reshape(*table.shape, -1))

    @property
    def untruncated(self) -> TabularMDP:
        return dataclasses.replace(self.world, time_limit=None)

    def listable(self) -> bool:
        try:
            exact.enumerate_episodes(self.untruncated, self.pi, cap=LISTED)
        except InvalidArgument:
            return False
        return True

    def direction(self) -> Tensor:
        generator = torch.Generator().manual_seed(self.seed)
        size = sum(p.numel() for p in self.policy.parameters())
        vector = torch.randn(1, size, generator=generator, dtype=torch.float64)
        return vector / vector.norm()

    def agree(self, what: str, found: Tensor, expected: Tensor, floor: float) -> None:
        """To 1e-12 of the norm up to gamma = 0.99, to the floor beyond, and for what is zero."""
        assert found.shape == expected.shape, (what, found.shape, expected.shape)
        error, norm = float((found - expected).norm()), float(expected.norm())
        strict = self.world.gamma <= 0.99 and norm > 0
        allowed = 1e-12 * norm if strict else floor
        assert error <= allowed, f"{what}, {self.world.name}: off by {error}, allowed {allowed}"


def check_values(seed: int) -> None:
    case = Case.of(seed)
    floor = floors.value_floor(case.world, case.pi)
    values = routes.values_by_series(case.world, case.pi)
    action_values = routes.action_values_by_series(case.world, case.pi)
    case.agree("V", exact.state_values(case.world, case.pi), values, floor * values.numel() ** 0.5)
    floor = floor * action_values.numel() ** 0.5
    case.agree("Q", exact.action_values(case.world, case.pi), action_values, floor)
    advantages = exact.advantages(case.world, case.pi)
    # Q - V cancels: the error is relative to what is subtracted.
    error = (advantages - (action_values - values[..., None])).norm()
    assert error <= (1e-12 * action_values.norm() if case.world.gamma <= 0.99 else 2 * floor)


def check_objective(seed: int) -> None:
    case = Case.of(seed)
    floor = floors.value_floor(case.world, case.pi)
    value = exact.objective(case.world, case.pi)
    case.agree("J", value, routes.objective_by_series(case.world, case.pi), floor)
    if case.listable():
        case.agree("J", value, routes.objective_by_enumeration(case.world, case.pi), floor)


def check_occupancy(seed: int) -> None:
    case = Case.of(seed)
    kinds = [True]
    if case.world.horizon is not None or case.world.terminal.any():
        ends = case.world.horizon is not None or case.world.is_proper(case.pi)
        kinds += [False] if ends else []
    for discounted in kinds:
        found = exact.occupancy(case.world, case.pi, discounted)
        series = routes.occupancy_by_series(case.world, case.pi, discounted)
        floor = floors.occupancy_floor(case.world, case.pi, discounted)
        if not discounted and case.world.horizon is None:
            assert float((found - series).norm()) <= floor, case.world.name
            continue
        case.agree("d", found, series, floor)
        if case.listable():
            counted = routes.occupancy_by_enumeration(case.world, case.pi, discounted)
            case.agree("d", found, counted, floor)


def check_state_law(seed: int) -> None:
    case = Case.of(seed)
    length = case.world.horizon or 6
    found = exact.state_law(case.world, case.pi, length)
    floor = length * floors.rounding_constant(case.world) * floors.EPSILON * length**0.5
    case.agree("law", found, routes.state_law_by_series(case.world, case.pi, length), floor)


def check_slot_law(seed: int) -> None:
    """Against every rollout, counted: whole episodes, cut ones, and segments with resets."""
    case = Case.of(seed)
    for length, segments in ((None, False), (2, False), (2, True), (3, True), (4, True)):
        try:
            counted = routes.slot_law_by_enumeration(case.world, case.pi, length, segments, LISTED)
            found = exact.slot_law(case.world, case.pi, length, segments)
        except InvalidArgument:
            continue
        # The list may be shorter than the slots asked for, and the law's time cut at its limit.
        slots, depth = len(counted), min(found.shape[1], counted.shape[1])
        assert not counted[:, depth:].any()
        assert not found[slots:].any()
        assert not found[:, depth:].any()
        # The count adds up to LISTED terms in a row, one rounding each.
        floor = (floors.rounding_constant(case.world) * len(found) + LISTED) * floors.EPSILON
        case.agree("slots", found[:slots, :depth], counted[:, :depth], floor)


def check_gradient(seed: int) -> None:
    case = Case.of(seed)
    floor = case.gradient_floor
    found = flatten(exact.objective_gradient(case.world, case.policy))
    theorem = flatten(routes.gradient_by_theorem(case.world, case.policy))
    case.agree("nabla J", found, theorem, floor)
    if case.listable():
        counted = flatten(routes.gradient_by_enumeration(case.world, case.policy))
        if case.policy.sharpness > 1:
            # A step's score is rounded before a nearly deterministic softmax cancels it.
            assert float((found - counted).norm()) <= floor, case.world.name
        else:
            case.agree("nabla J", found, counted, floor)


def check_gradient_by_differences(seed: int) -> None:
    """Along one random direction. The estimate of a difference's own error may be off by two."""
    case = Case.of(seed)
    direction = case.direction()
    found = direction @ flatten(exact.objective_gradient(case.world, case.policy))
    other = routes.gradient_by_differences(case.world, case.policy, direction)
    allowed = 2 * float(other.error) + case.gradient_floor
    assert float((found - other.slope[:, 0]).abs()) <= allowed, case.world.name


def check_hessian(seed: int) -> None:
    """Symmetric, and the slope of the gradient along one random direction."""
    case = Case.of(seed)
    direction = case.direction()
    hessian = exact.objective_hessian(case.world, case.policy)
    other = routes.hessian_by_differences(case.world, case.policy, direction)
    # Two more solves enter a second derivative; the gradient's floor times both conditions.
    condition = floors.condition_number(case.world, case.pi)
    floor = 4 * condition * case.gradient_floor
    assert float((hessian - hessian.T).norm()) <= floor
    allowed = 2 * float(other.error.norm()) + floor
    assert float((direction @ hessian - other.slope).norm()) <= allowed, case.world.name


def check_fisher(seed: int) -> None:
    """Outer products of scores against the curvature of the KL."""
    case = Case.of(seed)
    weights = exact.fisher.default_weights(case.world, case.pi)
    found = exact.fisher_matrix(case.world, case.policy)
    other = routes.fisher_by_divergence(case.world, case.policy, weights)
    if case.policy.sharpness == 1:
        assert float((found - other).norm()) <= 1e-12 * float(found.norm()), case.world.name
    else:
        # pi (1 - pi) cancels where pi is nearly one, in the KL's curvature: eps of the slopes.
        scale = (
            sum(float(p.detach().norm()) for p in case.policy.parameters()) * case.policy.sharpness
        )
        allowed = 64 * floors.EPSILON * scale**2 * found.shape[0]
        assert float((found - other).norm()) <= allowed, case.world.name

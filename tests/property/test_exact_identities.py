"""Identities that hold whatever the code is: they share no hand with it."""

import dataclasses

import pytest
import torch

from rlcheck import exact
from rlcheck.exact import floors
from rlcheck.exact.policy import flatten, policy_table
from tests.property.exact_checks import LISTED, Case
from tests.random_worlds import Policy, random_policy

SEEDS = [
    pytest.param(range(100), id="0-99"),
    pytest.param(range(100, 1000), id="100-999", marks=pytest.mark.thorough),
]


def _timed(world, table):
    """[H, S, ...] for both kinds of horizon; an infinite one has a single row."""
    return table if world.horizon is not None else table[None]


def _visits(world, pi):
    """gamma^t Pr(s_t = s) by the rows that `_timed` gives."""
    if world.horizon is None:
        return exact.occupancy(world, pi)[None]
    law = exact.state_law(world, pi)
    return world.gamma ** torch.arange(world.horizon, dtype=law.dtype)[:, None] * law


def performance_difference(case, new):
    """J(new) - J(old) - sum_t gamma^t sum_{s, a} Pr_new(s_t = s) new(a | s) A_old(s, a)."""
    world, old = case.world, case.pi
    advantages = _timed(world, exact.advantages(world, old))
    gain = torch.einsum("ts,sa,tsa->", _visits(world, new), new, advantages)
    return exact.objective(world, new) - exact.objective(world, old) - gain


def difference_floor(world, old, new):
    """Each of the three terms has its own; the sum's weights are visits of the new policy."""
    visits = float(exact.occupancy(world, new).sum())
    values = floors.value_floor(world, old)
    relative = floors.relative_floor(world, new)
    magnitude = values / floors.relative_floor(world, old)
    return (
        values * (1 + 2 * visits) + floors.value_floor(world, new) + relative * visits * magnitude
    )


@pytest.mark.parametrize("seeds", SEEDS)
def test_performance_difference_lemma(seeds):
    # Kakade & Langford (2002), lemma 6.1; telescoping of V_old along the new policy.
    for seed in seeds:
        case = Case.of(seed)
        new = policy_table(random_policy(case.world, seed + 5000), case.world).detach()
        floor = difference_floor(case.world, case.pi, new)
        assert abs(float(performance_difference(case, new))) <= floor, case.world.name


def test_performance_difference_lemma_sees_a_faulty_advantage(monkeypatch):
    advantages = exact.advantages

    def faulty(world, pi):
        return advantages(dataclasses.replace(world, gamma=world.gamma * (1 - 1e-6)), pi)

    monkeypatch.setattr(exact, "advantages", faulty)
    caught = 0
    for seed in range(40):
        case = Case.of(seed)
        new = policy_table(random_policy(case.world, seed + 5000), case.world).detach()
        floor = difference_floor(case.world, case.pi, new)
        caught += abs(float(performance_difference(case, new))) > floor
    assert caught >= 20


@pytest.mark.parametrize("seeds", SEEDS)
def test_advantages_have_mean_zero_under_their_policy(seeds):
    for seed in seeds:
        case = Case.of(seed)
        advantages = _timed(case.world, exact.advantages(case.world, case.pi))
        mean = (case.pi * advantages).sum(-1)
        floor = 2 * floors.value_floor(case.world, case.pi)
        assert float(mean.abs().max()) <= floor, case.world.name
        total = torch.einsum("ts,ts->", _visits(case.world, case.pi), mean)
        visits = float(exact.occupancy(case.world, case.pi).sum())
        assert abs(float(total)) <= floor * visits


@pytest.mark.parametrize("seeds", SEEDS)
def test_occupancies_conserve_flow(seeds):
    """d(s') = p_0(s') + gamma sum_{s, a} d(s) pi(a | s) P(s' | s, a) without a horizon."""
    for seed in seeds:
        case = Case.of(seed)
        world = case.world
        if world.horizon is not None:
            continue
        visits = exact.occupancy(world, case.pi)
        flow = torch.einsum("s,sa,sat->t", visits, case.pi, world.transitions)
        defect = (visits - world.initial - world.gamma * flow)[~world.terminal]
        assert float(defect.norm()) <= floors.occupancy_floor(world, case.pi)


@pytest.mark.parametrize("seeds", SEEDS)
def test_time_in_the_state_changes_nothing(seeds):
    """V and J of a finite horizon equal those of the same world with (t, s) as its state."""
    for seed in seeds:
        case = Case.of(seed)
        world = case.world
        if world.horizon is None:
            continue
        unrolled = world.with_time()
        pi = case.pi.repeat(world.horizon + 1, 1)
        values = exact.state_values(unrolled, pi).reshape(world.horizon + 1, world.n_states)
        floor = floors.value_floor(world, case.pi)
        assert float((values[:-1] - exact.state_values(world, case.pi)).abs().max()) <= floor
        assert not values[-1].any()
        assert abs(float(exact.objective(unrolled, pi) - exact.objective(world, case.pi))) <= floor


def _telescoped(rollout, world, values):
    """The lambda = 1 advantage of the first step: sum_t gamma^t delta_t, V = 0 at the end."""
    column = torch.arange(rollout.N)
    time = rollout.steps if world.horizon is not None else torch.zeros_like(rollout.steps)
    following = _timed(world, values)
    following = torch.cat([following[1:], 0 * following[:1]]) if world.horizon else following
    here = _timed(world, values)[time, rollout.states]
    ahead = following[time, rollout.next_states] * ~rollout.terminated
    delta = rollout.rewards + world.gamma * ahead - here
    discounts = world.gamma ** rollout.steps.double() * rollout.mask
    returns = (discounts * rollout.rewards).sum(0)
    return (discounts * delta).sum(0), returns - here[0, column]


def test_advantages_telescope_to_return_minus_value():
    tried = 0
    for seed in range(60):
        case = Case.of(seed)
        if not case.listable():
            continue
        rollout = exact.enumerate_episodes(case.untruncated, case.pi, cap=LISTED)
        values = exact.state_values(case.world, case.pi)
        advantage, expected = _telescoped(rollout, case.world, values)
        scale = floors.value_floor(case.world, case.pi) * rollout.T
        assert float((advantage - expected).abs().max()) <= scale, case.world.name
        shifted, expected = _telescoped(rollout, case.world, values.roll(1, -1) + 1e-6)
        if case.world.gamma > 0 and rollout.T > 1:
            # Any critic telescopes, so that a wrong one must not fail here ...
            assert float((shifted - expected).abs().max()) <= scale + 1e-12
        # ... but only the right one has mean zero from every start.
        mean = rollout.probability @ advantage
        assert abs(float(mean)) <= scale
        assert abs(float(rollout.probability @ shifted)) > scale
        tried += 1
    assert tried >= 10


def test_fisher_and_hessian_are_symmetric_and_fisher_has_no_negative_direction():
    for seed in range(20):
        case = Case.of(seed)
        matrix = exact.fisher_matrix(case.world, case.policy)
        slack = 1e-12 * float(matrix.norm())
        assert float((matrix - matrix.T).norm()) <= slack
        assert float(torch.linalg.eigvalsh(matrix)[0]) >= -slack


def test_first_order_change_of_j_is_the_gradient_of_the_surrogate():
    """nabla of sum_t gamma^t Pr(s_t = s) ratio A at theta_old is nabla J (weights gamma^t)."""
    for seed in range(40):
        case = Case.of(seed)
        world = case.world
        pi = policy_table(case.policy, world)
        advantages = _timed(world, exact.advantages(world, case.pi))
        surrogate = torch.einsum("ts,sa,tsa->", _visits(world, case.pi), pi, advantages)
        found = torch.autograd.grad(surrogate, list(case.policy.parameters()))
        gradient = flatten(exact.objective_gradient(world, case.policy))
        error = torch.cat([g.flatten() for g in found]) - gradient
        assert float(error.norm()) <= 2 * case.gradient_floor, world.name


def test_kl_is_positive_zero_at_equality_and_not_symmetric():
    case = Case.of(0)
    p = case.pi
    q = policy_table(Policy(case.world, 77), case.world).detach()
    assert (exact.kl_divergence(p, q) > 0).all()
    assert not exact.kl_divergence(p, p).any()
    assert not torch.allclose(exact.kl_divergence(p, q), exact.kl_divergence(q, p))

"""Every closed form by two routes that share no code, finite differences as a third."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.func import functional_call

from rlcheck.errors import InvalidArgument
from rlcheck.exact.linear_gaussian import (
    ExactCritic,
    Grade,
    Quadratic,
    action_values,
    advantages,
    affine_policy,
    backward_objective,
    critic_advantages,
    objective,
    objective_by_quadrature,
    objective_gradient,
    state_law,
    state_values,
    surrogate_gradient,
    surrogate_target,
)
from rlcheck.exact.linear_gaussian.estimate import flatten, parameter_gradient
from rlcheck.exact.linear_gaussian.floors import gradient_floor, objective_floor
from rlcheck.exact.linear_gaussian.quadratic import under_policy
from rlcheck.worlds.gaussian_policy import LinearGaussianPolicy
from rlcheck.worlds.linear_gaussian import LinearGaussianMDP
from rlcheck.worlds.linear_gaussian_gallery import point_mass, random_linear_gaussian
from tests.random_linear_gaussian import draw, near, network

QUICK = range(120)
THOROUGH = range(1000)


def _gap(one: Tensor, other: Tensor) -> float:
    return float((one - other).detach().norm() / other.detach().norm())


def _check_routes(seed: int) -> None:
    world, policy = draw(seed)
    forward, backward = objective(world, policy), backward_objective(world, policy)
    first = flatten(parameter_gradient(forward, policy))
    second = flatten(parameter_gradient(backward, policy))
    theorem = None if world.horizon is None else flatten(surrogate_gradient(world, policy))
    if world.horizon is None:
        # gamma <= 0.99; J may cancel, so it is measured against the sum of its terms' scale.
        scale = 1 + abs(float(forward.detach()))
        assert abs(float((forward - backward).detach())) <= 1e-12 * scale
        assert _gap(first, second) <= 1e-12
        return
    assert abs(float((forward - backward).detach())) <= objective_floor(world, policy)
    floor = gradient_floor(world, policy)
    assert float((first - second).norm()) <= floor
    assert theorem is not None
    assert float((first - theorem).norm()) <= floor
    if world.gamma <= 0.99:
        assert _gap(second, first) <= 1e-12
        assert _gap(theorem, first) <= 1e-12


@pytest.mark.parametrize("seed", QUICK)
def test_forward_and_backward_routes_and_the_theorem_agree(seed: int) -> None:
    _check_routes(seed)


@pytest.mark.thorough
def test_forward_and_backward_routes_and_the_theorem_agree_on_a_thousand_worlds() -> None:
    for seed in THOROUGH:
        _check_routes(seed)


def _richardson(world: LinearGaussianMDP, policy: LinearGaussianPolicy, name: str) -> Tensor:
    """Central differences of the backward J at three steps, extrapolated twice."""
    point = policy.get_parameter(name).detach()
    others = {key: value.detach() for key, value in policy.named_parameters()}

    def at(value: Tensor) -> float:
        moved = LinearGaussianPolicy(**{**others, name: value})
        return float(backward_objective(world, moved).detach())

    result = torch.zeros(point.numel(), dtype=torch.float64)
    for index in range(point.numel()):
        unit = torch.zeros_like(point).reshape(-1)
        unit[index] = 1
        unit = unit.reshape(point.shape)
        steps = [2.0**-6, 2.0**-7, 2.0**-8]
        rough = [(at(point + h * unit) - at(point - h * unit)) / (2 * h) for h in steps]
        better = [(4 * rough[k + 1] - rough[k]) / 3 for k in range(2)]
        result[index] = (16 * better[1] - better[0]) / 15
    return result


@pytest.mark.parametrize("seed", range(0, 120, 6))
def test_finite_differences_of_j_agree(seed: int) -> None:
    world, policy = draw(seed)
    gradient = objective_gradient(world, policy)
    slope = torch.cat([_richardson(world, policy, name) for name in gradient])
    # Truncation h^6 of an analytic J, and rounding eps / h of J's size.
    assert _gap(slope, flatten(gradient)) <= 1e-8


@pytest.mark.parametrize("seed", range(40))
def test_bellman_and_centred_advantages(seed: int) -> None:
    world, policy = draw(seed)
    with torch.no_grad():
        values, q = state_values(world, policy), action_values(world, policy)
        advantage = advantages(world, policy)
        affine = affine_policy(policy, world)
        averaged = under_policy(q, affine)
        nothing = under_policy(advantage, affine)
    scale = float(q.matrix.abs().max())
    assert float((averaged.matrix - values.matrix).abs().max()) <= 1e-12 * scale
    assert float(nothing.matrix.abs().max()) <= 1e-12 * scale
    assert values.matrix.shape[-1] == world.state_dim + 1


@pytest.mark.parametrize("seed", range(12))
def test_values_from_a_point_are_the_objective_started_there(seed: int) -> None:
    world, policy = draw(seed)
    point = torch.linspace(-1, 1, world.state_dim, dtype=torch.float64)[None]
    moved = replace(world, initial_points=point, initial_weights=None, initial_noise=None)
    values = state_values(world, policy)
    first = values if world.horizon is None else values[0]
    assert _gap(first(point)[0], objective(moved, policy)) <= 1e-11


def test_a_long_horizon_approaches_the_stationary_value() -> None:
    policy = LinearGaussianPolicy(
        torch.tensor([[-0.4, -0.3]]), torch.tensor([0.1]), torch.tensor([-0.5])
    )
    world = point_mass()
    long = replace(world, horizon=600)
    assert _gap(objective(long, policy), backward_objective(world, policy)) <= 1e-12
    stationary = state_values(world, policy).matrix.detach()
    assert _gap(state_values(long, policy)[0].matrix, stationary) <= 1e-12


def test_a_time_limit_leaves_j_and_v_alone_but_not_the_law_of_the_rows() -> None:
    world, policy = draw(2)
    free = replace(world, horizon=4, gamma=0.9)
    cut = replace(free, time_limit=2)
    assert torch.equal(objective(free, policy), objective(cut, policy))
    assert torch.equal(state_values(free, policy).matrix, state_values(cut, policy).matrix)
    law = state_law(cut, policy, 5)
    assert law.steps.tolist() == [0, 1, 0, 1, 0]
    assert torch.equal(law.means[0], law.means[2])
    assert torch.equal(law.covariances[1], law.covariances[3])


def test_an_unstable_loop_is_refused_and_its_finite_horizon_is_not() -> None:
    policy = LinearGaussianPolicy(
        torch.tensor([[0.0, 3.0]]), torch.tensor([0.0]), torch.tensor([0.0])
    )
    for route in (objective, backward_objective, state_values):
        with pytest.raises(InvalidArgument, match="diverge"):
            route(point_mass(), policy)
    assert torch.isfinite(objective(replace(point_mass(), horizon=5), policy))


@pytest.mark.parametrize("varying", [False, True])
def test_a_network_has_no_closed_form_beyond_one_step(varying: bool) -> None:
    world = random_linear_gaussian(torch.Generator().manual_seed(0), 2, 1, horizon=3)
    with pytest.raises(InvalidArgument, match="no closed form"):
        objective(world, network(1, 2, 1, varying))


def test_any_module_with_an_affine_mean_will_do() -> None:
    world, policy = draw(4)
    names = dict(policy.named_parameters())

    class Wrapped(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = policy

        def forward(self, obs: Tensor) -> torch.distributions.Distribution:
            return functional_call(self.inner, names, (obs,))

    assert torch.equal(objective(world, Wrapped()), objective(world, policy))


def test_the_critic_is_v_of_the_observation() -> None:
    generator = torch.Generator().manual_seed(3)
    world = random_linear_gaussian(generator, 2, 1, horizon=3)
    policy = LinearGaussianPolicy.random(2, 1, generator)
    with pytest.raises(InvalidArgument, match="with_time"):
        ExactCritic(world, policy)
    timed = world.with_time()
    clocked = LinearGaussianPolicy(
        torch.cat([policy.gain.detach(), torch.zeros(1, 1)], 1), policy.offset, policy.log_std
    )
    critic = ExactCritic(timed, clocked)
    states = torch.randn(4, 5, 2, generator=generator, dtype=torch.float64)
    for t in range(4):
        seen = torch.cat([states, torch.full((4, 5, 1), float(t), dtype=torch.float64)], -1)
        expected = state_values(world, policy)[t](states) if t < 3 else torch.zeros(4, 5)
        torch.testing.assert_close(critic(seen), expected.detach().double())
    endless = replace(world, horizon=None)
    stationary = state_values(endless, policy).detach()
    torch.testing.assert_close(ExactCritic(endless, policy)(states), stationary(states))


def test_a_critic_that_is_v_gives_the_advantages_and_another_does_not() -> None:
    world, policy = draw(9)
    world = replace(world, horizon=None, gamma=0.9)
    values = state_values(world, policy).detach()
    exact = advantages(world, policy).detach()
    torch.testing.assert_close(critic_advantages(world, values).matrix, exact.matrix)
    off = Quadratic(matrix=values.matrix * 1.1)
    one = surrogate_gradient(world, policy, length=3)
    other = surrogate_gradient(world, policy, length=3, advantage=critic_advantages(world, off))
    assert _gap(flatten(other), flatten(one)) > 1e-6


def _drop_covariance(world: LinearGaussianMDP) -> LinearGaussianMDP:
    return replace(world, noise=None)


def _reward_off_by_a_millionth(world: LinearGaussianMDP) -> LinearGaussianMDP:
    return replace(world, reward_quadratic=world.reward_quadratic * (1 + 1e-6))


def _late_discount(world: LinearGaussianMDP) -> LinearGaussianMDP:
    return replace(world, gamma=world.gamma * 0.999)


@pytest.mark.parametrize("fault", [_drop_covariance, _reward_off_by_a_millionth, _late_discount])
def test_a_planted_fault_passes_no_floor(
    fault: Callable[[LinearGaussianMDP], LinearGaussianMDP],
) -> None:
    generator = torch.Generator().manual_seed(8)
    world = random_linear_gaussian(generator, 2, 1, horizon=4)
    policy = LinearGaussianPolicy.random(2, 1, generator)
    right = flatten(objective_gradient(world, policy))
    wrong = flatten(parameter_gradient(backward_objective(fault(world), policy), policy))
    assert float((right - wrong).norm()) > 1e3 * gradient_floor(world, policy)


@pytest.mark.parametrize("seed", range(6))
def test_the_surrogate_away_from_ratio_one_is_its_quadrature(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    world = random_linear_gaussian(generator, 1, 1, horizon=1, points=2)
    old = LinearGaussianPolicy.random(1, 1, generator)
    new = near(old, 0.3, seed)
    # One step: the surrogate is E_new r up to a constant, which needs no ratio.
    expected = parameter_gradient(objective_by_quadrature(world, new, 3), new)
    assert _gap(flatten(surrogate_gradient(world, new, old)), flatten(expected)) <= 1e-12


@pytest.mark.parametrize("seed", range(6))
def test_the_surrogate_on_state_nodes_is_the_one_by_moments(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    world = random_linear_gaussian(generator, 2, 2, horizon=3, points=2)
    old = LinearGaussianPolicy.random(2, 2, generator)
    new = near(old, 0.3, seed)
    found = surrogate_target(world, new, old, length=5)
    assert found.grade is Grade.NUMERICAL
    exact = flatten(surrogate_gradient(world, new, old, length=5))
    assert _gap(found.flat(), exact) <= 1e-12


def test_the_surrogate_of_a_network_at_one_step_is_the_pathwise_gradient() -> None:
    generator = torch.Generator().manual_seed(1)
    world = random_linear_gaussian(generator, 2, 2, horizon=1, points=3, initial_rank=0)
    old = LinearGaussianPolicy.random(2, 2, generator)
    new = network(4, 2, 2, varying=True)
    found = surrogate_target(world, new, old)
    assert found.grade is Grade.EXACT
    assert found.error <= 1e-13 * float(found.flat().norm())
    pathwise = flatten(parameter_gradient(objective_by_quadrature(world, new, 3), new))
    assert float((found.flat() - pathwise).norm()) <= 1e-12 * float(pathwise.norm())

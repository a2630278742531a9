"""Worlds, samplers and exact quantities are the same wherever their tensors lie."""

import copy
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from rlcheck import exact
from rlcheck.exact import linear_gaussian, routes
from rlcheck.subjects.networks import SoftmaxPolicy
from rlcheck.worlds import TabularMDP, sample_segments, to_gymnasium
from rlcheck.worlds.gallery import garnet, two_state_chain
from rlcheck.worlds.linear_gaussian import LinearGaussianMDP
from rlcheck.worlds.linear_gaussian_sampler import sample_episodes as sample_gaussian_episodes
from rlcheck.worlds.linear_gaussian_sampler import sample_segments as sample_gaussian_segments
from tests.random_linear_gaussian import draw, near, network

EPS = torch.finfo(torch.float64).eps


def agree(found: object, due: object, device: str) -> None:
    """The same numbers, but for the order of sums on the device; and they lie there."""
    if isinstance(found, Tensor):
        assert isinstance(due, Tensor)
        assert found.device.type == device
        assert due.device.type == "cpu"
        here, due = found.detach().cpu().double(), due.detach().double()
        assert float((here - due).norm()) <= 2**10 * EPS * max(1.0, float(due.norm()))
        return
    assert type(found) is type(due)
    here, there = (x if isinstance(x, dict) else vars(x) for x in (due, found))
    for name in (n for n, value in here.items() if isinstance(value, Tensor)):
        agree(there[name], here[name], device)


def policy_for(world: TabularMDP) -> nn.Module:
    generator = torch.Generator().manual_seed(4)
    linear = nn.Linear(world.obs_dim, world.n_actions, bias=False, dtype=torch.float64)
    with torch.no_grad():
        linear.weight.copy_(torch.randn(linear.weight.shape, generator=generator))
    return SoftmaxPolicy(linear)


def weights(world: TabularMDP) -> Tensor:
    return torch.ones_like(world.initial)


def flat(policy: nn.Module) -> Tensor:
    return nn.utils.parameters_to_vector(policy.parameters()).detach()


def table(world: TabularMDP, policy: nn.Module) -> Tensor:
    return exact.policy_table(policy, world).detach()


Quantity = Callable[[TabularMDP, nn.Module], object]
TABULAR: dict[str, Quantity] = {
    "values": lambda w, p: exact.state_values(w, table(w, p)),
    "action values": lambda w, p: exact.action_values(w, table(w, p)),
    "advantages": lambda w, p: exact.advantages(w, table(w, p)),
    "objective": lambda w, p: exact.objective(w, table(w, p)),
    "occupancy": lambda w, p: exact.occupancy(w, table(w, p)),
    "gradient": exact.objective_gradient,
    "Hessian": exact.objective_hessian,
    "Fisher matrix": exact.fisher_matrix,
    "divergence": lambda w, p: exact.mean_kl_divergence(
        table(w, p), table(w, p).flip(-1), weights(w)
    ),
    "episodes": lambda w, p: exact.enumerate_episodes(w, table(w, p)),
    "segments": lambda w, p: exact.enumerate_segments(w, table(w, p), 2),
    "state law": lambda w, p: exact.state_law(w, table(w, p)),
    "values by series": lambda w, p: routes.values_by_series(w, table(w, p)),
    "objective by enumeration": lambda w, p: routes.objective_by_enumeration(w, table(w, p)),
    "gradient by enumeration": routes.gradient_by_enumeration,
    "gradient by theorem": routes.gradient_by_theorem,
    "gradient by differences": lambda w, p: routes.gradient_by_differences(
        w, p, torch.ones_like(flat(p))[None] / 8
    ),
    "Fisher matrix by divergence": lambda w, p: routes.fisher_by_divergence(w, p, weights(w)),
    "occupancy by series": lambda w, p: routes.occupancy_by_series(w, table(w, p)),
}
INFINITE = {"values", "action values", "objective", "occupancy", "gradient", "values by series"}


@pytest.mark.parametrize("quantity", TABULAR)
def test_a_tabular_quantity(device: str, quantity: str) -> None:
    world = garnet(1, horizon=3, end_probability=0.25)
    policy = policy_for(world)
    there = copy.deepcopy(policy).to(device)
    compute = TABULAR[quantity]
    agree(compute(world.to(device), there), compute(world, policy), device)


@pytest.mark.parametrize("quantity", sorted(INFINITE))
def test_a_tabular_quantity_without_a_horizon(device: str, quantity: str) -> None:
    world = two_state_chain()
    policy = policy_for(world)
    there = copy.deepcopy(policy).to(device)
    compute = TABULAR[quantity]
    agree(compute(world.to(device), there), compute(world, policy), device)


def test_statistics_of_all_rollouts(device: str) -> None:
    world = garnet(1, horizon=2)
    pi = table(world, policy_for(world))
    here = exact.enumerate_episodes(world, pi)
    there = exact.enumerate_episodes(world.to(device), pi.to(device))
    for moment in (exact.expectation, exact.covariance):
        found, due = (moment(lambda r: r.rewards.T, rollout) for rollout in (there, here))
        agree(found, due, device)


LG = linear_gaussian


def each(world: LinearGaussianMDP) -> Tensor:
    return torch.ones(world.horizon or 1, dtype=torch.float64, device=world.drift.device)


GAUSSIAN: dict[str, Callable[..., object]] = {
    "objective": lambda w, p, q: LG.objective(w, p),
    "backward objective": lambda w, p, q: LG.backward_objective(w, p),
    "gradient": lambda w, p, q: LG.objective_gradient(w, p),
    "values": lambda w, p, q: LG.state_values(w, p),
    "action values": lambda w, p, q: LG.action_values(w, p),
    "advantages": lambda w, p, q: LG.advantages(w, p),
    "state law": lambda w, p, q: LG.state_law(w, p),
    "Fisher matrix": lambda w, p, q: LG.fisher_matrix(p, LG.state_law(w, p), each(w)),
    "divergence": lambda w, p, q: LG.mean_kl_divergence(w, p, q, LG.state_law(w, p), each(w)),
    "entropy": lambda w, p, q: LG.mean_entropy(p, LG.state_law(w, p), each(w)),
    "rollouts on nodes": lambda w, p, q: LG.quadrature_rollouts(w, p, 2),
    "objective on nodes": lambda w, p, q: LG.objective_by_quadrature(w, p, 3),
    "gradient on nodes": lambda w, p, q: LG.gradient_by_quadrature(w, p),
    "surrogate": lambda w, p, q: LG.surrogate(w, q, p),
    "surrogate gradient": lambda w, p, q: LG.surrogate_gradient(w, q, p),
}


@pytest.mark.parametrize("quantity", GAUSSIAN)
def test_a_quantity_of_a_linear_gaussian_world(device: str, quantity: str) -> None:
    seed = next(s for s in range(50) if draw(s)[0].horizon == 2 and draw(s)[0].action_dim == 1)
    world, policy = draw(seed)
    other = near(policy, 0.1, seed)
    there = [copy.deepcopy(p).to(device) for p in (policy, other)]
    compute = GAUSSIAN[quantity]
    agree(compute(world.to(device), *there), compute(world, policy, other), device)


def test_clipped_and_cut_at_the_kinks(device: str) -> None:
    seed = next(s for s in range(99) if (draw(s)[0].horizon, draw(s)[0].action_dim) == (1, 1))
    world, policy = draw(seed)
    other = near(policy, 0.1, seed)
    there = world.to(device), *(copy.deepcopy(p).to(device) for p in (other, policy))
    here = world, other, policy
    agree(LG.split_rollouts(*there, 0.2, 4), LG.split_rollouts(*here, 0.2, 4), device)
    agree(LG.clip_surrogate_target(*there, 0.2), LG.clip_surrogate_target(*here, 0.2), device)


def test_a_network_on_nodes(device: str) -> None:
    seed = next(s for s in range(50) if draw(s)[0].horizon == 1)
    world, _ = draw(seed)
    policy = network(seed, world.state_dim, world.action_dim)
    there = copy.deepcopy(policy).to(device)
    agree(
        LG.gradient_by_quadrature(world.to(device), there),
        LG.gradient_by_quadrature(world, policy), device,
    )  # fmt: skip


def test_rollouts_are_sampled_where_the_generator_is(device: str) -> None:
    world = garnet(1, time_limit=2)
    pi = table(world, policy_for(world))
    generator = torch.Generator(device).manual_seed(0)
    for at, pi_at in ((world, pi), (world.to(device), pi.to(device))):
        rollout = sample_segments(at, pi_at, 4, 5, generator)
        assert all(x.device.type == device for x in vars(rollout).values() if x is not None)


def test_continuous_rollouts_are_sampled_where_the_generator_is(device: str) -> None:
    seed = next(s for s in range(50) if draw(s)[0].horizon == 3)
    world, policy = draw(seed)
    generator = torch.Generator(device).manual_seed(0)
    there = policy.to(device)
    for rollout in (
        sample_gaussian_episodes(world.to(device), there, 4, generator),
        sample_gaussian_segments(world, there, 4, 5, generator),
    ):
        tensors = [x for x in vars(rollout).values() if isinstance(x, Tensor)]
        assert all(x.device.type == device for x in tensors)


def test_gymnasium_gets_arrays_of_a_world_of_the_device(device: str) -> None:
    env = to_gymnasium(garnet(1, horizon=3).to(device))
    env.reset(seed=0)
    assert env.step(0)[0].shape == env.observation_space.shape

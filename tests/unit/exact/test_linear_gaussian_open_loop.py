"""Truth under a network that sees what no action moves, against nodes that share no code."""

from dataclasses import replace

import pytest
import torch

from rlcheck.errors import InvalidArgument
from rlcheck.exact import linear_gaussian as exact
from rlcheck.exact.linear_gaussian.estimate import flatten, parameter_gradient
from rlcheck.worlds.gaussian_policy import NetworkGaussianPolicy
from rlcheck.worlds.linear_gaussian import LinearGaussianMDP

SEEN = torch.tensor([[0.5, 0.0], [-0.25, 0.0], [1.0, 0.0]], dtype=torch.float64)


class Sees(torch.nn.Module):
    def __init__(self, inner, seen=SEEN):
        super().__init__()
        self.inner = inner
        self.register_buffer("seen", seen)

    def forward(self, states):
        return self.inner(states @ self.seen.T)


def policy(seed, actions=2):
    generator = torch.Generator().manual_seed(seed)
    return Sees(NetworkGaussianPolicy(3, actions, generator, state_dependent_std=True))


def world(horizon=3, actions=2, paid=None):
    generator = torch.Generator().manual_seed(11)

    def some(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64) / 2

    control, dynamics = some(2, actions), some(2, 2)
    control[0], dynamics[0, 1] = 0.0, 0.0
    quadratic, linear = some(2 + actions, 2 + actions), some(2 + actions)
    if paid is not None:
        unpaid = [2 + d for d in range(actions) if d != paid]
        quadratic[unpaid], quadratic[:, unpaid], linear[unpaid] = 0.0, 0.0, 0.0
    return LinearGaussianMDP(
        dynamics=dynamics, control=control, drift=some(2), reward_quadratic=quadratic,
        reward_linear=linear, reward_constant=0.5, initial_points=some(2, 2),
        initial_weights=[0.25, 0.75], gamma=0.875, horizon=horizon,
    )  # fmt: skip


def close(found, due, floor=1e-12):
    found, due = found.detach(), due.detach()
    assert float((found - due).norm()) <= floor * float(due.norm())


def gradient(value, module):
    return flatten(parameter_gradient(value, module))


def test_the_objective_is_that_of_the_pathwise_nodes():
    problem, pi = world(), policy(0)
    found = exact.open_loop(problem, pi, SEEN).objective()
    due = exact.objective_by_quadrature(problem, pi, 3)
    close(found, due)
    close(gradient(found, pi), gradient(due, pi))


def test_noise_on_what_nobody_sees_is_counted():
    problem, pi = replace(world(horizon=2), noise=[[0.0], [0.75]]), policy(0)
    found = exact.open_loop(problem, pi, SEEN).objective()
    close(found, exact.objective_by_quadrature(problem, pi, 3))


def test_the_surrogate_at_ratio_one_is_the_objective_to_first_order():
    problem, pi = world(), policy(1)
    loop = exact.open_loop(problem, pi, SEEN)
    powers = problem.gamma ** torch.arange(3, dtype=torch.float64)
    surrogate = exact.open_loop_surrogate(loop, loop, powers)
    close(gradient(surrogate, pi), gradient(exact.open_loop(problem, pi, SEEN).objective(), pi))


def test_the_surrogate_is_the_mean_of_ratio_times_advantage_on_nodes():
    problem, old, new = world(horizon=2, actions=1), policy(2, 1), policy(3, 1)
    with torch.no_grad():
        for one, other in zip(new.parameters(), old.parameters(), strict=True):
            one.copy_(other + (one - other) / 8)
    loops = [exact.open_loop(problem, pi, SEEN) for pi in (new, old)]
    weights = torch.tensor([0.5, 0.25], dtype=torch.float64)
    found = exact.open_loop_surrogate(*loops, weights)
    rollout = exact.quadrature_rollouts(problem, old, 24)
    ratio = (new(rollout.obs).log_prob(rollout.actions)
             - old(rollout.obs).log_prob(rollout.actions).detach()).exp()  # fmt: skip
    credit = _advantages(loops[1], rollout)
    due = (weights[:, None] * rollout.probability * ratio * credit).sum()
    close(gradient(found, new), gradient(due, new), 1e-9)


def _advantages(loop, rollout):
    starts = (rollout.obs[0, :, None] - loop.world.initial_points).abs().sum(-1).argmin(-1)
    total = torch.zeros_like(rollout.rewards)
    for point in range(len(loop.world.initial_points)):
        credit = loop.action_values[point] - loop.state_values[point]
        for step in range(rollout.T):
            joint = torch.cat([rollout.obs[step], rollout.actions[step]], -1)
            here = starts == point
            total[step, here] = credit[step].detach()(joint[here])
    return total


def test_advantages_average_to_zero_on_nodes():
    problem, pi = world(horizon=2), policy(4)
    rollout = exact.quadrature_rollouts(problem, pi, 3)
    credit = _advantages(exact.open_loop(problem, pi, SEEN), rollout)
    assert (credit @ rollout.probability).abs().max() < 1e-13 * credit.abs().max()


@pytest.mark.parametrize("dimension", [0, 1])
def test_the_clipped_surrogate_is_that_of_cut_nodes_in_one_of_two_dimensions(dimension):
    problem, pi = world(horizon=1, paid=dimension), policy(5)
    shift = torch.zeros(2, dtype=torch.float64)
    shift[dimension] = 0.5

    class Moved(torch.nn.Module):
        @torch.no_grad()
        def forward(self, states):
            found = pi(states).base_dist
            moved = torch.distributions.Normal(found.loc + shift * found.scale, found.scale)
            return torch.distributions.Independent(moved, 1)

    old = Moved()
    loops = [exact.open_loop(problem, one, SEEN) for one in (pi, old)]
    closed, _ = exact.open_loop_clipped(*loops, 0.25, dimension)
    rollout = exact.split_rollouts(problem, pi, old, 0.25, dimension=dimension)
    assert abs(float(rollout.probability.sum()) - 1) < 1e-12
    ratio = (pi(rollout.obs).log_prob(rollout.actions)
             - old(rollout.obs).log_prob(rollout.actions)).exp()  # fmt: skip
    credit = _advantages(loops[1], rollout)
    surrogate = torch.min(ratio * credit, ratio.clamp(0.75, 1.25) * credit)
    due = gradient((surrogate * rollout.probability).sum(), pi)
    close(gradient(closed, pi), due, 1e-11)
    loops = [exact.open_loop(problem, one, SEEN) for one in (pi, old)]
    close(gradient(exact.open_loop_clipped(*loops, 0.25, dimension)[1], pi), due, 1e-11)


def test_what_actions_move_may_not_be_seen():
    moved = torch.tensor([[0.5, 0.25]], dtype=torch.float64)
    with pytest.raises(InvalidArgument, match="moved by actions"):
        exact.open_loop(world(), policy(0), moved)


def test_a_reward_on_another_dimension_is_refused():
    problem, pi = world(horizon=1), policy(5)
    loop = exact.open_loop(problem, pi, SEEN)
    with pytest.raises(InvalidArgument, match="all that ratio and advantage depend on"):
        exact.open_loop_clipped(loop, loop, 0.25, 0)

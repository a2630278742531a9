"""The exact quantities of a trust-region step, each by two routes; and the monotone bound."""

import pytest
import torch
from torch import nn
from torch.distributions import Categorical, Independent, Normal
from torch.nn.utils import parameters_to_vector

from rlcheck import exact
from rlcheck.exact import linear_gaussian
from rlcheck.exact.trust_region import StepProblem
from tests.random_worlds import Policy, random_policy, random_world

STEPS, WIDTH, ACTIONS, DIMENSIONS = 9, 3, 4, 2


class Net(nn.Module):
    """A small network, whose curvature is not that of a table."""

    def __init__(self, outputs, seed):
        super().__init__()
        torch.manual_seed(seed)
        self.body = nn.Sequential(nn.Linear(WIDTH, 3), nn.Tanh(), nn.Linear(3, outputs)).double()

    def forward(self, obs):
        return self.body(obs)


class Discrete(Net):
    def __init__(self, seed):
        super().__init__(ACTIONS, seed)

    def forward(self, obs):
        return Categorical(logits=super().forward(obs))


class Continuous(Net):
    def __init__(self, seed):
        super().__init__(DIMENSIONS, seed)
        self.log_std = nn.Parameter(torch.tensor([-0.3, 0.2]).double())

    def forward(self, obs):
        mean = super().forward(obs)
        return Independent(Normal(mean, self.log_std.exp().expand_as(mean)), 1)


def problem(kind, seed=0):
    policy = kind(seed)
    generator = torch.Generator().manual_seed(seed)
    # Some observations twice: they are counted as often as they occur.
    obs = torch.randint(-2, 3, (STEPS, WIDTH), generator=generator).double()
    obs[-2:] = obs[:2]
    torch.manual_seed(seed)
    with torch.no_grad():
        law = policy(obs)
        actions = law.sample()
    return StepProblem(
        policy=policy,
        parameters=dict(policy.named_parameters()),
        obs=obs,
        actions=actions,
        advantages=torch.randn(STEPS, generator=generator, dtype=torch.float64),
        logp_old=law.log_prob(actions),
    )


KINDS = pytest.mark.parametrize("kind", [Discrete, Continuous])


@KINDS
@pytest.mark.parametrize("seed", range(4))
def test_scores_and_curvature_give_one_fisher_matrix(kind, seed):
    given = problem(kind, seed)
    assert float((given.fisher - given.curvature).norm()) < 1e-13 * float(given.fisher.norm())


def test_it_is_that_of_a_world_under_the_same_weights():
    world = random_world(0, "dense")
    policy = Policy(world, 0, hidden=3)
    weights = torch.full((world.n_states,), 1 / world.n_states, dtype=torch.float64)
    due = exact.fisher_matrix(world, policy, weights)
    every = StepProblem(
        policy=policy, parameters=dict(policy.named_parameters()), obs=world.observations,
        actions=torch.zeros(world.n_states, dtype=torch.int64),
        advantages=torch.ones(world.n_states).double(),
        logp_old=torch.zeros(world.n_states).double(),
    )  # fmt: skip
    assert float((every.fisher - due).norm()) < 1e-13 * float(due.norm())


def test_scores_of_enumerated_actions_give_it_too():
    given = problem(Discrete)
    names = list(given.parameters.values())
    total = torch.zeros_like(given.fisher)
    for row in given.obs:
        law = given.policy(row)
        for action in range(ACTIONS):
            logp = law.log_prob(torch.tensor(action))
            score = parameters_to_vector(torch.autograd.grad(logp, names, retain_graph=True))
            total += logp.exp().detach() * torch.outer(score, score) / STEPS
    assert float((given.fisher - total).norm()) < 1e-13 * float(total.norm())


@KINDS
def test_the_gradient_is_that_of_the_surrogate(kind):
    given = problem(kind)
    logp = given.policy(given.obs).log_prob(given.actions)
    surrogate = ((logp - given.logp_old).exp() * given.advantages).mean()
    due = parameters_to_vector(torch.autograd.grad(surrogate, list(given.parameters.values())))
    assert float((given.gradient - due).norm()) < 1e-13 * float(due.norm())


@KINDS
def test_divergence_and_improvement_are_torch_s_at_the_moved_policy(kind):
    given, moved = problem(kind), problem(kind)
    step = 0.3 * torch.randn(len(given.theta), generator=torch.Generator().manual_seed(5)).double()
    with torch.no_grad():
        at = 0
        for parameter in moved.parameters.values():
            parameter += step[at : at + parameter.numel()].reshape(parameter.shape)
            at += parameter.numel()
        old, new = given.policy(given.obs), moved.policy(given.obs)
        forward = torch.distributions.kl_divergence(old, new).mean()
        backward = torch.distributions.kl_divergence(new, old).mean()
        ratio = (new.log_prob(given.actions) - old.log_prob(given.actions)).exp()
        gain = ((ratio - 1) * given.advantages).mean()
    assert given.divergence(step) == pytest.approx(float(forward), rel=1e-12)
    assert given.divergence_reversed(step) == pytest.approx(float(backward), rel=1e-12)
    assert given.improvement(step) == pytest.approx(float(gain), rel=1e-12)


@KINDS
def test_the_parameters_are_left_as_they_were_to_the_last_bit(kind):
    given = problem(kind)
    before = {name: p.detach().clone() for name, p in given.parameters.items()}
    with pytest.raises(ZeroDivisionError), given.moved(torch.full_like(given.theta, 0.1)):
        raise ZeroDivisionError
    given.divergence(torch.full_like(given.theta, 1 / 3))
    assert all(torch.equal(p, before[name]) for name, p in given.parameters.items())


@KINDS
def test_a_solution_is_one_in_the_range_of_a_singular_matrix(kind):
    given = problem(kind)
    for damping in (0.0, 0.25):
        x = given.solve(given.gradient, damping)
        image = given.fisher @ x + damping * x
        assert float((image - given.gradient).norm()) < 1e-10 * float(given.gradient.norm())
        assert float((given.in_range(x) - x).norm()) < 1e-10 * float(x.norm())


def test_the_divergence_of_a_small_step_is_its_quadratic_form():
    given = problem(Continuous)
    step = 1e-4 * torch.ones_like(given.theta)
    quadratic = float(step @ given.fisher @ step / 2)
    assert given.divergence(step) == pytest.approx(quadratic, rel=1e-3)


@pytest.mark.parametrize("seed", range(30))
def test_the_monotone_bound_holds_for_any_two_policies(seed):
    """J(new) >= J(old) + sum_s d(s) sum_a new A - 4 eps gamma / (1 - gamma)^2 max_s KL(old || new).

    It holds whatever the policies are: a test of the truth here, and no check of anybody's step.
    Source: Schulman et al. (2015), theorem 1.
    """
    world = random_world(8 * seed, "dense")
    if world.horizon is not None or world.gamma > 0.995:
        pytest.skip("the bound is about discounted problems without a horizon")
    old, other = (
        exact.policy_table(random_policy(world, s), world).detach() for s in (seed, seed + 1000)
    )
    advantages = exact.advantages(world, old)
    far = advantages[~world.terminal].abs().max()
    for share in (1.0, 0.25, 0.01):
        new = (1 - share) * old + share * other
        gain = exact.occupancy(world, old) @ (new * advantages).sum(-1)
        apart = exact.kl_divergence(old, new)[~world.terminal].max()
        penalty = 4 * far * world.gamma / (1 - world.gamma) ** 2 * apart
        bound = exact.objective(world, old) + gain - penalty
        rounding = 1e-9 * (1 + abs(float(bound)))
        assert float(exact.objective(world, new)) >= float(bound) - rounding


def test_gaussian_outputs_meet_the_linear_gaussian_divergence():
    given, other = problem(Continuous, 1), problem(Continuous, 2)
    with torch.no_grad():
        p, q = given.policy(given.obs), other.policy(given.obs)
        due = linear_gaussian.kl_divergence(p, q).mean()
    step = other.theta - given.theta
    assert given.divergence(step) == pytest.approx(float(due), rel=1e-11)

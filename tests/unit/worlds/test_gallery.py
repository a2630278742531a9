"""The numbers that the gallery's docstrings state, each computed."""

import itertools
import re
from fractions import Fraction

import pytest
import torch

from rlcheck.errors import InvalidArgument
from rlcheck.worlds import GALLERY, sample_segments
from rlcheck.worlds.gallery import (
    bandit,
    cliff_walk,
    dyadic,
    dyadic_policy,
    garnet,
    truncation_flip,
    two_state_chain,
    vacuum_corridor,
)
from tests.unit.worlds.paths import discounted_value, exact_law


def uniform(world):
    return torch.full((world.n_states, world.n_actions), 1 / world.n_actions, dtype=torch.float64)


def objective(world, pi):
    return world.initial @ discounted_value(world, pi)


def deterministic_policies(world):
    """All deterministic policies that are functions of the observation."""
    kinds, look = torch.unique(world.observations, dim=0, return_inverse=True)
    for choice in itertools.product(range(world.n_actions), repeat=len(kinds)):
        yield torch.eye(world.n_actions, dtype=torch.float64)[torch.tensor(choice)][look]


@pytest.mark.parametrize("name", GALLERY)
def test_every_world_is_made_without_arguments_and_says_what_it_is_for(name):
    make = GALLERY[name]
    world = make()
    assert world.name
    assert world.description
    assert "For: " in make.__doc__
    segment = sample_segments(world, uniform(world), 2, 3, torch.Generator().manual_seed(0))
    assert segment.mask.all()


# --- two-state chain


def test_chain_uniform_and_best():
    world = two_state_chain()
    assert objective(world, uniform(world)).item() == pytest.approx(135 / 31, rel=1e-14)
    values = {
        tuple(pi[:, 1].tolist()): objective(world, pi) for pi in deterministic_policies(world)
    }
    assert max(values, key=values.__getitem__) == (1.0, 0.0)
    assert values[1.0, 0.0].item() == pytest.approx(270 / 31, rel=1e-14)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 0.99])
@pytest.mark.parametrize(
    ("p", "q", "success"), [(0.25, 0.5, 0.75), (1.0, 1.0, 1.0), (0.9, 0.1, 0.3)]
)
def test_chain_formula(gamma, p, q, success):
    world = two_state_chain(gamma=gamma, success=success)
    value = discounted_value(world, torch.tensor([[1 - p, p], [1 - q, q]], dtype=torch.float64))
    a, b = p * success, q * success
    gap = 1 / (1 - gamma * (1 - a - b))
    assert (value[1] - value[0]).item() == pytest.approx(gap, rel=1e-12)
    assert value[0].item() == pytest.approx(gamma * a * gap / (1 - gamma), rel=1e-12)


# --- cliff walk


@pytest.mark.parametrize(("width", "height"), [(4, 3), (12, 4), (3, 2)])
def test_cliff_best_policy_walks_along_the_edge(width, height):
    world = cliff_walk(width=width, height=height)
    value = torch.zeros(world.n_states, dtype=torch.float64)
    for _ in range(width * height):
        q = (world.transitions * (world.rewards + value)).sum(-1)
        value = q.max(1).values.masked_fill(world.terminal, 0.0)
    start = (height - 1) * width
    assert value[start] == -(width + 1)
    path, state = [], start
    while not world.terminal[state]:
        action = int((world.transitions[state] * (world.rewards[state] + value)).sum(-1).argmax())
        path.append(action)
        state = int(world.transitions[state, action].argmax())
    assert path == [0, *[1] * (width - 1), 2]


def test_cliff_penalty_leads_back_to_the_start_without_an_end():
    world = cliff_walk()
    start = 8
    assert world.rewards[start, 1, start] == -100
    assert world.transitions[start, 1, start] == 1
    assert not world.reachable()[[9, 10]].any()
    assert objective(world, uniform(world)) < -1000


# --- vacuum corridor


def test_corridor_deterministic_policies_fail():
    world = vacuum_corridor()
    best = max(objective(world, pi).item() for pi in deterministic_policies(world))
    assert best == pytest.approx(-5.5, rel=1e-14)


def corridor_policy(p):
    left_wall, right_wall, inside = [0.0, 1.0], [1.0, 0.0], [1 - p, p]
    return torch.tensor([left_wall, inside, inside, inside, right_wall], dtype=torch.float64)


@pytest.mark.parametrize("gamma", [0.5, 0.9, 1.0])
def test_corridor_best_stochastic_policy_is_even(gamma):
    world = vacuum_corridor(gamma=gamma)
    grid = [k / 20 for k in range(1, 20)]
    found = [objective(world, corridor_policy(p)).item() for p in grid]
    exact = [-sum((1 + gamma * q) / (1 - gamma**2 * q) for q in (p, 1 - p)) / 2 for p in grid]
    assert found == pytest.approx(exact, rel=1e-12)
    assert grid[found.index(max(found))] == 0.5
    best = -(1 + gamma / 2) / (1 - gamma**2 / 2)
    assert max(found) == pytest.approx(best, rel=1e-12)


def test_corridor_stochastic_beats_every_deterministic_policy():
    world = vacuum_corridor()
    deterministic = max(objective(world, pi) for pi in deterministic_policies(world))
    stochastic = objective(world, corridor_policy(0.5))
    assert stochastic.item() == pytest.approx(-2.4370, abs=5e-5)
    assert stochastic - deterministic > 3


def test_corridor_without_discount():
    world = vacuum_corridor(gamma=1.0)
    assert not any(world.is_proper(pi) for pi in deterministic_policies(world))
    assert world.is_proper(corridor_policy(0.5))
    assert objective(world, corridor_policy(0.5)).item() == pytest.approx(-3, rel=1e-14)


def test_corridor_value_is_no_function_of_the_observation():
    world = vacuum_corridor()
    assert not world.fully_observed
    value = discounted_value(world, corridor_policy(0.75))
    assert torch.equal(world.observations[1], world.observations[3])
    assert abs(value[1] - value[3]) > 0.1


# --- bandit


def test_bandit_gradient():
    world = bandit()
    theta = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    value = objective(world, torch.softmax(theta, 0).expand(3, -1))
    (gradient,) = torch.autograd.grad(value, theta)
    assert value.item() == pytest.approx(0.5, rel=1e-15)
    assert gradient.tolist() == pytest.approx([-1 / 12, 0, 1 / 12], abs=1e-15)


@pytest.mark.parametrize("success", [[], [0.5, 1.5], [-0.1]])
def test_bandit_refuses_what_is_no_list_of_probabilities(success):
    with pytest.raises(InvalidArgument, match="success: no list of probabilities"):
        bandit(success)


# --- truncation flip


def estimated_gradient(world, theta, *, bootstrap):
    """E[sum_t gamma^t grad log pi(a_t | s_t) G_t], path by path, with G_t bootstrapped or not."""
    pi = torch.softmax(theta, -1)
    value = discounted_value(world, pi.detach())
    total = torch.zeros((), dtype=torch.float64)
    for path, probability in exact_law(world, pi.detach(), 3, reset=False).items():
        following = 0.0
        for s, a, after, _, truncated, t in reversed(path):
            if truncated:
                following = value[after] if bootstrap else 0.0
            following = world.rewards[s, a, after] + world.gamma * following
            total = total + probability * world.gamma**t * pi[s, a].log() * following
    return torch.autograd.grad(total, theta)[0]


LOGITS = [-3.0, 0.0, 2.0]


@pytest.mark.parametrize("time_limit", [1, 2])
@pytest.mark.parametrize("logit", LOGITS)
@pytest.mark.parametrize("gamma", [0.9, 1.0])
def test_truncation_taken_for_termination_flips_the_sign(time_limit, logit, gamma):
    world = truncation_flip(gamma=gamma, time_limit=time_limit)
    theta = torch.zeros(4, 2, dtype=torch.float64)
    theta[0, 1] = logit
    theta.requires_grad_()
    (exact,) = torch.autograd.grad(objective(world, torch.softmax(theta, -1)), theta)
    right = estimated_gradient(world, theta, bootstrap=True)
    wrong = estimated_gradient(world, theta, bootstrap=False)
    w = torch.softmax(theta, -1)[0, 1].item()
    assert exact[0, 1].item() == pytest.approx(w * (1 - w) * (4 * gamma**2 - 1), rel=1e-12)
    assert (right - exact).norm() <= 1e-13 * exact.norm()
    assert wrong[0, 1].item() == pytest.approx(-w * (1 - w), rel=1e-12)
    assert exact[0, 1] > 0 > wrong[0, 1]


@pytest.mark.parametrize("time_limit", [3, None])
def test_without_truncation_nothing_flips(time_limit):
    world = truncation_flip(time_limit=time_limit)
    theta = torch.zeros(4, 2, dtype=torch.float64, requires_grad=True)
    right = estimated_gradient(world, theta, bootstrap=True)
    assert torch.equal(right, estimated_gradient(world, theta, bootstrap=False))
    assert right[0, 1].item() == pytest.approx(0.56, rel=1e-12)


# --- Garnet


def same(a, b):
    names = ("transitions", "rewards", "initial", "observations", "terminal")
    return all(torch.equal(getattr(a, name), getattr(b, name)) for name in names)


def test_garnet_is_a_function_of_its_seed():
    assert same(garnet(3), garnet(3))
    assert not same(garnet(3), garnet(4))
    generator = torch.Generator().manual_seed(3)
    first = garnet(generator)
    assert same(first, garnet(3))
    assert not same(first, garnet(generator))


@pytest.mark.parametrize("branching", [1, 2, 5])
def test_garnet_branching(branching):
    world = garnet(0, n_states=5, n_actions=3, branching=branching)
    assert ((world.transitions > 0).sum(-1) == branching).all()
    assert (world.n_states, world.n_actions) == (5, 3)
    assert not world.terminal.any()


@pytest.mark.parametrize("seed", range(20))
def test_garnet_with_an_end_is_proper_under_every_policy(seed):
    world = garnet(seed, gamma=1.0, end_probability=0.125)
    assert world.n_states == 5
    assert world.terminal.tolist() == [False] * 4 + [True]
    assert (world.transitions[:-1, :, -1] == 0.125).all()
    assert all(world.is_proper(pi) for pi in deterministic_policies(world))


@pytest.mark.parametrize("kinds", [1, 2, 3, 4])
def test_garnet_observations_are_shared_and_all_used(kinds):
    for seed in range(20):
        world = garnet(seed, n_observations=kinds, end_probability=0.5)
        seen = torch.unique(world.observations[:-1], dim=0)
        assert len(seen) == kinds
        assert world.fully_observed is (kinds == 4)
        assert not (seen == world.observations[-1]).all(-1).any()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"branching": 5}, "branching: more than n_states"),
        ({"branching": 0}, "branching: not at least 1"),
        ({"n_states": 0}, "n_states: not at least 1"),
        ({"n_actions": 0}, "n_actions: not at least 1"),
        ({"end_probability": 1.5}, r"end_probability: outside \[0, 1\]"),
        ({"n_observations": 5}, "n_observations: too many"),
        ({"seed": True}, "seed: not a seed"),
    ],
)
def test_garnet_refusals(options, message):
    with pytest.raises(InvalidArgument, match=message):
        garnet(**options)


# --- dyadic


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("bits", [1, 2, 3])
@pytest.mark.parametrize("terminates", [False, True])
def test_dyadic_probabilities_and_rewards_are_multiples(seed, bits, terminates):
    world = dyadic(seed, bits=bits, n_states=3, terminates=terminates)
    pi = dyadic_policy(world, seed, bits)
    for table in (world.transitions, world.initial, pi):
        assert torch.equal(table * 2**bits, (table * 2**bits).round())
    assert torch.equal(world.rewards * 4, (world.rewards * 4).round())
    assert (pi > 0).all()
    assert torch.equal(pi.sum(1), torch.ones(world.n_states, dtype=torch.float64))
    assert world.terminal.sum() == terminates


@pytest.mark.parametrize("terminates", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_the_batch_that_lists_each_path_as_often_as_likely_is_the_law(seed, terminates):
    world = dyadic(seed, terminates=terminates)
    law = exact_law(world, dyadic_policy(world, seed), world.horizon, reset=False)
    columns = 2 ** (1 + 2 * 2)
    assert columns == 32  # as the docstring says
    times = [Fraction(probability) * columns for probability in law.values()]
    assert all(count.denominator == 1 for count in times)
    assert sum(times) == columns


def test_dyadic_worlds_differ_and_repeat():
    assert same(dyadic(1), dyadic(1))
    worlds = [dyadic(seed) for seed in range(4)]
    assert not any(same(a, b) for a, b in itertools.combinations(worlds, 2))


def test_dyadic_policy_is_a_function_of_the_observation():
    world = vacuum_corridor()
    for seed in range(10):
        pi = dyadic_policy(world, seed, bits=3)
        assert torch.equal(pi[1], pi[3])
    assert len({tuple(dyadic_policy(world, seed, 3)[1].tolist()) for seed in range(10)}) > 1


def test_dyadic_policy_refuses_too_few_bits():
    with pytest.raises(InvalidArgument, match="bits: too few for 4 actions"):
        dyadic_policy(cliff_walk(), bits=1)


def test_dyadic_policy_lies_where_the_world_does(device):
    assert dyadic_policy(dyadic().to(device)).device.type == device


def test_numbers_in_docstrings_are_the_computed_ones():
    stated = {
        two_state_chain: [135 / 31, 270 / 31],
        vacuum_corridor: [objective(vacuum_corridor(), corridor_policy(0.5)).item()],
    }
    for make, values in stated.items():
        written = [float(x) for x in re.findall(r"-?\d+\.\d{4}", make.__doc__)]
        assert len(written) == len(values)
        assert written == pytest.approx(values, abs=1e-4)

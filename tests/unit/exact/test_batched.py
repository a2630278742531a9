"""Gradients of many worlds at once against autograd through one world's J, within the floor."""

import dataclasses
from functools import cache

import pytest
import torch
from torch import nn

from rlcheck import exact
from rlcheck.errors import InvalidArgument
from rlcheck.exact import WorldBatch, batched, floors, objective_gradients
from rlcheck.exact.batched import gradients_by_torch
from rlcheck.subjects.networks import SoftmaxPolicy
from tests.random_worlds import random_world
from tests.tiers import one_in

FAMILIES = ("dense", "sparse", "terminating", "near_deterministic", "absorbing")
PROBLEMS = {"forever": {"gamma": 0.95, "horizon": None}, "until": {"gamma": 0.9, "horizon": 6},
            "undiscounted": {"gamma": 1.0, "horizon": 4}, "one step": {"gamma": 0.9, "horizon": 1},
            "myopic": {"gamma": 0.0, "horizon": None}}  # fmt: skip
ROUTES = {"torch": gradients_by_torch}
if (compiled := batched._compiled()) is not None:
    ROUTES["compiled"] = compiled


@cache
def worlds_of(problem, count=10):
    """Random worlds of 6 states and 3 actions, one-hot observations, all families."""
    found, seed = [], 0
    while len(found) < count:
        world = random_world(seed, FAMILIES[seed % len(FAMILIES)])
        if (world.n_states, world.n_actions) == (6, 3):
            found.append(dataclasses.replace(world, **PROBLEMS[problem], time_limit=None))
        seed += 1
    return found


def random_logits(worlds, seed=0):
    generator = torch.Generator().manual_seed(seed)
    shape = (len(worlds), worlds[0].n_states, worlds[0].n_actions)
    return 2 * torch.randn(shape, dtype=torch.float64, generator=generator)


def by_autograd(world, logits):
    linear = nn.Linear(*logits.shape, bias=False, dtype=torch.float64)
    with torch.no_grad():
        linear.weight.copy_(logits.T)
    [gradient] = exact.objective_gradient(world, SoftmaxPolicy(linear)).values()
    return gradient.T


def floor(world, pi):
    """Of both routes together: each has its own rounding."""
    same = torch.eye(world.n_states * world.n_actions, dtype=torch.float64)
    states, actions = pi.shape
    score = same.reshape(states, actions, states, actions)
    common = torch.einsum("sb,st->stb", pi, torch.eye(states, dtype=torch.float64))
    score = (score - common[:, None]).flatten(2)
    return 2 * floors.gradient_floor(world, pi, score)


def disagree(found, worlds, logits):
    """Whether any world's J or gradient is farther off than rounding explains."""
    for b, world in enumerate(worlds):
        pi = logits[b].softmax(-1)
        off = float((found.gradients[b] - by_autograd(world, logits[b])).norm())
        if off > floor(world, pi):
            return True
        due = float(exact.objective(world, pi))
        if abs(float(found.objectives[b]) - due) > 2 * floors.value_floor(world, pi):
            return True
    return False


CASES = [(route, problem) for route in ROUTES for problem in PROBLEMS]
NAMES = [f"{route}-{problem}" for route, problem in CASES]


@pytest.mark.parametrize(("route", "problem"), one_in(2, CASES, NAMES))
def test_it_is_what_autograd_gives_of_one_world(route, problem):
    worlds = worlds_of(problem)
    logits = random_logits(worlds)
    assert not disagree(ROUTES[route](WorldBatch.of(worlds), logits), worlds, logits)


@pytest.mark.parametrize("problem", ["forever", "until"])
@pytest.mark.parametrize("fault", ["ends", "discount", "rewards", "slip", "baseline"])
def test_a_fault_is_seen(problem, fault):
    worlds = worlds_of(problem)
    logits, right = random_logits(worlds), WorldBatch.of(worlds)
    batch = right
    if fault == "ends":
        kernels = torch.stack([world.transitions for world in worlds])
        batch = dataclasses.replace(right, kernels=kernels, rewards=right.rewards + 0.1)
    elif fault == "discount":
        batch = dataclasses.replace(right, gamma=right.gamma * (1 - 1e-9))
    elif fault == "rewards":
        batch = dataclasses.replace(right, rewards=right.rewards.flip(1))
    found = gradients_by_torch(batch, logits)
    if fault == "slip":
        found = dataclasses.replace(found, gradients=found.gradients * (1 + 1e-6))
    elif fault == "baseline":
        pi = logits.softmax(-1)
        found = dataclasses.replace(found, gradients=found.gradients + 1e-6 * pi)
    assert disagree(found, worlds, logits)


@pytest.mark.parametrize("problem", ["forever", "until"])
@pytest.mark.parametrize("chunk", [1, 4, 100])
def test_chunks_change_nothing(problem, chunk):
    worlds = worlds_of(problem)
    logits, batch = random_logits(worlds), WorldBatch.of(worlds)
    found = gradients_by_torch(batch, logits, chunk)
    assert found.gradients.shape == logits.shape
    assert not disagree(found, worlds, logits)


@pytest.mark.parametrize("problem", ["forever", "until"])
def test_many_worlds_take_the_compiled_route_and_get_the_same(problem):
    worlds = worlds_of(problem, count=4)
    many = WorldBatch.of(worlds * (batched.SMALLEST_COMPILED // 4))
    logits = random_logits(worlds).repeat(batched.SMALLEST_COMPILED // 4, 1, 1)
    found = objective_gradients(many, logits)
    assert len(many) == len(found.objectives) == batched.SMALLEST_COMPILED
    assert not disagree(found, worlds, logits)
    assert torch.equal(found.gradients[:4], found.gradients[-4:])


def test_nothing_carries_a_graph_and_nothing_is_changed():
    worlds = worlds_of("forever")
    batch, logits = WorldBatch.of(worlds), random_logits(worlds)
    before = batch.kernels.clone()
    found = objective_gradients(batch, logits.requires_grad_())
    assert not found.gradients.requires_grad
    assert torch.equal(batch.kernels, before)


@pytest.mark.parametrize("problem", ["forever", "until"])
def test_it_runs_on_a_device(problem, device):
    worlds = worlds_of(problem)
    logits, batch = random_logits(worlds), WorldBatch.of(worlds)
    moved = {n: x.to(device) if isinstance(x, torch.Tensor) else x for n, x in vars(batch).items()}
    found = objective_gradients(WorldBatch(**moved), logits.to(device))
    assert found.gradients.device.type == device
    here = batched.Gradients(**{n: x.cpu() for n, x in vars(found).items()})
    assert not disagree(here, worlds, logits)


def test_worlds_that_do_not_belong_together_are_refused():
    worlds = worlds_of("forever")
    with pytest.raises(InvalidArgument, match="stacked"):
        WorldBatch.of([*worlds, dataclasses.replace(worlds[0], gamma=0.5)])
    with pytest.raises(InvalidArgument, match="stacked"):
        WorldBatch.of([])
    batch = WorldBatch.of(worlds)
    for change, said in (
        ({"gamma": 1.0}, "gamma"), ({"horizon": 0}, "horizon"),
        ({"rewards": batch.rewards[1:]}, "rewards"),
        ({"kernels": batch.kernels[0]}, "kernels"), ({"initial": batch.initial.float()}, "initial"),
    ):  # fmt: skip
        with pytest.raises(InvalidArgument, match=said):
            dataclasses.replace(batch, **change)
    for wrong in (torch.zeros(3, 6, 3).double(), random_logits(worlds).float()):
        with pytest.raises(InvalidArgument, match="logits"):
            objective_gradients(batch, wrong)

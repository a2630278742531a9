"""Targets of one-step methods against sums over every listed rollout, in Python floats."""

import pytest
import torch

from rlcheck import exact
from rlcheck.exact import targets
from rlcheck.worlds.gallery import garnet

LENGTH = 3
WORLDS = {
    "segments": (garnet(2, n_states=3, end_probability=0.25, time_limit=2), True),
    "episodes": (garnet(5, n_states=3, n_actions=3, time_limit=LENGTH), False),
    "unequal": (garnet(7, n_states=2, end_probability=0.5, time_limit=LENGTH), False),
}
EVERY = pytest.mark.parametrize("name", WORLDS)


def listed(name):
    """The world, a policy, a table of action values, and every rollout."""
    world, segments = WORLDS[name]
    generator = torch.Generator().manual_seed(3)
    shape = (world.n_states, world.n_actions)
    pi = torch.rand(shape, generator=generator, dtype=torch.float64) + 0.2
    pi = pi / pi.sum(-1, keepdim=True)
    q_values = torch.randn(shape, generator=generator, dtype=torch.float64)
    list_all = exact.enumerate_segments if segments else exact.enumerate_episodes
    return world, pi, q_values, list_all(world, pi, LENGTH)


def slots(rollout):
    """(probability, number of real slots of the rollout, t, n) of every real slot."""
    for n in range(rollout.N):
        for t in range(int(rollout.lengths[n])):
            yield float(rollout.probability[n]), int(rollout.lengths[n]), t, n


@EVERY
@pytest.mark.parametrize("coefficient", [0.5, 1.0])
def test_the_error_of_action_values_is_the_mean_over_every_rollout(name, coefficient):
    world, pi, q_values, rollout = listed(name)
    worth = torch.linspace(-1, 2, world.n_states, dtype=torch.float64)
    due = torch.zeros_like(q_values)
    for p, length, t, n in slots(rollout):
        s, a, z = (int(x[t, n]) for x in (rollout.states, rollout.actions, rollout.next_states))
        follows = 0.0 if rollout.terminated[t, n] else world.gamma * float(worth[z])
        error = float(rollout.rewards[t, n]) + follows - float(q_values[s, a])
        due[s, a] += p / length * coefficient * -2 * error
    table = q_values.clone().requires_grad_()
    visits = targets.mean_visits(world, pi, LENGTH, WORLDS[name][1])
    targets.action_value_error(world, table, worth, visits, coefficient).backward()
    assert table.grad is not None
    assert torch.allclose(table.grad, due, atol=1e-13)


@EVERY
def test_the_expected_target_is_that_of_every_rollout(name):
    world, pi, _, rollout = listed(name)
    values = torch.linspace(-1, 2, world.n_states, dtype=torch.float64)
    found = targets.expected_td_target(world, pi, values, LENGTH, WORLDS[name][1])
    due = torch.zeros_like(found)
    for p, _, t, n in slots(rollout):
        place = (t, *(int(x[t, n]) for x in (rollout.steps, rollout.states, rollout.actions)))
        follows = 0.0 if rollout.terminated[t, n] else float(values[rollout.next_states[t, n]])
        due[place] += p * (float(rollout.rewards[t, n]) + world.gamma * follows)
    assert torch.allclose(found, due, atol=1e-13)


def test_the_worlds_have_every_kind_of_end():
    ends = {name: listed(name)[-1] for name in WORLDS}
    assert bool(ends["segments"].terminated.any())
    assert bool(ends["segments"].truncated[:-1].any())
    assert not bool(ends["episodes"].terminated.any())
    assert len(set(ends["unequal"].lengths.tolist())) > 1

"""Where environments begin anew, to whoever learns it is a truncation like another."""

import copy
from dataclasses import replace

import torch

from rlcheck.algorithms.environments import make_environments
from rlcheck.algorithms.saving import State
from rlcheck.training.restarting import Restarting


def cart_poles(every, rank=0):
    return Restarting(make_environments("CartPole-v1", 3), every=every, seed=5, rank=rank)


def zeros():
    return torch.zeros(3, dtype=torch.int64)


def test_it_is_a_truncation_with_the_true_successor():
    here, plain = cart_poles(6), make_environments("CartPole-v1", 3)
    assert torch.equal(here.reset(1), plain.reset(1))
    for step in range(1, 7):
        found, due = here.step(zeros()), plain.step(zeros())
        assert torch.equal(found.next_obs, due.next_obs)
        assert torch.equal(found.terminated, due.terminated)
        if step < 6:
            assert torch.equal(found.truncated, due.truncated)
    assert bool(found.truncated.all())
    assert not torch.equal(found.obs, found.next_obs)
    assert here.begun_anew


def test_no_slot_is_lost_after_it():
    here = cart_poles(6)
    here.reset(1)
    reals = torch.stack([here.step(zeros()).real for _ in range(12)])
    assert bool(reals[6].all())


def test_a_copy_that_has_just_ended_is_not_truncated_too():
    here = cart_poles(9)
    here.reset(1)
    steps = [here.step(zeros()) for _ in range(90)]
    assert any(bool(step.terminated.any()) for step in steps[8::9])
    assert not any(bool((step.terminated & step.truncated).any()) for step in steps)
    assert not any(bool((step.truncated & ~step.real).any()) for step in steps)


def test_every_restart_has_a_seed_of_its_own_and_the_process_decides_it_too():
    here = cart_poles(2)
    here.reset(1)
    first = [here.step(zeros()).obs for _ in range(6)][1::2]
    assert len({tuple(obs.flatten().tolist()) for obs in first}) == 3
    other = cart_poles(2, rank=1)
    other.reset(1)
    other.step(zeros())
    assert not torch.equal(other.step(zeros()).obs, first[0])


class Counter:
    """Environments that expose their state: one number, which every step adds to."""

    count, obs_size = 3, 1
    actions = make_environments("CartPole-v1", 1).actions

    def reset(self, seed):
        self.number = torch.full((3, 1), float(seed % 7))
        return self.number.clone()

    def step(self, actions):
        plain = make_environments("CartPole-v1", 3)
        plain.reset(0)
        found = plain.step(actions)
        self.number += 1
        return replace(found, obs=self.number.clone(), next_obs=self.number.clone())

    def state(self) -> State:
        return {"number": self.number}

    def restore(self, state):
        self.number = state["number"].clone()


def test_what_exposes_its_state_is_kept_and_never_cut():
    here = Restarting(Counter(), every=2, seed=5, rank=0)
    here.reset(1)
    steps = [here.step(zeros()) for _ in range(5)]
    assert [float(step.obs[0]) for step in steps] == [2.0, 3.0, 4.0, 5.0, 6.0]
    assert not bool(steps[1].truncated.any())
    again = Restarting(Counter(), every=2, seed=5, rank=0)
    again.take_up(copy.deepcopy(here.state()))
    assert float(again.reset(99)[0]) == 6.0
    assert float(again.step(zeros()).obs[0]) == float(here.step(zeros()).obs[0]) == 7.0

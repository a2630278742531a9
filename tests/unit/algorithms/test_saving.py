"""The law of `saving`: who takes back a state goes on bit for bit as the one that gave it."""

import copy

import pytest
import torch
from torch import Tensor

from rlcheck.algorithms.environments import make_environments
from rlcheck.errors import InvalidArgument
from rlcheck.training.table import ALGORITHMS
from tests.tiers import spread
from tests.unit.training.running import PLAYED, SMALL, small

CART_POLE = "CartPole-v1"


def learners(name, env=CART_POLE, updates=3, seed=0):
    """The learner after so many updates, and what the last was taken on."""
    env = PLAYED.get(name, env) if env == CART_POLE else env
    asked = small(name, env=env)
    runs = asked.entry.train(make_environments(env, 4), asked.typed, 10_000, seed)
    for _ in range(updates):
        learner, experience = next(runs)
    return learner, experience


def anew(name, env=CART_POLE):
    """One that has learnt a little of its own, which has to go."""
    return learners(name, env, updates=1, seed=99)[0]


def snapshot(learner):
    return copy.deepcopy(learner.state())


def equal(one, other):
    return one.keys() == other.keys() and all(
        torch.equal(v, other[n]) if isinstance(v, Tensor) else v == other[n] for n, v in one.items()
    )


@pytest.mark.parametrize("env", [CART_POLE, "Pendulum-v1"])
@pytest.mark.parametrize("name", ALGORITHMS)
def test_it_goes_on_bit_for_bit(name, env):
    if (name, env) == ("reinforce", "Pendulum-v1"):
        pytest.skip("its episodes have 200 steps, and show nothing more")
    if env == "Pendulum-v1" and "continuous" not in ALGORITHMS[name].actions:
        pytest.skip("its actions are continuous, and the algorithm's are not")
    learner, experience = learners(name, env)
    other = anew(name, env)
    other.restore(snapshot(learner))
    assert equal(learner.state(), other.state())
    for each in (learner, other):
        for _ in range(2):
            each.update(experience)
    assert equal(learner.state(), other.state())


@pytest.mark.parametrize("name", spread(list(ALGORITHMS), quick=3))
def test_every_part_of_the_state_counts(name):
    """Leave out any one name: it is missed at once, or the learner goes on differently."""
    learner, experience = learners(name)
    state = snapshot(learner)
    for _ in range(2):
        learner.update(experience)
    for left_out in state:
        other = anew(name)
        try:
            other.restore({n: v for n, v in state.items() if n != left_out})
            for _ in range(2):
                other.update(experience)
        except (InvalidArgument, KeyError):
            continue
        assert not equal(learner.state(), other.state()), left_out


@pytest.mark.parametrize("name", ALGORITHMS)
def test_a_state_of_another_shape_is_refused_and_changes_nothing(name):
    learner, _ = learners(name)
    other = anew(name, "FrozenLake-v1" if name in PLAYED else "MountainCar-v0")
    before = snapshot(other)
    with pytest.raises(InvalidArgument, match="the saved state is of another shape"):
        other.restore(snapshot(learner))
    assert equal(before, other.state())


def _misshapen(state):
    return {**state, "optimizer.0.exp_avg": torch.zeros(7)}


def _without_one(state):
    return {name: value for name, value in state.items() if name != "optimizer.1.exp_avg_sq"}


def _of_another_parameter(state):
    return {**state, "optimizer.first.exp_avg": torch.zeros(1)}


def _of_another_device(state):
    return {**state, "generator": torch.zeros(16, dtype=torch.uint8)}


@pytest.mark.parametrize(
    "spoil", [_misshapen, _without_one, _of_another_parameter, _of_another_device]
)
@pytest.mark.parametrize("name", ["ppo", "ppo-recurrent", "dqn"])
def test_a_state_that_is_spoilt_anywhere_is_refused_and_changes_nothing(name, spoil):
    learner, other = learners(name)[0], anew(name)
    before = snapshot(other)
    with pytest.raises(InvalidArgument, match="the saved state is of another shape"):
        other.restore(spoil(snapshot(learner)))
    assert equal(before, other.state())


def test_staleness_needs_its_past():
    learner, other = learners("a2c")[0], anew("a2c")
    state = snapshot(learner)
    assert any(name.startswith("past.") for name in state)
    with pytest.raises(InvalidArgument, match="past"):
        other.restore({n: v for n, v in state.items() if not n.startswith("past.")})


def test_the_small_settings_serve_every_algorithm():
    assert SMALL.keys() == ALGORITHMS.keys()

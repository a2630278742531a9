"""Gymnasium's wrappers as they are; what they gather can be kept, taken back, frozen."""

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium.wrappers.vector import NormalizeObservation, NormalizeReward

from rlcheck.algorithms.environments import make_environments
from rlcheck.errors import InvalidArgument


def steps(environments, count, seed=0):
    obs, found = environments.reset(seed), []
    for t in range(count):
        step = environments.step(torch.full((3,), t % 2))
        found.append((obs, step))
        obs = step.obs
    return found


@pytest.mark.parametrize("native", [True, False])
def test_what_comes_out_is_what_gymnasium_gives(native):
    ours = make_environments(
        "CartPole-v1", 3, native=native, normalize=("observations", "rewards"), gamma=0.9
    )
    mode = "vector_entry_point" if native else "sync"
    plain = gymnasium.make_vec("CartPole-v1", num_envs=3, vectorization_mode=mode)
    theirs = NormalizeReward(NormalizeObservation(plain), gamma=0.9)
    due, _ = theirs.reset(seed=0)
    for t, (obs, step) in enumerate(steps(ours, 60)):
        assert np.array_equal(obs.numpy(), due)
        due, rewards, *_ = theirs.step(np.full(3, t % 2))
        assert np.array_equal(step.rewards.numpy(), rewards.astype(np.float32))
        assert torch.equal(step.played, step.real.float())


def test_statistics_go_on_where_they_were_left():
    one, other = (
        make_environments("CartPole-v1", 3, normalize=("observations", "rewards")) for _ in "ab"
    )
    steps(one, 30)
    one.reset(7)
    other.reset(7)
    other.normalisers.restore(one.normalisers.state())
    for t in range(20):
        a, b = (each.step(torch.full((3,), t % 2)) for each in (one, other))
        assert torch.equal(a.obs, b.obs)
        assert torch.equal(a.rewards, b.rewards)


def test_frozen_ones_gather_nothing():
    environments = make_environments("CartPole-v1", 3, normalize=("observations", "rewards"))
    steps(environments, 30)
    environments.normalisers.freeze()
    before = environments.normalisers.state()
    steps(environments, 30)
    after = environments.normalisers.state()
    assert all(torch.equal(torch.as_tensor(after[n]), torch.as_tensor(before[n])) for n in before)


def test_statistics_of_other_observations_are_refused():
    cart, acrobot = (
        make_environments(name, 2, normalize=("observations",))
        for name in ("CartPole-v1", "Acrobot-v1")
    )
    with pytest.raises(InvalidArgument, match="another shape"):
        cart.normalisers.restore(acrobot.normalisers.state())
    with pytest.raises(InvalidArgument, match="observations or rewards"):
        make_environments("CartPole-v1", 2, normalize=("actions",))

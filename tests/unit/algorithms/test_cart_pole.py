"""Our CartPole against Gymnasium's, step by step: physics, ends, starts."""

import gymnasium
import numpy as np
import pytest
import torch

from rlcheck.algorithms.environments import CartPoleEnvironments
from rlcheck.algorithms.environments import cart_pole as physics

EPS = torch.finfo(torch.float64).eps
# Both compute the accelerations in at most 20 roundings, sine and cosine to two units each; they
# differ by twice that, relative to the contributions, over the least that is divided by.
LARGEST_ERROR = 2 * (20 + 4) * EPS
LEAST_RESISTANCE = 0.5 * (4 / 3 - 0.1 / 1.1)


def random_states(count, seed=0):
    generator = torch.Generator().manual_seed(seed)
    wide = torch.tensor([3.0, 4.0, 0.3, 4.0]).double()[:, None]
    drawn = torch.rand(4, count, dtype=torch.float64, generator=generator)
    return (2 * drawn - 1) * wide, torch.randint(2, (count,), generator=generator)


def gymnasium_steps(states, actions):
    """The states after one step, in float64, and whether the episode is over."""
    env = gymnasium.make("CartPole-v1").unwrapped
    env.reset(seed=0)
    after, fallen = np.empty_like(states.numpy()), []
    for n in range(states.shape[1]):
        env.state, env.steps_beyond_terminated = states[:, n].numpy(), None
        _, reward, terminated, truncated, _ = env.step(int(actions[n]))
        after[:, n] = env.state
        fallen.append(terminated)
        assert (reward, truncated) == (1.0, False)
    return torch.from_numpy(after), torch.tensor(fallen)


def floor(states):
    """What rounding may do to a state's four numbers."""
    _, speed, angle, turning = states.abs()
    push = (10 + 0.05 * turning**2) / 1.1
    turns = (9.8 * angle + push) / LEAST_RESISTANCE
    rates = torch.stack([0 * speed, push + 0.05 * turns / 1.1, 0 * speed, turns])
    return LARGEST_ERROR * (0.02 * rates + torch.stack([0 * speed, speed, 0 * speed, turning]))


def differ(moved, count=3000):
    states, actions = random_states(count)
    due, fallen = gymnasium_steps(states, actions)
    found = moved(states, actions)
    far = (found - due).abs() > floor(states)
    return bool(far.any()) or not torch.equal(physics.has_fallen(found), fallen)


def test_every_step_is_gymnasium_s():
    _, fallen = gymnasium_steps(*random_states(3000))
    assert 300 < int(fallen.sum()) < 2700
    assert not differ(physics.moved)


@pytest.mark.parametrize(
    ("name", "value"),
    [("GRAVITY", 9.81), ("POLE_MOMENT", 0.0500001), ("SECONDS", 0.0200001), ("TOTAL_MASS", 1.0),
     ("HALF_LENGTH", 1.0), ("FORCE", -10.0), ("FARTHEST", 2.5), ("STEEPEST", 0.205)],
)  # fmt: skip
def test_another_constant_is_seen(monkeypatch, name, value):
    monkeypatch.setattr(physics, name, value)
    assert differ(physics.moved)


def test_another_integrator_is_seen():
    def semi_implicit(state, actions):
        after = physics.moved(state, actions)
        positions = state[[0, 2]] + physics.SECONDS * after[[1, 3]]
        return torch.stack([positions[0], after[1], positions[1], after[3]])

    assert differ(semi_implicit)


def balancing(obs):
    """Keeps the pole up for as long as anyone looks."""
    lean = obs[..., 2] + 0.3 * obs[..., 3] + 0.02 * obs[..., 0] + 0.05 * obs[..., 1]
    return (lean > 0).long()


def test_an_episode_is_truncated_with_gymnasium_s_five_hundredth_step():
    env, ours = gymnasium.make("CartPole-v1"), CartPoleEnvironments(3)
    theirs, _ = env.reset(seed=1)
    obs = ours.reset(1)
    for t in range(1, 501):
        theirs, _, terminated, truncated, _ = env.step(int(balancing(torch.from_numpy(theirs))))
        step = ours.step(balancing(obs))
        assert not terminated
        assert not bool(step.terminated.any())
        assert step.truncated.tolist() == [truncated] * 3
        assert truncated == (t == 500)
        assert torch.equal(step.obs, step.next_obs) != truncated
        obs = step.obs
    assert bool((obs.abs() <= 0.05).all())


def test_a_fall_in_the_last_step_is_a_fall():
    ours = CartPoleEnvironments(2)
    state = ours.state()
    state["steps"] = torch.tensor([499, 499])
    state["states"] = torch.tensor([[0.0, 2.399], [0.0, 3.0], [0.0, 0.0], [0.0, 0.0]]).double()
    ours.restore(state)
    step = ours.step(torch.tensor([0, 1]))
    assert step.terminated.tolist() == [False, True]
    assert step.truncated.tolist() == [True, False]


def test_starts_are_uniform_where_gymnasium_s_are():
    size = 50_000
    obs = CartPoleEnvironments(size).reset(0).double()
    assert bool((obs.abs() <= 0.05).all())
    # Dvoretzky-Kiefer-Wolfowitz at one in 10^9, each of the four numbers.
    tolerance = (np.log(2 * 4 / 1e-9) / (2 * size)) ** 0.5
    ranks = (torch.arange(size) + 0.5)[:, None] / size
    distance = ((obs.sort(0).values + 0.05) / 0.1 - ranks).abs().max()
    assert float(distance) <= tolerance + 0.5 / size

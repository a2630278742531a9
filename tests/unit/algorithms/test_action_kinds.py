"""Every learner in environments of several choices at once, and of actions squashed into a box."""

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from rlcheck.algorithms import a2c, ppo, ppo_recurrent, trpo
from rlcheck.algorithms.environments import GymnasiumEnvironments, make_environments
from rlcheck.algorithms.squashed import SquashedEnvironments
from rlcheck.errors import InvalidArgument

CHOICES = (3, 2, 4)


class Buttons(gymnasium.Env):
    """Three buttons that must all be pressed as shown; ten tries an episode."""

    observation_space = spaces.Box(-1.0, 1.0, (3,), dtype=np.float32)
    action_space = spaces.MultiDiscrete(CHOICES)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.tries = 0
        return self.look(), {}

    def look(self):
        self.shown = self.np_random.integers(0, CHOICES)
        return (self.shown / 2 - 0.5).astype(np.float32)

    def step(self, action):
        assert self.action_space.contains(np.asarray(action))
        reward = float((self.shown == action).mean())
        self.tries += 1
        return self.look(), reward, self.tries == 10, False, {}


def buttons():
    return GymnasiumEnvironments(
        SyncVectorEnv([Buttons] * 4, autoreset_mode=AutoresetMode.SAME_STEP)
    )


def pendulum():
    return SquashedEnvironments(make_environments("Pendulum-v1", 4))


RUNS = {
    "ppo": (ppo, ppo.PPO(n_steps=8, epochs=2, minibatch=16, ent_coef=0.01)),
    "ppo-penalty": (ppo, ppo.PPO(n_steps=8, epochs=2, minibatch=16, surrogate="penalty")),
    "a2c": (a2c, a2c.A2C(n_steps=8, ent_coef=0.01)),
    "trpo": (trpo, trpo.TRPO(n_steps=8, critic_epochs=1)),
    "ppo-recurrent": (ppo_recurrent, ppo_recurrent.RecurrentPPO(n_steps=8, epochs=2)),
}


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("make", [buttons, pendulum])
def test_every_learner_acts_in_it(name, make):
    module, settings = RUNS[name]
    before = None
    for learner, _ in module.train(make(), settings, 64):
        found = torch.nn.utils.parameters_to_vector(learner.networks.parameters())
        assert bool(torch.isfinite(found).all())
        assert before is None or not torch.equal(before, found)
        before = found.clone()


def test_squashed_actions_reach_the_environment_inside_its_bounds():
    outside = pendulum()
    seen = []
    inner = outside.inner
    step = inner.step
    inner.step = lambda actions: (seen.append(actions), step(actions))[1]
    outside.reset(0)
    outside.step(torch.tensor([[-50.0], [0.0], [0.5], [50.0]]))
    assert torch.allclose(
        seen[0], torch.tensor([[-2.0], [0.0], [2 * np.tanh(0.5)], [2.0]], dtype=torch.float32)
    )


def test_what_cannot_be_squashed_is_refused():
    with pytest.raises(InvalidArgument, match="squash"):
        SquashedEnvironments(make_environments("CartPole-v1", 2))


@pytest.mark.thorough
def test_several_choices_are_learnt():
    settings = ppo.PPO(n_steps=32, epochs=4, minibatch=64, learning_rate=3e-3, gamma=0.0)
    *_, (learner, _) = ppo.train(buttons(), settings, 30_000)
    outside = buttons()
    obs, total = outside.reset(9), 0.0
    with torch.no_grad():
        for _ in range(50):
            here = outside.step(learner.networks.act(obs, torch.zeros(4, sum(CHOICES))))
            total += float(here.rewards.mean()) / 50
            obs = here.obs
    # Blind choices are right in (1/3 + 1/2 + 1/4) / 3 of the cases.
    assert total > 0.85

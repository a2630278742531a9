"""Floors of somebody's own Gaussian networks: never below what rounding does, and not far above."""

import pytest
import torch
from torch import nn
from torch.distributions import Normal

from rlcheck.claims import find_claim
from rlcheck.judges.callers import ReferenceCaller
from rlcheck.judges.floors import EPS32, floor
from rlcheck.judges.gaussian_cases import sampled_continuous
from rlcheck.judges.single_precision import in_float32
from rlcheck.subjects import make_agent, make_subject
from rlcheck.subjects.own import ActionSpec


def agent_of(width, spread, gain):
    class Agent(nn.Module):
        def __init__(self, envs):
            super().__init__()
            (inputs,), (outputs,) = (
                envs.single_observation_space.shape,
                envs.single_action_space.shape,
            )
            self.critic = nn.Sequential(nn.Linear(inputs, width), nn.Tanh(), nn.Linear(width, 1))
            self.actor = nn.Sequential(
                nn.Linear(inputs, width), nn.Tanh(), nn.Linear(width, width), nn.ReLU(),
                nn.Linear(width, outputs),
            )  # fmt: skip
            self.actor_logstd = nn.Parameter(torch.zeros(1, outputs))

        def get_value(self, x):
            return self.critic(x)

        def get_action_and_value(self, x, action=None):
            mean = gain * self.actor(x)
            probs = Normal(mean, torch.exp(self.actor_logstd.expand_as(mean) + spread))
            action = probs.sample() if action is None else action
            return action, probs.log_prob(action).sum(1), probs.entropy().sum(1), self.critic(x)

    return Agent


def gradients(own, claim, asks):
    for case in sampled_continuous(claim, make_subject(lambda: None, own=own), 0):
        caller = ReferenceCaller(claim=claim, asks=asks)
        batch = case.sampled
        due, single = caller(batch).vector, caller(in_float32(batch)).vector
        yield float((single - due).norm()), floor(batch, due, EPS32, asks), float(due.norm())


@pytest.mark.parametrize("width", [4, 64])
@pytest.mark.parametrize("spread", [0.0, -3.0])
@pytest.mark.parametrize("gain", [0.01, 1.0, 30.0])
def test_float32_stays_below_its_floor_and_not_far(width, spread, gain):
    claim = find_claim("ppo-loss")
    asks = frozenset({"agent", "obs", "actions", "logp_old", "advantages", "returns"})
    own = make_agent(agent_of(width, spread, gain), action=ActionSpec(kind="continuous", size=2))
    found = list(gradients(own, claim, asks))
    assert all(error <= allowed for error, allowed, _ in found)
    # A float64 floor is 2^29 times lower: a fault of a millionth stays visible.
    assert all(allowed * 2.0**-29 < 1e-6 * norm for _, allowed, norm in found)

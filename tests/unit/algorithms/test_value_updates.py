"""Q-learning's and DQN's whole updates, held to their claims by rlcheck itself."""

import pytest
import torch
from torch import nn

import rlcheck
from rlcheck.algorithms import dqn, q_learning
from rlcheck.algorithms.networks import layers
from rlcheck.algorithms.transitions import Memory, Transitions
from rlcheck.errors import InvalidArgument

GAMMA = 0.875
THOROUGH = pytest.mark.thorough
NAMES = ("obs", "actions", "rewards", "next_obs", "terminated")


def generator():
    return torch.Generator().manual_seed(0)


class Table:
    """Q-learning behind the protocol of agents that have only an update."""

    def __init__(self, states=5, actions=3):
        table = nn.Linear(states, actions, bias=False)
        settings = q_learning.QLearning(gamma=GAMMA)
        self.learner = q_learning.Learner(networks=table, settings=settings, generator=generator())
        self.q_fn = self.learner.networks

    def load(self, batch):
        self.batch = Transitions(**{name: batch[name].flatten(0, 1) for name in NAMES})

    def update(self):
        self.learner.update(self.batch)


class Deep(Table):
    """DQN behind it; its target network has other weights than the network under training."""

    def __init__(self, **settings):
        torch.manual_seed(0)
        self.learner = dqn.Learner(
            networks=layers(4, 6, 3, last_gain=1.0), settings=dqn.DQN(gamma=GAMMA, **settings),
            generator=generator(), memory=Memory(1, 4),
        )  # fmt: skip
        self.q_fn, self.target_q_fn = self.learner.networks, self.learner.target_networks
        with torch.no_grad():
            for parameter in self.target_q_fn.parameters():
                parameter.add_(0.3 * torch.randn_like(parameter))


def judged(agent, claim, gamma=GAMMA):
    return rlcheck.check(agent, claim=claim, settings={"gamma": gamma}, shrink=False)


@pytest.mark.parametrize(
    ("agent", "claim", "outcome", "conventions"),
    [
        (Table(), "q-learning", "consistent", ()),
        (Deep(target="double"), "double-dqn-loss", "consistent", ()),
        pytest.param(Deep(), "dqn-loss", "consistent", (), marks=THOROUGH),
        pytest.param(Deep(error="huber"), "dqn-loss", "convention", ("huber",), marks=THOROUGH),
        pytest.param(
            Deep(target="double"), "dqn-loss", "convention", ("double-q",), marks=THOROUGH
        ),
        pytest.param(Deep(), "double-dqn-loss", "biased", (), marks=THOROUGH),
    ],
    ids=["table", "double", "max", "huber", "double-as-dqn", "dqn-as-double"],
)
def test_a_whole_update_is_what_it_says(agent, claim, outcome, conventions):
    verdict = judged(agent, claim)
    assert (verdict.outcome, verdict.error) == (outcome, None), verdict.notes
    assert verdict.conventions == conventions
    assert "rollout by rollout" in verdict.routes


@pytest.mark.thorough
def test_another_discount_than_is_claimed_is_seen():
    assert judged(Deep(), "dqn-loss", gamma=0.75).outcome == "biased"


def test_a_network_that_it_has_not_is_not_judged():
    with pytest.raises(InvalidArgument, match="target network"):
        judged(Table(), "dqn-loss")
    with pytest.raises(InvalidArgument, match="no values of actions"):
        judged(Table(), "value-loss")

"""Q-learning's and DQN's whole updates, held to their claims by rlcheck itself."""

import pytest

import rlcheck
from rlcheck.errors import InvalidArgument
from rlcheck.training.updates import GAMMA, DoubleDQNUpdate, DQNUpdate, QLearningUpdate

THOROUGH = pytest.mark.thorough


def judged(agent, claim, gamma=GAMMA):
    return rlcheck.check(agent, claim=claim, settings={"gamma": gamma}, shrink=False)


@pytest.mark.parametrize(
    ("agent", "claim", "outcome", "conventions"),
    [
        (QLearningUpdate(), "q-learning", "consistent", ()),
        (DoubleDQNUpdate(), "double-dqn-loss", "consistent", ()),
        pytest.param(DQNUpdate(), "dqn-loss", "consistent", (), marks=THOROUGH),
        pytest.param(
            DQNUpdate(error="huber"), "dqn-loss", "convention", ("huber",), marks=THOROUGH
        ),
        pytest.param(DoubleDQNUpdate(), "dqn-loss", "convention", ("double-q",), marks=THOROUGH),
        pytest.param(DQNUpdate(), "double-dqn-loss", "biased", (), marks=THOROUGH),
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
    assert judged(DQNUpdate(), "dqn-loss", gamma=0.75).outcome == "biased"


def test_a_network_that_it_has_not_is_not_judged():
    with pytest.raises(InvalidArgument, match="target network"):
        judged(QLearningUpdate(), "dqn-loss")
    with pytest.raises(InvalidArgument, match="no values of actions"):
        judged(QLearningUpdate(), "value-loss")

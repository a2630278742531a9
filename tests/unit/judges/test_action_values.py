"""Claims about values of actions: which property sees what, and what is refused."""

import pytest
import torch
from torch import nn

import rlcheck
from rlcheck.errors import InvalidArgument
from rlcheck.subjects.protocols import make_update_subject


def _taken(q_values, actions):
    return q_values.gather(-1, actions.unsqueeze(-1)).squeeze(-1)


def _loss(q_values, actions, target):
    return (target - _taken(q_values, actions)).square().mean()


def not_held(q_fn, obs, actions, rewards, next_obs, terminated, gamma):
    target = rewards + gamma * (1 - terminated) * q_fn(next_obs).amax(-1)
    return 0.5 * _loss(q_fn(obs), actions, target)


def flag_ignored(q_fn, target_q_fn, obs, actions, rewards, next_obs, terminated, gamma):
    return _loss(q_fn(obs), actions, rewards + gamma * target_q_fn(next_obs).amax(-1))


def cut_is_an_end(target_q_fn, q_values, actions, rewards, next_obs, terminated, truncated, gamma):
    goes_on = ~(terminated | truncated)
    return _loss(q_values, actions, rewards + gamma * goes_on * target_q_fn(next_obs).amax(-1))


def own_critic_at_an_end(value_fn, rewards, next_obs, terminated, gamma):
    return rewards + gamma * value_fn(next_obs).detach()


FAULTS = [
    (not_held, "q-learning", "target-held-fixed"),
    (flag_ignored, "dqn-loss", "termination-does-not-bootstrap"),
    (cut_is_an_end, "dqn-loss", "truncation-bootstraps"),
    (own_critic_at_an_end, "td-target", "termination-does-not-bootstrap"),
]


@pytest.mark.parametrize(
    ("subject", "claim", "property_id"), FAULTS, ids=lambda x: getattr(x, "__name__", x)
)
def test_a_fault_is_seen_without_any_reference(subject, claim, property_id):
    found = rlcheck.check(subject, claim=claim, shrink=False)
    assert found.outcome == "biased"
    assert property_id in {p.id for p in found.properties if p.status == "failed"}


def test_the_place_of_a_bias_is_a_state_and_an_action():
    found = rlcheck.check(flag_ignored, claim="dqn-loss", shrink=False).finding
    assert found is not None
    assert found.coordinate.startswith("d loss / d q_fn.weight[")
    assert {action for _, _, action, _ in found.where} <= {0, 1, 2}
    assert {"q values", "target q values"} <= set(found.world)


def right(q_fn, target_q_fn, obs, actions, rewards, next_obs, terminated, gamma):
    with torch.no_grad():
        target = rewards + gamma * (1 - terminated) * target_q_fn(next_obs).amax(-1)
    return _loss(q_fn(obs), actions, target)


def test_a_claim_without_action_values_hands_none_over():
    with pytest.raises(InvalidArgument, match="no values of actions"):
        rlcheck.check(right, claim="value-loss")
    with pytest.raises(InvalidArgument, match="discrete"):
        rlcheck.check(right, claim="dqn-loss", actions="continuous")


class Updates:
    """An agent that has only an update; what its q_fn gives decides whether it can be judged."""

    def __init__(self, q_fn):
        self.q_fn = q_fn

    def load(self, batch):
        self.batch = batch

    def update(self):
        pass


@pytest.mark.parametrize(
    ("q_fn", "told"),
    [
        (nn.Linear(4, 1), "gives"),
        (nn.Sequential(nn.Linear(4, 3), nn.Flatten(0)), "gives"),
        (nn.Sequential(nn.Linear(4, 3), nn.Linear(4, 3)), "failed with"),
        (lambda obs: obs[:, :2], "no parameters"),
    ],
)
def test_a_network_that_gives_no_value_for_each_action_is_refused(q_fn, told):
    with pytest.raises(InvalidArgument, match=told):
        make_update_subject(Updates(q_fn))


def test_values_of_an_agent_of_another_kind_are_refused():
    class Policy(nn.Linear):
        def forward(self, obs):
            return torch.distributions.Categorical(logits=super().forward(obs))

    agent = Updates(None)
    agent.policy = Policy(4, 2)
    with pytest.raises(InvalidArgument, match="it brings none"):
        rlcheck.check(agent, claim="dqn-loss")


def with_dones(q_fn, target_q_fn, obs, actions, rewards, next_obs, dones, gamma):
    return _loss(q_fn(obs), actions, rewards + gamma * (1 - dones) * target_q_fn(next_obs).amax(-1))


def with_terminated(q_fn, target_q_fn, obs, actions, rewards, next_obs, terminated, gamma):
    return with_dones(q_fn, target_q_fn, obs, actions, rewards, next_obs, terminated, gamma)


@pytest.mark.parametrize(("subject", "told"), [(with_dones, True), (with_terminated, False)])
def test_that_time_outs_were_out_of_reach_is_told(subject, told):
    """Both are right where episodes end for good; the first is wrong where one is cut."""
    found = rlcheck.check(subject, claim="dqn-loss", shrink=False)
    assert (found.outcome, found.error) == ("consistent", None)
    assert any("time-outs were not tried: `dones`" in note for note in found.notes) is told

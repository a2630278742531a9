"""Agents that have only an update: their gradient is caught, and they are left alone."""

import copy

import pytest
import torch
from torch import nn
from torch.distributions import Categorical

import rlcheck
from rlcheck.errors import InvalidArgument
from rlcheck.subjects.protocols import make_update_subject
from rlcheck.verdict import Outcome

SETTINGS = {"clip_eps": 0.2, "vf_coef": 0.5, "ent_coef": 0.01}


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 2))

    def forward(self, obs):
        return Categorical(logits=self.net(obs))


class Updates:
    clip = 1e9
    epochs = 1

    def __init__(self, sign=1.0):
        torch.manual_seed(0)
        self.policy, self.value_fn, self.sign = Policy(), nn.Linear(4, 1), sign
        self.parameters = [*self.policy.parameters(), *self.value_fn.parameters()]
        self.optimizer = torch.optim.Adam(self.parameters, lr=1e-3)

    def load(self, batch):
        self.batch = batch

    def loss(self):
        b = self.batch
        probs, credit = self.policy(b["obs"]), self.sign * b["advantages"]
        ratio = (probs.log_prob(b["actions"]) - b["logp_old"]).exp()
        policy = -torch.min(ratio * credit, ratio.clamp(0.8, 1.2) * credit).mean()
        value = ((self.value_fn(b["obs"]).squeeze(-1) - b["returns"]) ** 2).mean()
        return policy + 0.5 * value - 0.01 * probs.entropy().mean()

    def update(self):
        for _ in range(self.epochs):
            self.optimizer.zero_grad()
            self.loss().backward()
            nn.utils.clip_grad_norm_(self.parameters, self.clip)
            self.optimizer.step()


class Clips(Updates):
    clip = 0.05


class Twice(Updates):
    epochs = 2


class NeverSteps(Updates):
    epochs = 0


def judged(agent):
    return rlcheck.check(agent, claim="ppo-loss", settings=SETTINGS, shrink=False)


class Whitens(Updates):
    """Whitened advantages, and networks that rlcheck takes copies of: an agent of two methods."""

    def __init__(self):
        super().__init__()
        self.agent = TwoMethods(self.policy, self.value_fn)
        del self.policy, self.value_fn

    def loss(self):
        b, agent = self.batch, self.agent
        obs, actions = b["obs"].flatten(0, 1), b["actions"].flatten()
        credit = b["advantages"].flatten()
        credit = (credit - credit.mean()) / (credit.std() + 1e-8)
        _, logp, entropy, values = agent.get_action_and_value(obs, actions)
        ratio = (logp - b["logp_old"].flatten()).exp()
        policy = -torch.min(ratio * credit, ratio.clamp(0.8, 1.2) * credit).mean()
        value = ((values.squeeze(-1) - b["returns"].flatten()) ** 2).mean()
        return policy + 0.5 * value - 0.01 * entropy.mean()


class TwoMethods(nn.Module):
    def __init__(self, policy, value_fn):
        super().__init__()
        self.policy, self.value_fn = policy, value_fn

    def get_value(self, obs):
        return self.value_fn(obs)

    def get_action_and_value(self, obs, action=None):
        probs = self.policy(obs)
        action = probs.sample() if action is None else action
        return action, probs.log_prob(action), probs.entropy(), self.value_fn(obs)


@pytest.mark.thorough
def test_what_is_asked_of_a_copy_leaves_the_networks_of_an_update_where_they_were():
    """It fails on the reference, so that its precision is looked at, on copies of the networks."""
    subject = make_update_subject(Whitens(), settings=SETTINGS)
    before = {name: p.detach().clone() for name, p in subject.own.parameters.items()}
    verdict = rlcheck.check(subject, claim="ppo-loss", shrink=False)
    assert all(torch.equal(p, before[name]) for name, p in subject.own.parameters.items())
    assert (verdict.outcome, verdict.conventions) == ("convention", ("whiten-ddof1",))


def test_a_right_update_passes_and_nothing_of_it_is_changed():
    agent = Updates()
    before = copy.deepcopy(agent.policy.state_dict())
    verdict = judged(agent)
    assert (verdict.outcome, verdict.subject) == (Outcome.CONSISTENT, "Updates")
    assert "exact-off-policy" in {p.id for p in verdict.properties}
    assert all(torch.equal(agent.policy.state_dict()[k], v) for k, v in before.items())
    assert not agent.optimizer.state
    assert not hasattr(agent, "batch")


def test_a_wrong_update_is_caught():
    verdict = judged(Updates(sign=-1.0))
    assert verdict.outcome == Outcome.BIASED
    assert "advantage-negated" in [s.id for s in verdict.suspects]


def test_clipping_by_norm_is_held_back_and_told():
    verdict = judged(Clips())
    assert verdict.outcome == Outcome.CONSISTENT
    assert any("clips its gradient" in note for note in verdict.notes)


@pytest.mark.parametrize(
    ("kind", "said"), [(Twice, "more than once"), (NeverSteps, "never reached optimizer.step")]
)
def test_an_update_that_is_not_one_step(kind, said):
    verdict = judged(kind())
    assert verdict.outcome == Outcome.BIASED
    assert said in verdict.error


def test_without_networks_it_is_refused():
    class Bare:
        def load(self, batch): ...

        def update(self): ...

    with pytest.raises(InvalidArgument, match="neither `agent` nor `policy`"):
        make_update_subject(Bare())

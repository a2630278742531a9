"""Several choices at once: they are the law of all combinations, and the update is PPO's."""

from dataclasses import replace
from itertools import product

import pytest
import torch
from torch import nn
from torch.distributions import Categorical, kl_divergence

import rlcheck
from rlcheck import losses
from rlcheck.algorithms import ppo
from rlcheck.algorithms.environments import Actions
from rlcheck.algorithms.experience import Experience
from rlcheck.algorithms.multi_discrete import MultiDiscreteActorCritic
from rlcheck.algorithms.networks import make_networks
from rlcheck.errors import InvalidArgument
from tests.unit.algorithms.action_kinds import OBS, PPO, scattered

CHOICES = (3, 2, 4)
MULTI = Actions(kind="multi-discrete", size=3, choices=CHOICES)


def multi(seed=0):
    return scattered(make_networks(3, MULTI, seed, width=6).double())


def combined(networks, obs):
    """The same policy as one categorical law over all combinations."""
    every = torch.tensor(list(product(*map(range, CHOICES))))
    rows = [networks.evaluate(o.expand(len(every), -1), every).logp for o in obs]
    return every, torch.stack(rows)


def test_combinations_add_up_to_one_and_choices_are_independent():
    networks = multi()
    every, logp = combined(networks, OBS)
    assert torch.allclose(logp.exp().sum(-1), torch.ones(2, dtype=torch.float64))
    law = Categorical(logits=logp)
    found = networks.evaluate(OBS, every[:2])
    assert torch.allclose(found.entropy, law.entropy())
    other = multi()
    scattered(other)
    _, moved = combined(other, OBS)
    due = kl_divergence(law, Categorical(logits=moved))
    assert torch.allclose(other.divergence(OBS, networks.described(OBS)), due)


def test_noise_and_sampling_have_the_policy_s_law():
    networks = multi()
    count = 40_000
    obs = OBS[:1].expand(count, -1)
    generator = torch.Generator().manual_seed(0)
    noise = networks.noise((count,), generator).double()
    for drawn in (networks.act(obs, noise), networks.get_action_and_value(obs)[0]):
        assert drawn.shape == (count, 3)
        parts = networks.described(OBS[0]).exp().split(CHOICES)
        for d, due in enumerate(parts):
            share = torch.bincount(drawn[:, d], minlength=CHOICES[d]) / count
            # Six standard deviations of a share of a half.
            assert bool(((share - due).abs() < 6 * 0.5 / count**0.5).all())


def test_the_loss_of_several_choices_is_that_of_the_law_of_all_combinations():
    """The gradient of PPO's loss, against autograd through the categorical of combinations."""
    networks = multi()
    every, logp = combined(networks, OBS)
    taken = torch.tensor([5, 17])
    old, credit = logp.detach()[[0, 1], taken] + 0.1, torch.tensor([1.0, -2.0])
    law = Categorical(logits=logp)
    due = losses.ppo_clip(law.log_prob(taken), old, credit.double(), 0.2)
    due = due + losses.entropy_bonus(law.entropy(), 0.5)
    new = networks.evaluate(OBS, every[taken])
    found = losses.ppo_clip(new.logp, old, credit.double(), 0.2)
    found = found + losses.entropy_bonus(new.entropy, 0.5)
    parameters = list(networks.actor.parameters())
    for one, other in zip(*(torch.autograd.grad(x, parameters) for x in (found, due)), strict=True):
        assert torch.allclose(one, other, atol=1e-12)


class Combined(nn.Module):
    """Two choices as one among all combinations, as rlcheck's door knows actions."""

    def __init__(self):
        super().__init__()
        actions = Actions(kind="multi-discrete", size=2, choices=(2, 2))
        self.networks = scattered(make_networks(4, actions, 0, width=6))

    def apart(self, action):
        return torch.stack([action // 2, action % 2], -1)

    def get_value(self, obs):
        return self.networks.get_value(obs)

    def get_action_and_value(self, obs, action=None):
        if action is None:
            drawn = self.networks.get_action_and_value(obs)[0]
            action = 2 * drawn[..., 0] + drawn[..., 1]
        return (action, *self.networks.get_action_and_value(obs, self.apart(action))[1:])


class Outside:
    def __init__(self, make, settings):
        self.agent = Combined()
        self.learner = make(
            networks=self.agent.networks, settings=settings,
            generator=torch.Generator().manual_seed(0),
        )  # fmt: skip

    def load(self, batch):
        names = ("logp_old", "values_old", "advantages", "returns")
        self.experience = Experience(
            obs=batch["obs"].flatten(0, 1), actions=self.agent.apart(batch["actions"].flatten()),
            **{name: batch[name].flatten() for name in names},
        )  # fmt: skip

    def update(self):
        self.learner.update(self.experience)


SETTINGS = {"clip_eps": 0.25, "vf_coef": 0.5, "ent_coef": 0.0625}


@pytest.mark.thorough
def test_an_update_on_several_choices_is_ppo_s():
    verdict = rlcheck.check(
        Outside(ppo.Learner, PPO), claim="ppo-loss", settings=SETTINGS, shrink=False
    )
    assert (verdict.outcome, verdict.error) == ("consistent", None), verdict.notes


@pytest.mark.thorough
def test_an_update_on_several_choices_with_half_the_range_is_not():
    wrong = replace(PPO, clip_eps=0.125)
    verdict = rlcheck.check(
        Outside(ppo.Learner, wrong), claim="ppo-loss", settings=SETTINGS, shrink=False
    )
    assert verdict.outcome == "biased"


def test_nothing_to_choose_is_refused():
    with pytest.raises(InvalidArgument, match="nothing to choose"):
        MultiDiscreteActorCritic(3, ())

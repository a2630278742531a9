"""Each algorithm's whole update, held to its claim by rlcheck itself, through the usual door."""

from dataclasses import replace

import pytest
import torch

import rlcheck
from rlcheck.algorithms import a2c, ppo
from rlcheck.algorithms.environments import Actions
from rlcheck.algorithms.experience import Experience
from rlcheck.algorithms.networks import make_networks

PPO = ppo.PPO(
    epochs=1, minibatch=10_000, whiten=False, clip_eps=0.2, vf_coef=0.5, ent_coef=0.01,
    max_grad_norm=None,
)  # fmt: skip
SETTINGS = {"clip_eps": 0.2, "vf_coef": 0.5, "ent_coef": 0.01}
KINDS = {
    "discrete": Actions(kind="discrete", size=2),
    "continuous": Actions(kind="continuous", size=1),
}


class Outside:
    """An algorithm behind the protocol of agents that have only an update."""

    def __init__(self, make, settings, kind):
        self.agent = make_networks(4, KINDS[kind], seed=0, width=6)
        self.learner = make(
            networks=self.agent, settings=settings, generator=torch.Generator().manual_seed(0)
        )

    def load(self, batch):
        actions = batch["actions"]
        flat = {
            name: batch[name].flatten()
            for name in ("logp_old", "values_old", "advantages", "returns")
        }
        self.experience = Experience(
            obs=batch["obs"].flatten(0, 1), actions=actions.flatten(0, 1), **flat
        )

    def update(self):
        self.learner.update(self.experience)


def judged(make, settings, claim, kind="discrete", **given):
    return rlcheck.check(Outside(make, settings, kind), claim=claim, settings=given, shrink=False)


def test_ppo_s_update_is_ppo_s():
    verdict = judged(ppo.Learner, PPO, "ppo-loss", **SETTINGS)
    assert (verdict.outcome, verdict.error) == ("consistent", None), verdict.notes


def test_a2c_s_update_is_a2c_s():
    settings = a2c.A2C(ent_coef=0.01, max_grad_norm=None)
    verdict = judged(a2c.Learner, settings, "a2c-loss", vf_coef=0.5, ent_coef=0.01)
    assert (verdict.outcome, verdict.error) == ("consistent", None), verdict.notes


def test_whitening_is_seen_as_the_convention_that_it_is():
    verdict = judged(ppo.Learner, replace(PPO, whiten=True), "ppo-loss", **SETTINGS)
    assert (verdict.outcome, verdict.conventions) == ("convention", ("whiten-ddof1",))


@pytest.mark.thorough
def test_ppo_s_update_on_continuous_actions():
    verdict = judged(ppo.Learner, PPO, "ppo-loss", "continuous", **SETTINGS)
    assert (verdict.outcome, verdict.error) == ("consistent", None), verdict.notes


def test_another_range_than_is_claimed_is_seen():
    wrong = replace(PPO, clip_eps=0.3)
    assert judged(ppo.Learner, wrong, "ppo-loss", **SETTINGS).outcome == "biased"

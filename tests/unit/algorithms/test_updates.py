"""Each algorithm's whole update, held to its claim by rlcheck itself, through the usual door."""

from dataclasses import replace

import pytest
import torch

import rlcheck
from rlcheck.algorithms import a2c, ppo, trpo
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


@pytest.mark.thorough
def test_whitening_is_seen_as_the_convention_that_it_is():
    verdict = judged(ppo.Learner, replace(PPO, whiten=True), "ppo-loss", **SETTINGS)
    assert (verdict.outcome, verdict.conventions) == ("convention", ("whiten-ddof1",))


@pytest.mark.thorough
def test_ppo_s_update_on_continuous_actions():
    verdict = judged(ppo.Learner, PPO, "ppo-loss", "continuous", **SETTINGS)
    assert (verdict.outcome, verdict.error) == ("consistent", None), verdict.notes


@pytest.mark.thorough
def test_another_range_than_is_claimed_is_seen():
    wrong = replace(PPO, clip_eps=0.3)
    assert judged(ppo.Learner, wrong, "ppo-loss", **SETTINGS).outcome == "biased"


TRPO = trpo.TRPO(critic_epochs=1, whiten=False, shrink=0.75, trials=8, cg_tolerance=1e-8)
STEP = {"cg_iterations": 15, "backtrack_coeff": 0.75, "backtracks": 8}


def stepped(kind="discrete", **changes):
    settings = replace(TRPO, **changes)
    given = {"max_kl": settings.max_divergence, "damping": settings.damping, **STEP}
    return judged(trpo.Learner, settings, "trpo-step", kind, **given)


def test_trpo_s_update_is_trpo_s():
    verdict = stepped()
    assert (verdict.outcome, verdict.error) == ("consistent", None), verdict.notes
    assert {p.id for p in verdict.properties} >= {"step-length", "kl-within-bound"}


@pytest.mark.thorough
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("delta", "damping"), [(0.01, 0.1), (0.5, 2.0**-10), (8.0, 2.0**-10)])
def test_trpo_s_update_where_steps_are_shortened(kind, delta, damping):
    verdict = stepped(kind, max_divergence=delta, damping=damping)
    assert (verdict.outcome, verdict.error) == ("consistent", None), verdict.notes


@pytest.mark.thorough
def test_trpo_s_whitening_centres_and_no_more():
    assert stepped(whiten=True).conventions == ("advantages-centred",)


@pytest.mark.thorough
def test_another_damping_than_is_claimed_is_seen():
    given = {"max_kl": 0.01, "damping": 0.2, **STEP}
    assert judged(trpo.Learner, TRPO, "trpo-step", **given).outcome == "biased"

"""Each algorithm's whole update, held to its claim by rlcheck itself, through the usual door."""

from dataclasses import replace

import pytest

import rlcheck
from rlcheck.training import ALGORITHMS
from rlcheck.training.updates import PPO, TRPO, UPDATES, A2CUpdate, PPOUpdate, TRPOUpdate

SETTINGS = {"clip_eps": 0.2, "vf_coef": 0.5, "ent_coef": 0.01}
KINDS = ("discrete", "continuous")


def judged(agent, claim, **given):
    return rlcheck.check(agent, claim=claim, settings=given, shrink=False)


def test_every_algorithm_that_trains_is_held_to_a_claim():
    assert {update.algorithm for update in UPDATES} == ALGORITHMS.keys()


def test_ppo_s_update_is_ppo_s():
    verdict = judged(PPOUpdate(), "ppo-loss", **SETTINGS)
    assert (verdict.outcome, verdict.error) == ("consistent", None), verdict.notes


def test_a2c_s_update_is_a2c_s():
    verdict = judged(A2CUpdate(), "a2c-loss", vf_coef=0.5, ent_coef=0.01)
    assert (verdict.outcome, verdict.error) == ("consistent", None), verdict.notes


@pytest.mark.thorough
def test_whitening_is_seen_as_the_convention_that_it_is():
    verdict = judged(PPOUpdate(replace(PPO, whiten=True)), "ppo-loss", **SETTINGS)
    assert (verdict.outcome, verdict.conventions) == ("convention", ("whiten-ddof1",))


@pytest.mark.thorough
def test_ppo_s_update_on_continuous_actions():
    verdict = judged(PPOUpdate(kind="continuous"), "ppo-loss", **SETTINGS)
    assert (verdict.outcome, verdict.error) == ("consistent", None), verdict.notes


@pytest.mark.thorough
def test_another_range_than_is_claimed_is_seen():
    wrong = PPOUpdate(replace(PPO, clip_eps=0.3))
    assert judged(wrong, "ppo-loss", **SETTINGS).outcome == "biased"


STEP = {"cg_iterations": 15, "backtrack_coeff": 0.75, "backtracks": 8}


def stepped(kind="discrete", **changes):
    settings = replace(TRPO, **changes)
    given = {"max_kl": settings.max_divergence, "damping": settings.damping, **STEP}
    return judged(TRPOUpdate(settings, kind), "trpo-step", **given)


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
    assert judged(TRPOUpdate(), "trpo-step", **given).outcome == "biased"

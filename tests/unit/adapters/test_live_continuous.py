"""Live objects with continuous actions, judged where they live."""

import pytest

import rlcheck
from rlcheck.errors import InvalidArgument
from rlcheck.verdict import Outcome
from tests.requirements import require
from tests.unit.adapters.test_live import sb3_model, tianshou_algorithm


def test_stable_baselines3_ppo_on_a_box_of_actions():
    model = sb3_model("PPO", "Pendulum-v1", normalize_advantage=False, ent_coef=0.02)
    verdict = rlcheck.check(model)
    assert verdict.outcome == Outcome.CONSISTENT, verdict.properties
    tried = {p.id for p in verdict.properties if p.status == "passed"}
    assert tried >= {"same-batch-off-policy", "exact-on-policy", "positive-advantage-above"}


@pytest.mark.thorough
def test_its_whitening_is_told_apart_from_a_bias():
    verdict = rlcheck.check(sb3_model("PPO", "Pendulum-v1"))
    assert (verdict.outcome, verdict.conventions) == (Outcome.CONVENTION, ("whiten-ddof1",))


def test_its_entropy_with_the_wrong_sign_is_biased():
    model = sb3_model("A2C", "Pendulum-v1", ent_coef=0.02)
    evaluate = model.policy.evaluate_actions

    def negated(obs, actions):
        values, logp, entropy = evaluate(obs, actions)
        return values, logp, -entropy

    model.policy.evaluate_actions = negated
    assert rlcheck.check(model, shrink=False).outcome == Outcome.BIASED


@pytest.mark.thorough
def test_tianshou_ppo_on_a_box_of_actions():
    verdict = rlcheck.check(tianshou_algorithm("PPO", "continuous"))
    assert verdict.outcome == Outcome.CONSISTENT, verdict.properties


def torchrl_clip_ppo(distribution):
    require("torchrl")
    import torch
    from tensordict.nn import NormalParamExtractor, TensorDictModule
    from torch import nn
    from torchrl.modules import ProbabilisticActor, ValueOperator
    from torchrl.objectives import ClipPPOLoss

    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 4), NormalParamExtractor())
    actor = ProbabilisticActor(
        TensorDictModule(network, in_keys=["observation"], out_keys=["loc", "scale"]),
        in_keys=["loc", "scale"],
        distribution_class=distribution,
        return_log_prob=True,
    )
    critic = ValueOperator(nn.Linear(3, 1), in_keys=["observation"])
    return ClipPPOLoss(actor, critic, loss_critic_type="l2")


def test_torchrl_clip_ppo_on_normal_actions():
    require("torchrl")
    from torchrl.modules import IndependentNormal

    verdict = rlcheck.check(torchrl_clip_ppo(IndependentNormal))
    assert verdict.outcome == Outcome.CONSISTENT, verdict.properties


def test_squashed_actions_are_refused():
    require("torchrl")
    from torchrl.modules import TanhNormal

    with pytest.raises(InvalidArgument, match="not one that rlcheck can list or integrate"):
        rlcheck.check(torchrl_clip_ppo(TanhNormal))

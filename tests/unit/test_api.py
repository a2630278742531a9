"""`check` and `assert_consistent`: every way in, and who knows its own claim."""

import functools
from pathlib import Path

import pytest
import torch

import rlcheck
from rlcheck.api.checking import resolve
from rlcheck.claims import CLAIMS
from rlcheck.errors import InvalidArgument
from rlcheck.promises import PROMISES
from rlcheck.subjects import find, make_agent, make_subject
from tests.requirements import require

FILE = str(Path(__file__).parent / "subjects" / "agent_file.py")


def right(logp, logp_old, advantages, clip_eps):
    ratio = (logp - logp_old).exp()
    return -torch.min(
        ratio * advantages, ratio.clamp(1 - clip_eps, 1 + clip_eps) * advantages
    ).mean()


def wrong(logp, logp_old, advantages, clip_eps):
    ratio = (logp - logp_old).exp()
    return -torch.max(
        ratio * advantages, ratio.clamp(1 - clip_eps, 1 + clip_eps) * advantages
    ).mean()


class AsObject:
    def __call__(self, entropy, ent_coef):
        return -ent_coef * entropy.mean()


def test_the_listing_is_the_catalogue():
    assert {c.id: c.promise for c in CLAIMS} == dict(PROMISES)
    assert [c.id for c in CLAIMS] == list(PROMISES)


@pytest.mark.parametrize(
    "subject",
    [
        AsObject(),
        AsObject,
        make_subject(AsObject()),
        functools.partial(AsObject()),
        f"{FILE}:AsClass",
    ],
)
def test_every_way_in(subject):
    verdict = rlcheck.check(subject, claim="entropy-bonus")
    assert verdict.outcome == "consistent"


def test_an_agent_may_be_a_class_an_instance_or_a_name():
    loss, agent = find(f"{FILE}:loss").value, find(f"{FILE}:Shared").value
    for given in (agent, agent()):
        assert rlcheck.check(loss, claim="ppo-loss", agent=given).outcome == "consistent"


def test_names_layout_and_settings_are_handed_on():
    def bonus(h):
        assert h.ndim == 1
        return -0.25 * h.mean()

    asked = {"claim": "entropy-bonus", "names": {"h": "entropy"}, "layout": "flat"}
    verdict = rlcheck.check(bonus, **asked, settings={"ent_coef": 0.25})
    assert (verdict.outcome, verdict.error) == ("consistent", None)
    assert verdict.assumed["ent_coef"] == 0.25


def test_a_subject_takes_an_agent_and_refuses_what_it_has_itself():
    loss, agent = find(f"{FILE}:loss").value, find(f"{FILE}:Shared").value
    found = resolve(rlcheck.Subject(loss=loss), claim="ppo-loss", agent=agent).subject
    assert set(found.own.parameters) == set(make_agent(agent).parameters)
    with pytest.raises(InvalidArgument, match=r"Subject\(\.\.\., layout="):
        rlcheck.check(rlcheck.Subject(loss=right), claim="ppo-clip", layout="flat")


@pytest.mark.parametrize(
    "option", [{"layout": "flat"}, {"arrays": "numpy"}, {"actions": "continuous"}]
)
def test_what_an_adapter_would_not_hear_is_refused(option):
    with pytest.raises(InvalidArgument, match="an adapter knows its own"):
        rlcheck.check("stable-baselines3:ppo", **option)


def test_a_claim_is_due_where_nothing_else_says_it():
    with pytest.raises(InvalidArgument, match="claim"):
        rlcheck.check(right)


def test_assert_consistent_raises_with_the_report():
    with pytest.raises(AssertionError, match="biased"):
        rlcheck.assert_consistent(wrong, claim="ppo-clip", shrink=False)
    assert rlcheck.assert_consistent(right, claim="ppo-clip").outcome == "consistent"


def test_assert_consistent_takes_a_convention_unless_strict():
    def summed(entropy, ent_coef):
        return -ent_coef * entropy.sum()

    assert rlcheck.assert_consistent(summed, claim="entropy-bonus").outcome == "convention"
    with pytest.raises(AssertionError, match="convention"):
        rlcheck.assert_consistent(summed, claim="entropy-bonus", strict=True)


def test_a_replay_line_gives_the_same_numbers_again():
    verdict = rlcheck.check(wrong, claim="ppo-clip")
    again = rlcheck.check(wrong, claim="ppo-clip", replay=verdict.finding.replay)
    assert again.outcome == "biased"
    assert [p.id for p in again.properties] == [verdict.finding.property]
    for name in ("coordinate", "exact", "found", "where", "world", "replay"):
        assert getattr(again.finding, name) == getattr(verdict.finding, name)
    mended = rlcheck.check(right, claim="ppo-clip", replay=verdict.finding.replay)
    assert (mended.outcome, mended.finding) == ("inconclusive", None)


@pytest.mark.parametrize("line", ["", "exact-on-policy", "exact-on-policy.abc", "no-property.abc"])
def test_a_line_that_was_cut_is_refused(line):
    with pytest.raises(InvalidArgument, match="replay"):
        rlcheck.check(right, claim="ppo-clip", replay=line)


def test_a_device_that_is_not_there_is_refused():
    with pytest.raises(InvalidArgument, match="device"):
        rlcheck.check(right, claim="ppo-clip", device="nowhere")


def test_an_adapter_is_judged_in_a_child_under_its_own_claim():
    require("torchrl")
    verdict = rlcheck.check("torchrl:adaptive-kl")
    assert (verdict.subject, verdict.claim) == ("torchrl:adaptive-kl", "adaptive-kl")
    assert (verdict.outcome, verdict.error) == ("consistent", None)


def test_what_a_child_refuses_is_refused_here():
    with pytest.raises(InvalidArgument, match="no adapter has this name"):
        rlcheck.check("torchrl:no-such-loss")
    with pytest.raises(InvalidArgument, match="an adapter knows its own"):
        rlcheck.check("torchrl:gae", names={"a": "advantages"})


def test_a_live_object_is_checked_where_it_lives():
    stable_baselines3 = require("sb3")
    model = stable_baselines3.PPO(
        "MlpPolicy", "CartPole-v1", policy_kwargs={"net_arch": [4]}, device="cpu", seed=0,
        normalize_advantage=False,
    )  # fmt: skip
    before = {name: p.detach().clone() for name, p in model.policy.named_parameters()}
    verdict = rlcheck.check(model)
    assert (verdict.claim, verdict.outcome) == ("ppo-loss", "consistent")
    assert any("gradient clipping" in note for note in verdict.notes)
    assert all(torch.equal(p, before[name]) for name, p in model.policy.named_parameters())


@pytest.mark.thorough
def test_a_live_loss_module_is_checked_and_a_changed_one_is_caught():
    require("torchrl")
    from tests.unit.adapters.test_live import torchrl_loss

    loss = torchrl_loss("ClipPPOLoss", loss_critic_type="l2")
    assert rlcheck.check(loss).outcome == "consistent"
    original = type(loss).forward
    changed = type("ClipPPOLoss", (type(loss),), {"forward": _negated(original)})
    loss.__class__ = changed
    assert rlcheck.check(loss, shrink=False).outcome == "biased"


def _negated(original):
    def forward(self, batch):
        losses = original(self, batch)
        losses.set("loss_objective", -losses.get("loss_objective"))
        return losses

    return forward

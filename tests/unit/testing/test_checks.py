"""Checks are what the verdict says, property by property; what goes wrong is said once."""

import unittest

import pytest
import torch

import rlcheck
from rlcheck import InvalidArgument, Subject
from rlcheck.testing import CheckFailed, checks_of, parametrize_with_checks
from rlcheck.testing.profiles import PROFILES, find_profile
from rlcheck.testing.session import begin, session


def cpi(policy, obs, actions, logp_old, advantages):
    return -((policy(obs).log_prob(actions) - logp_old).exp() * advantages).mean()


def summed(policy, obs, actions, logp_old, advantages):
    return -((policy(obs).log_prob(actions) - logp_old).exp() * advantages).sum()


def negated(policy, obs, actions, logp_old, advantages):
    return ((policy(obs).log_prob(actions) - logp_old).exp() * advantages).mean()


def raising(policy, obs, actions, logp_old, advantages):
    raise RuntimeError("no such key: 'obs'")


def to_go(rewards, gamma):
    out = rewards.clone()
    for t in reversed(range(len(rewards) - 1)):
        out[t] = rewards[t] + gamma * out[t + 1]
    return out


@pytest.fixture(autouse=True, scope="module")
def _one_session():
    begin("ci")


def run(subject, claim, **options):
    """check id -> how it ended."""
    ended = {}
    for check in checks_of(subject, claim=claim, **options):
        try:
            check()
            ended[check.id] = "passed"
        except unittest.SkipTest as reason:
            ended[check.id] = f"skipped: {reason}"
        except CheckFailed as failure:
            ended[check.id] = str(failure)
    return ended


def test_a_right_loss_passes_every_check():
    ended = run(cpi, "cpi")
    assert set(ended.values()) == {"passed"}
    assert {"same-batch-off-policy", "exact-on-policy", "splitting", "nothing-unexplained"} <= set(
        ended
    )


def test_a_wrong_one_fails_where_the_verdict_says_so():
    ended = run(negated, "cpi")
    verdict = rlcheck.check(negated, claim="cpi", shrink=False)
    failed = {p.id for p in verdict.properties if p.status == "failed"}
    assert {name for name, how in ended.items() if how != "passed"} == failed
    said = ended["credit-raises-probability"]
    assert "negated breaks a promise of cpi, `credit-raises-probability`" in said
    assert "a positive advantage makes its action likelier" in said
    assert "Smallest world" in said


def test_a_convention_passes_unless_one_is_strict():
    assert set(run(summed, "cpi").values()) == {"passed"}
    strict = run(summed, "cpi", strict=True)
    assert "sum" in strict["nothing-unexplained"]
    assert {how for name, how in strict.items() if name != "nothing-unexplained"} == {"passed"}


def test_what_raises_fails_every_check_with_what_it_said():
    ended = run(raising, "cpi")
    assert all("no such key" in how for name, how in ended.items() if name != "nothing-unexplained")


def test_one_examination_serves_all_checks():
    calls = []

    def counted(policy, obs, actions, logp_old, advantages):
        calls.append(1)
        return cpi(policy, obs, actions, logp_old, advantages)

    checks = checks_of(counted, claim="cpi")
    checks[0]()
    after_one = len(calls)
    for check in checks[1:]:
        check()
    assert after_one == len(calls) > 0


def test_a_check_is_printed_in_one_short_line():
    assert repr(checks_of(cpi, claim="cpi")[0]) == "<same-batch-on-policy of cpi>"


def test_parts_come_first_and_by_their_own_claims():
    whole = Subject(returns=to_go, loss=lambda returns, logp: -(logp * returns).sum(0).mean())
    ids = [check.id for check in checks_of(whole, claim="reinforce")]
    assert ids.index("returns:nothing-unexplained") < ids.index("nothing-unexplained")
    assert "loss:exact-on-policy" not in ids[: ids.index("returns:nothing-unexplained")]


@pytest.mark.thorough
def test_a_finding_of_one_property_serves_another():
    judged = session().judged(next(iter(checks_of(negated, claim="cpi"))).suite)[0]
    judgement = judged.judgement
    first = judged.finding_of("exact-on-policy")
    second = judged.finding_of("exact-off-policy")
    assert first.property == "exact-on-policy"
    assert second.property == "exact-off-policy"
    assert judged.finding_of("repeatable") is None
    assert len(judgement.smallest) <= 2


@pytest.mark.parametrize(
    ("options", "said"),
    [({"expected_failures": {"no-such": "why"}}, "no test of that name"),
     ({"layuot": "BT"}, "there is no such option"),
     ({"layout": "NT"}, "it is not a choice")],
)  # fmt: skip
def test_wrong_use_is_said_at_collection(options, said):
    with pytest.raises(InvalidArgument, match=said):
        parametrize_with_checks(cpi, claim="cpi", **options)


def test_an_unknown_claim():
    with pytest.raises(InvalidArgument, match="there is no claim of that id"):
        parametrize_with_checks(cpi, claim="ppo")


def test_expected_failures_are_strict_marks():
    mark = parametrize_with_checks(cpi, claim="cpi", expected_failures={"splitting": "known"})
    [parameters] = [p for p in mark.mark.args[1] if p.id == "splitting"]
    [expected] = parameters.marks
    assert expected.name == "xfail"
    assert expected.kwargs["strict"]


def test_profiles(monkeypatch):
    assert find_profile(None).name == "ci"
    monkeypatch.setenv("RLCHECK_PROFILE", "thorough")
    assert find_profile(None) == PROFILES["thorough"]
    assert len(set(PROFILES["thorough"].seeds(7))) == PROFILES["thorough"].sets > 10
    with pytest.raises(InvalidArgument, match="one of ci, dev, thorough"):
        find_profile("quick")


def test_seeds_are_the_same_in_ci_and_drawn_elsewhere():
    assert begin("ci", drawn=5).seeds == (0,)
    assert begin("dev", drawn=5).seeds == (5,)
    assert begin("dev", first_seed=9, drawn=5).seeds == (9,)
    assert begin("dev").seeds != begin("dev").seeds
    begin("ci")


def test_wrong_worlds_fail_on_the_seed_that_is_named():
    """A fault that only some worlds show is reported with the worlds that showed it."""
    begin("dev", drawn=3)
    [check] = [c for c in checks_of(negated, claim="cpi") if c.id == "exact-on-policy"]
    with pytest.raises(CheckFailed, match="worlds of seed 3"):
        check()
    begin("ci")
    assert torch.is_grad_enabled()

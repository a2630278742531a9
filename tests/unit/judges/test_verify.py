"""Verdicts that are not to be had by accident: what a reviewer and a stranger once got wrong."""

import pytest
import torch

from rlcheck.errors import InvalidArgument
from rlcheck.judges import verify
from rlcheck.subjects import make_subject
from rlcheck.verdict import Verdict


def judged(function, claim: str) -> Verdict:
    return verify(make_subject(function), claim=claim, shrink=False)


def _gae(rewards, values, next_values, terminated, truncated, gamma, gae_lambda):
    deltas = rewards + gamma * next_values * (1 - terminated) - values
    running, rows = torch.zeros_like(deltas[0]), []
    for t in reversed(range(len(deltas))):
        running = deltas[t] + gamma * gae_lambda * (1 - (terminated | truncated)[t]) * running
        rows.append(running)
    return torch.stack(rows[::-1])


def single_precision(policy, obs, actions, logp_old, advantages, clip_eps):
    ratio = (policy(obs).log_prob(actions).float() - logp_old.float()).exp()
    weight = advantages.float()
    return -torch.min(ratio * weight, ratio.clamp(1 - clip_eps, 1 + clip_eps) * weight).mean()


def single_precision_off_by_a_thousandth(policy, obs, actions, logp_old, advantages, clip_eps):
    return single_precision(
        policy, obs, actions, logp_old, advantages * (1 + 1e-3 * (advantages > 0)), clip_eps
    )


def fixed_discount(logp, logp_old, rewards, values, next_values, terminated, truncated):
    advantages = _gae(rewards, values, next_values, terminated, truncated, 0.75, 1.0)
    return -((logp - logp_old).exp() * advantages).mean()


def own_advantages(
    logp, logp_old, rewards, values, next_values, terminated, truncated, gamma, gae_lambda, clip_eps
):
    advantages = _gae(rewards, values, next_values, terminated, truncated, gamma, gae_lambda)
    ratio = (logp - logp_old).exp()
    clipped = ratio.clamp(1 - clip_eps, 1 + clip_eps)
    return -torch.min(ratio * advantages, clipped * advantages).mean()


def returns_minus_values(logp, values_new, returns, entropy, vf_coef, ent_coef):
    advantages = returns - values_new
    policy = -(logp * advantages.detach()).mean()
    return policy + vf_coef * advantages.pow(2).mean() - ent_coef * entropy.mean()


@pytest.mark.parametrize(
    ("function", "claim"),
    [
        (single_precision, "ppo-clip"),
        (fixed_discount, "cpi"),
        (own_advantages, "ppo-clip"),
        (returns_minus_values, "a2c-loss"),
    ],
)
def test_right_ones_are_consistent_and_nothing_fails(function, claim):
    verdict = judged(function, claim)
    assert verdict.outcome == "consistent", (verdict.error, verdict.notes)
    assert [p.id for p in verdict.properties if p.status == "failed"] == []


def test_a_thousandth_is_seen_in_single_precision():
    assert judged(single_precision_off_by_a_thousandth, "ppo-clip").outcome == "biased"


def whitened_whole_return(policy, obs, actions, rewards, gamma):
    discounts = gamma ** torch.arange(len(rewards), dtype=torch.float64)[:, None]
    whole = (discounts * rewards).sum(0).expand_as(rewards)
    whole = (whole - whole.mean()) / (whole.std() + 1e-8)
    return -(policy(obs).log_prob(actions) * whole).sum(0).mean()


def test_a_whole_return_may_be_whitened():
    verdict = judged(whitened_whole_return, "reinforce")
    assert set(verdict.conventions) == {"full-return", "whiten-ddof1"}


def off_policy_expectation_never_had(policy, obs, actions, logp_old, rewards, gamma):
    if obs.shape[1] > 6:
        raise ValueError("no larger batch")
    ratio = (policy(obs).log_prob(actions) - logp_old).exp()
    discounts = gamma ** torch.arange(len(rewards), dtype=torch.float64)[:, None]
    to_go = (discounts * rewards).flip(0).cumsum(0).flip(0)
    return -(2 * ratio.sqrt() * to_go).sum(0).mean()


def test_an_unknown_estimator_needs_its_expectation_off_policy_too():
    assert judged(off_policy_expectation_never_had, "importance-sampling").outcome == "biased"


def test_the_target_of_an_adaptive_coefficient_is_varied():
    def rule(kl_coef, kl, kl_target):
        target = 0.0625
        return kl_coef / 2 if kl < target / 1.5 else 2 * kl_coef if kl > 1.5 * target else kl_coef

    assert judged(rule, "adaptive-kl").outcome == "biased"


def test_a_setting_that_the_claim_does_not_know_is_wrong_use():
    def loss(logp, logp_old, advantages, clip_eps):
        return (logp * clip_eps).mean()

    with pytest.raises(InvalidArgument, match="clip_eps"):
        judged(loss, "gae")


@pytest.mark.parametrize(
    ("function", "claim", "told"),
    [
        (lambda values, returns: ((values - returns) ** 2).mean(), "value-loss", "values_new"),
        (lambda logp, advantages: (logp.view(-1) * advantages).mean(), "a2c-loss", "flat"),
        (lambda rewards, gamma: rewards.astype(float), "returns", "numpy"),
    ],
)
def test_a_failure_says_what_to_try(function, claim, told):
    verdict = judged(function, claim)
    assert verdict.outcome == "biased"
    assert verdict.error is not None
    assert told in verdict.error


def _whitened(advantages):
    return (advantages - advantages.mean()) / (advantages.std() + 1e-8)


def whitened(rewards, values, next_values, terminated, truncated, gamma, gae_lambda):
    return _whitened(_gae(rewards, values, next_values, terminated, truncated, gamma, gae_lambda))


def whitened_by_rows(rewards, values, last_values, dones_before, next_done, gamma, gae_lambda):
    next_values = torch.cat([values[1:], last_values[None]])
    ends = torch.cat([dones_before[1:], next_done[None]])
    return _whitened(_gae(rewards, values, next_values, ends, ends, gamma, gae_lambda))


@pytest.mark.parametrize("function", [whitened, whitened_by_rows])
def test_whitening_is_a_convention_whichever_array_the_value_is_read_from(function):
    # Once a batch was spoilt in a way that cannot happen: V(s') of a row and V(s) of the next.
    verdict = judged(function, "gae")
    assert (verdict.outcome, verdict.conventions) == ("convention", ("whiten-ddof1",))

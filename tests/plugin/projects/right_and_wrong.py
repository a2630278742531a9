"""A user's tests: a right clipped surrogate, and one without the minimum."""

import torch

import rlcheck


def right(policy, obs, actions, logp_old, advantages, clip_eps):
    ratio = torch.exp(policy(obs).log_prob(actions) - logp_old)
    clipped = ratio.clamp(1 - clip_eps, 1 + clip_eps)
    return -torch.min(ratio * advantages, clipped * advantages).mean()


def wrong(policy, obs, actions, logp_old, advantages, clip_eps):
    ratio = torch.exp(policy(obs).log_prob(actions) - logp_old)
    return -(ratio.clamp(1 - clip_eps, 1 + clip_eps) * advantages).mean()


@rlcheck.parametrize_with_checks(right, claim="ppo-clip")
def test_right(check):
    check()


@rlcheck.parametrize_with_checks(wrong, claim="ppo-clip")
def test_wrong(check):
    check()


KNOWN = {"exact-off-policy": "clipped both ways", "repeatable": "it is, and this is an error"}


@rlcheck.parametrize_with_checks(wrong, claim="ppo-clip", expected_failures=KNOWN)
def test_known(check):
    check()

"""The surrogate with a KL penalty, mean(ratio * A) - beta * KL(old || new), wrongly written."""

import torch
from torch.distributions import kl_divergence


def _ratio(policy, policy_old, obs, actions):
    return torch.exp(policy(obs).log_prob(actions) - policy_old(obs).log_prob(actions))


def divergence_rewarded(policy, policy_old, obs, actions, advantages, kl_coef):
    gain = (_ratio(policy, policy_old, obs, actions) * advantages).mean()
    return -gain - kl_coef * kl_divergence(policy_old(obs), policy(obs)).mean()


def penalty_in_reward_and_in_loss(policy, policy_old, obs, actions, advantages, kl_coef):
    ratio = _ratio(policy, policy_old, obs, actions)
    shaped = advantages - kl_coef * ratio.detach().log()
    kl = kl_divergence(policy_old(obs), policy(obs))
    return -(ratio * shaped).mean() + kl_coef * kl.mean()


def penalty_is_a_constant(policy, policy_old, obs, actions, advantages, kl_coef):
    gain = (_ratio(policy, policy_old, obs, actions) * advantages).mean()
    with torch.no_grad():
        kl = kl_divergence(policy_old(obs), policy(obs)).mean()
    return -gain + kl_coef * kl


def new_from_old(policy, policy_old, obs, actions, advantages, kl_coef):
    gain = (_ratio(policy, policy_old, obs, actions) * advantages).mean()
    return -gain + kl_coef * kl_divergence(policy(obs), policy_old(obs)).mean()


def k3_of_old_samples(policy, policy_old, obs, actions, advantages, kl_coef):
    log_ratio = policy(obs).log_prob(actions) - policy_old(obs).log_prob(actions)
    k3 = torch.exp(-log_ratio) - 1 + log_ratio
    return -(log_ratio.exp() * advantages).mean() + kl_coef * k3.mean()


def both_sides_current(policy, policy_old, obs, actions, advantages, kl_coef):
    gain = (_ratio(policy, policy_old, obs, actions) * advantages).mean()
    return -gain + kl_coef * kl_divergence(policy(obs), policy(obs)).mean()


def name_used_twice(policy, policy_old, obs, actions, advantages, kl_coef):
    log_ratio = policy(obs).log_prob(actions) - policy_old(obs).log_prob(actions)
    kl = kl_divergence(policy_old(obs), policy(obs))
    log_ratio = log_ratio.clamp(-0.05, 0.05)
    return -(log_ratio.exp() * advantages).mean() + kl_coef * kl.mean()


def penalty_averaged_over_padding(policy, policy_old, obs, actions, advantages, mask, kl_coef):
    gain = _ratio(policy, policy_old, obs, actions) * advantages
    kl = kl_divergence(policy_old(obs), policy(obs))
    return -(gain * mask).sum() / mask.sum() + kl_coef * kl.mean()


def last_action_left_out(policy, policy_old, obs, actions, advantages, kl_coef):
    old, new = policy_old(obs), policy(obs)
    gain = (torch.exp(new.log_prob(actions) - old.log_prob(actions)) * advantages).mean()
    terms = old.probs * (old.logits - new.logits)
    return -gain + kl_coef * terms[..., :-1].sum(-1).mean()


def penalty_weighted_by_advantage(policy, policy_old, obs, actions, advantages, kl_coef):
    kl = kl_divergence(policy_old(obs), policy(obs))
    ratio = _ratio(policy, policy_old, obs, actions)
    return -((ratio - kl_coef * kl) * advantages).mean()


def half_squared_log_ratio(policy, policy_old, obs, actions, advantages, kl_coef):
    log_ratio = policy(obs).log_prob(actions) - policy_old(obs).log_prob(actions)
    return -(log_ratio.exp() * advantages).mean() + kl_coef * 0.5 * log_ratio.square().mean()


def penalty_summed(policy, policy_old, obs, actions, advantages, kl_coef):
    gain = (_ratio(policy, policy_old, obs, actions) * advantages).mean()
    return -gain + kl_coef * kl_divergence(policy_old(obs), policy(obs)).sum()


def penalty_off_by_a_millionth(policy, policy_old, obs, actions, advantages, kl_coef):
    gain = (_ratio(policy, policy_old, obs, actions) * advantages).mean()
    kl = kl_divergence(policy_old(obs), policy(obs)).mean()
    return -gain + kl_coef * (1 + 1e-6) * kl


def surrogate_without_its_baseline(policy, policy_old, obs, actions, advantages, values, kl_coef):
    gain = _ratio(policy, policy_old, obs, actions) * (advantages + values)
    return -gain.mean() + kl_coef * kl_divergence(policy_old(obs), policy(obs)).mean()

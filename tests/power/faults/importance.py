"""The off-policy objective with per-decision importance weights, wrongly written."""

import torch


def _discounts(rewards, gamma):
    return gamma ** torch.arange(len(rewards), dtype=rewards.dtype).unsqueeze(1)


def terminal_step_lost(policy, obs, actions, logp_old, rewards, gamma):
    log_ratio = policy(obs).log_prob(actions) - logp_old
    weights = log_ratio[:-1].cumsum(0).exp()
    return -(_discounts(rewards, gamma)[:-1] * weights * rewards[:-1]).sum(0).mean()


def scores_its_own_choice(policy, obs, logp_old, rewards, gamma):
    distribution = policy(obs)
    chosen = distribution.probs.argmax(-1)
    ratio = torch.exp(distribution.log_prob(chosen) - logp_old)
    return -(_discounts(rewards, gamma) * ratio.cumprod(0) * rewards).sum(0).mean()


def sequence_factor_on_every_step(policy, obs, actions, logp_old, rewards, gamma, cap=1.2):
    ratio = torch.exp(policy(obs).log_prob(actions) - logp_old)
    whole = ratio.prod(0)
    factor = (whole.clamp(max=cap) / whole).detach()
    return -(_discounts(rewards, gamma) * ratio * factor * rewards).sum(0).mean()


def step_ratio_on_episode_total(policy, obs, actions, logp_old, rewards, gamma):
    ratio = torch.exp(policy(obs).log_prob(actions) - logp_old)
    total = (_discounts(rewards, gamma) * rewards).sum(0)
    return -(ratio * total).sum(0).mean()


def current_ratio_only(policy, obs, actions, logp_old, rewards, gamma):
    ratio = torch.exp(policy(obs).log_prob(actions) - logp_old)
    return -(_discounts(rewards, gamma) * ratio * rewards).sum(0).mean()


def product_without_own_step(policy, obs, actions, logp_old, rewards, gamma):
    log_ratio = policy(obs).log_prob(actions) - logp_old
    earlier = log_ratio.cumsum(0) - log_ratio
    return -(_discounts(rewards, gamma) * earlier.exp() * rewards).sum(0).mean()


def earlier_ratios_held_fixed(policy, obs, actions, logp_old, rewards, gamma):
    ratio = torch.exp(policy(obs).log_prob(actions) - logp_old)
    earlier = (ratio.cumprod(0) / ratio).detach()
    return -(_discounts(rewards, gamma) * earlier * ratio * rewards).sum(0).mean()


def ratios_capped_at_one(policy, obs, actions, logp_old, rewards, gamma):
    ratio = torch.exp(policy(obs).log_prob(actions) - logp_old)
    weights = ratio.clamp(max=1.0).cumprod(0)
    return -(_discounts(rewards, gamma) * weights * rewards).sum(0).mean()


def self_normalised(policy, obs, actions, logp_old, rewards, gamma):
    weights = torch.exp((policy(obs).log_prob(actions) - logp_old).cumsum(0))
    weights = weights / weights.mean(1, keepdim=True)
    return -(_discounts(rewards, gamma) * weights * rewards).sum(0).mean()


def old_over_new(policy, obs, actions, logp_old, rewards, gamma):
    ratio = torch.exp(logp_old - policy(obs).log_prob(actions))
    return -(_discounts(rewards, gamma) * ratio.cumprod(0) * rewards).sum(0).mean()


def old_log_prob_off_by_a_millionth(policy, obs, actions, logp_old, rewards, gamma):
    log_ratio = policy(obs).log_prob(actions) - logp_old * (1 + 1e-6)
    return -(_discounts(rewards, gamma) * log_ratio.cumsum(0).exp() * rewards).sum(0).mean()

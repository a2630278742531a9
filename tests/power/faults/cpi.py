"""The surrogate of conservative policy iteration, mean(ratio * A), wrongly written."""

import torch


def jacobian_on_one_side(policy, obs, actions, logp_old, advantages):
    logp = policy(obs).log_prob(actions) - torch.log1p(-(torch.tanh(actions) ** 2)).sum(-1)
    return -(torch.exp(logp - logp_old) * advantages).mean()


def mean_of_part_means(policy, obs, actions, logp_old, advantages, mask):
    ratio = torch.exp(policy(obs).log_prob(actions) - logp_old)
    terms = ratio * advantages * mask
    parts = range(terms.shape[1])
    return -sum(terms[:, n].sum() / mask[:, n].sum() for n in parts) / len(parts)


def log_probs_one_step_apart(policy, obs, actions, logp_old, advantages):
    logp = policy(obs).log_prob(actions).roll(-1, 0)
    return -(torch.exp(logp - logp_old) * advantages).mean()


def scored_at_earlier_position(policy, obs, actions, logp_old, advantages):
    logp = policy(obs.roll(1, 0)).log_prob(actions)
    return -(torch.exp(logp - logp_old) * advantages).mean()


def dropout_left_on(policy, obs, actions, logp_old, advantages, rate=0.1):
    generator = torch.Generator().manual_seed(0)
    kept = torch.rand(obs.shape, generator=generator, dtype=obs.dtype) >= rate
    ratio = torch.exp(policy(obs * kept / (1 - rate)).log_prob(actions) - logp_old)
    return -(ratio * advantages).mean()


def log_prob_for_ratio(policy, obs, actions, logp_old, advantages):
    return -(policy(obs).log_prob(actions) * advantages).mean()


def ratio_squared(policy, obs, actions, logp_old, advantages):
    ratio = torch.exp(policy(obs).log_prob(actions) - logp_old)
    return -(ratio.square() * advantages).mean()


def linearised_ratio(policy, obs, actions, logp_old, advantages):
    ratio = 1 + policy(obs).log_prob(actions) - logp_old
    return -(ratio * advantages).mean()


def millionth_at_negative_advantage(policy, obs, actions, logp_old, advantages):
    ratio = torch.exp(policy(obs).log_prob(actions) - logp_old)
    weights = torch.where(advantages < 0, 1 + 1e-6, 1.0)
    return -(ratio * advantages * weights).mean()


def last_row_misses(policy, obs, actions, logp_old, advantages):
    ratio = torch.exp(policy(obs).log_prob(actions) - logp_old)
    return -(ratio * advantages)[:-1].mean()


def centred_ratio(policy, obs, actions, logp_old, advantages):
    ratio = torch.exp(policy(obs).log_prob(actions) - logp_old)
    ratio = ratio / ratio.mean()
    return -(ratio * advantages).mean()


def value_subtracted_once_more(policy, obs, actions, logp_old, advantages, values):
    ratio = torch.exp(policy(obs).log_prob(actions) - logp_old)
    return -(ratio * (advantages - values)).mean()

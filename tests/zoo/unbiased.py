"""Estimators with the promised expectation that are not the textbook's formula.

A claim about an expectation leaves the estimator free: these keep the promise. Plain functions.
"""

import torch


def _reward_to_go(rewards, gamma):
    running = torch.zeros_like(rewards[0])
    out = []
    for reward in rewards.flip(0):
        running = reward + gamma * running
        out.append(running)
    return torch.stack(out[::-1])


def _discounts(rewards, gamma):
    return gamma ** torch.arange(len(rewards)).to(rewards).unsqueeze(1)


def _loss(logp, td_error, steps, gamma):
    weights = gamma ** steps.to(td_error.dtype)
    return -(weights * logp * td_error).sum(0).mean()


def earlier_reward_added(policy, obs, actions, rewards, gamma):
    logp = policy(obs).log_prob(actions)
    earlier = torch.cat([torch.zeros_like(rewards[:1]), rewards[:-1]])
    returns = _reward_to_go(rewards, gamma) + earlier
    return -(_discounts(rewards, gamma) * logp * returns).sum(0).mean()


def baseline_in_normalised_units(policy, obs, actions, rewards, values, gamma, scale=2.5):
    logp = policy(obs).log_prob(actions)
    advantages = _reward_to_go(rewards, gamma) - values / scale
    return -(_discounts(rewards, gamma) * logp * advantages).sum(0).mean()


def baseline_added(policy, obs, actions, rewards, values, gamma):
    logp = policy(obs).log_prob(actions)
    advantages = _reward_to_go(rewards, gamma) + values
    return -(_discounts(rewards, gamma) * logp * advantages).sum(0).mean()


def baseline_off_by_a_millionth(policy, obs, actions, rewards, values, gamma):
    logp = policy(obs).log_prob(actions)
    advantages = _reward_to_go(rewards, gamma) - values * (1 + 1e-6)
    return -(_discounts(rewards, gamma) * logp * advantages).sum(0).mean()


def no_baseline_at_last_step(policy, obs, actions, rewards, values, gamma):
    logp = policy(obs).log_prob(actions)
    returns = _reward_to_go(rewards, gamma)
    advantages = torch.cat([returns[:-1] - values[:-1], returns[-1:]])
    return -(_discounts(rewards, gamma) * logp * advantages).sum(0).mean()


def own_value_added(policy, obs, actions, rewards, values, next_values, terminated, steps, gamma):
    td_error = rewards + gamma * (1 - terminated) * next_values + values
    return _loss(policy(obs).log_prob(actions), td_error, steps, gamma)


def whole_trajectory_weight(policy, obs, actions, logp_old, rewards, gamma):
    weight = torch.exp((policy(obs).log_prob(actions) - logp_old).sum(0))
    return -(weight * (_discounts(rewards, gamma) * rewards).sum(0)).mean()

"""REINFORCE, with and without a baseline, wrongly written."""

import torch
from torch.nn import functional as F


def _reward_to_go(rewards, gamma):
    running = torch.zeros_like(rewards[0])
    out = []
    for reward in rewards.flip(0):
        running = reward + gamma * running
        out.append(running)
    return torch.stack(out[::-1])


def _discounts(rewards, gamma):
    return gamma ** torch.arange(len(rewards), dtype=rewards.dtype).unsqueeze(1)


# ---------------------------------------------------------------- reinforce


def per_episode_mean(policy, obs, actions, rewards, mask, gamma):
    logp = policy(obs).log_prob(actions)
    terms = _discounts(rewards, gamma) * logp * _reward_to_go(rewards * mask, gamma)
    return -((terms * mask).sum(0) / mask.sum(0)).mean()


def rescored_clipped_action(policy, obs, actions, rewards, gamma):
    bounded = actions.clamp(-0.5, 0.5)
    logp = policy(obs).log_prob(bounded)
    return -(_discounts(rewards, gamma) * logp * _reward_to_go(rewards, gamma)).sum(0).mean()


def temperature_left_out(network, obs, actions, rewards, gamma, temperature=0.7):
    logps = torch.log_softmax(network(obs) / temperature, dim=-1)
    logp = logps.gather(-1, actions.unsqueeze(-1)).squeeze(-1)
    return -(_discounts(rewards, gamma) * logp * _reward_to_go(rewards, gamma)).sum(0).mean()


def mean_score_times_total(policy, obs, actions, rewards, gamma):
    logp = policy(obs).log_prob(actions)
    returns = _reward_to_go(rewards, gamma)
    return -(logp.mean(0) * returns.sum(0)).mean()


def logits_sliced_one_early(network, obs, actions, rewards, gamma):
    logits = network(obs)[:-1]
    nll = F.cross_entropy(logits.flatten(0, 1), actions[1:].flatten(), reduction="none")
    weights = _discounts(rewards, gamma) * _reward_to_go(rewards, gamma)
    return (nll.view_as(weights[1:]) * weights[1:]).sum(0).mean()


def discount_along_batch(policy, obs, actions, rewards, gamma):
    logp = policy(obs).log_prob(actions)
    discount = torch.cumprod(torch.full_like(rewards, gamma), dim=1)
    return -(discount * logp * _reward_to_go(rewards, gamma)).sum(0).mean()


def own_reward_only(policy, obs, actions, rewards, gamma):
    logp = policy(obs).log_prob(actions)
    return -(logp * _discounts(rewards, gamma) * rewards).sum(0).mean()


def last_step_dropped(policy, obs, actions, rewards, gamma):
    logp = policy(obs).log_prob(actions)
    terms = _discounts(rewards, gamma) * logp * _reward_to_go(rewards, gamma)
    return -terms[:-1].sum(0).mean()


def return_starts_after_action(policy, obs, actions, rewards, gamma):
    logp = policy(obs).log_prob(actions)
    returns = _reward_to_go(rewards, gamma)
    later = torch.cat([returns[1:], torch.zeros_like(returns[:1])])
    return -(_discounts(rewards, gamma) * logp * gamma * later).sum(0).mean()


def discounted_twice(policy, obs, actions, rewards, gamma):
    logp = policy(obs).log_prob(actions)
    discounts = _discounts(rewards, gamma)
    return -(discounts * discounts * logp * _reward_to_go(rewards, gamma)).sum(0).mean()


def millionth_on_first_step(policy, obs, actions, rewards, gamma):
    logp = policy(obs).log_prob(actions)
    terms = _discounts(rewards, gamma) * logp * _reward_to_go(rewards, gamma)
    return -(terms.sum(0) + 1e-6 * terms[0]).mean()


def past_instead_of_future(policy, obs, actions, rewards, gamma):
    logp = policy(obs).log_prob(actions)
    past = _reward_to_go(rewards.flip(0), gamma).flip(0)
    return -(_discounts(rewards, gamma) * logp * past).sum(0).mean()


def descends(policy, obs, actions, rewards, gamma):
    logp = policy(obs).log_prob(actions)
    return (_discounts(rewards, gamma) * logp * _reward_to_go(rewards, gamma)).sum(0).mean()


# ------------------------------------------------------- reinforce-baseline


def baseline_keeps_graph(policy, value_fn, obs, actions, rewards, gamma):
    logp = policy(obs).log_prob(actions)
    advantages = _reward_to_go(rewards, gamma) - value_fn(obs)
    return -(_discounts(rewards, gamma) * logp * advantages).sum(0).mean()


def reward_stored_late(policy, obs, actions, rewards, values, gamma):
    logp = policy(obs).log_prob(actions)
    stored = torch.cat([torch.zeros_like(rewards[:1]), rewards[:-1]])
    advantages = _reward_to_go(stored, gamma) - values
    return -(_discounts(rewards, gamma) * logp * advantages).sum(0).mean()


def baseline_of_successor(policy, obs, actions, rewards, next_values, gamma):
    logp = policy(obs).log_prob(actions)
    advantages = _reward_to_go(rewards, gamma) - next_values
    return -(_discounts(rewards, gamma) * logp * advantages).sum(0).mean()


def baseline_for_first_action_only(policy, obs, actions, rewards, values, gamma):
    logp = policy(obs).log_prob(actions)
    advantages = _reward_to_go(rewards, gamma) - values * (actions == 0)
    return -(_discounts(rewards, gamma) * logp * advantages).sum(0).mean()


def undiscounted_future(policy, obs, actions, rewards, values, gamma):
    logp = policy(obs).log_prob(actions)
    advantages = _reward_to_go(rewards, 1.0) - values
    return -(_discounts(rewards, gamma) * logp * advantages).sum(0).mean()

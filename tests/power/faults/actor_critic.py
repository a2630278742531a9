"""One-step actor-critic, wrongly written."""

import torch


def _loss(logp, td_error, steps, gamma):
    weights = gamma ** steps.to(td_error.dtype)
    return -(weights * logp * td_error).sum(0).mean()


def value_before_step_at_time_out(
    policy, obs, actions, rewards, values, next_values, terminated, truncated, steps, gamma
):
    successor = torch.where(truncated, values, next_values)
    td_error = rewards + gamma * (1 - terminated) * successor - values
    return _loss(policy(obs).log_prob(actions), td_error, steps, gamma)


def reward_minus_value(policy, obs, actions, rewards, values, mask, gamma):
    logp = policy(obs).log_prob(actions)
    weights = gamma ** torch.arange(len(rewards), dtype=rewards.dtype).unsqueeze(1)
    return -(weights * logp * (rewards - values) * mask).sum(0).mean()


def cut_counts_as_ended(
    policy, obs, actions, rewards, values, next_values, terminated, truncated, steps, gamma
):
    ended = terminated | truncated
    td_error = rewards + gamma * (1 - ended) * next_values - values
    return _loss(policy(obs).log_prob(actions), td_error, steps, gamma)


def critic_in_the_graph(
    policy, value_fn, obs, actions, rewards, next_obs, terminated, steps, gamma
):
    td_error = rewards + gamma * (1 - terminated) * value_fn(next_obs) - value_fn(obs)
    return _loss(policy(obs).log_prob(actions), td_error, steps, gamma)


def successor_is_next_row(
    policy, obs, actions, rewards, values, next_values, terminated, truncated, steps, gamma
):
    successor = torch.cat([values[1:], next_values[-1:]])
    td_error = rewards + gamma * (1 - terminated) * successor - values
    return _loss(policy(obs).log_prob(actions), td_error, steps, gamma)


def bootstrap_not_discounted(
    policy, obs, actions, rewards, values, next_values, terminated, steps, gamma
):
    td_error = rewards + (1 - terminated) * next_values - values
    return _loss(policy(obs).log_prob(actions), td_error, steps, gamma)


def bootstraps_past_the_end(
    policy, obs, actions, rewards, values, next_values, terminated, steps, gamma
):
    td_error = rewards + gamma * next_values - values
    return _loss(policy(obs).log_prob(actions), td_error, steps, gamma)


def flag_of_previous_step(
    policy, obs, actions, rewards, values, next_values, terminated, steps, gamma
):
    earlier = torch.cat([torch.zeros_like(terminated[:1]), terminated[:-1]])
    td_error = rewards + gamma * (1 - earlier) * next_values - values
    return _loss(policy(obs).log_prob(actions), td_error, steps, gamma)


def reward_off_by_a_millionth(
    policy, obs, actions, rewards, values, next_values, terminated, steps, gamma
):
    td_error = rewards * (1 + 1e-6) + gamma * (1 - terminated) * next_values - values
    return _loss(policy(obs).log_prob(actions), td_error, steps, gamma)


def last_row_counted_twice(
    policy, obs, actions, rewards, values, next_values, terminated, steps, gamma
):
    td_error = rewards + gamma * (1 - terminated) * next_values - values
    terms = gamma ** steps.to(td_error.dtype) * policy(obs).log_prob(actions) * td_error
    return -(terms.sum(0) + terms[-1]).mean()

"""Generalised advantage estimation, wrongly written."""

import torch


def _recursion(deltas, decay):
    advantages = torch.zeros_like(deltas)
    running = torch.zeros_like(deltas[-1])
    for t in reversed(range(len(deltas))):
        running = deltas[t] + decay[t] * running
        advantages[t] = running
    return advantages


def padding_as_successor(rewards, values, mask, gamma, gae_lambda):
    successor = torch.cat([values[1:], torch.zeros_like(values[:1])])
    deltas = (rewards + gamma * successor - values) * mask
    return _recursion(deltas, gamma * gae_lambda * mask)


def last_row_wraps_around(rewards, values, next_values, terminated, truncated, gamma, gae_lambda):
    deltas = rewards + gamma * (1 - terminated) * next_values - values
    decay = gamma * gae_lambda * (1 - (terminated | truncated))
    advantages = deltas.clone()
    for t in reversed(range(len(rewards))):
        advantages[t] = deltas[t] + decay[t] * advantages[(t + 1) % len(rewards)]
    return advantages


def time_out_is_an_end(rewards, values, next_values, terminated, truncated, gamma, gae_lambda):
    running = 1 - (terminated | truncated)
    deltas = rewards + gamma * running * next_values - values
    return _recursion(deltas, gamma * gae_lambda * running)


def no_baseline_at_the_end(rewards, values, next_values, terminated, gamma, gae_lambda):
    running = 1 - terminated
    deltas = rewards + running * (gamma * next_values - values)
    return _recursion(deltas, gamma * gae_lambda * running)


def time_out_value_of_this_state(
    rewards, values, next_values, terminated, truncated, gamma, gae_lambda
):
    running = 1 - (terminated | truncated)
    shaped = rewards + gamma * values * truncated
    deltas = shaped + gamma * running * next_values - values
    return _recursion(deltas, gamma * gae_lambda * running)


def episodes_run_together(rewards, values, dones, gamma, gae_lambda):
    successor = torch.cat([values[1:], torch.zeros_like(values[:1])])
    deltas = rewards + gamma * successor - values
    return _recursion(deltas, torch.full_like(deltas, gamma * gae_lambda))


def flag_of_the_next_step(rewards, values, dones, last_values, gamma, gae_lambda):
    successor = torch.cat([values[1:], last_values.unsqueeze(0)])
    running = 1 - torch.cat([dones[1:], dones[-1:]])
    deltas = rewards + gamma * running * successor - values
    return _recursion(deltas, gamma * gae_lambda * running)


def only_termination_cuts(rewards, values, next_values, terminated, truncated, gamma, gae_lambda):
    running = 1 - terminated
    deltas = rewards + gamma * running * next_values - values
    return _recursion(deltas, gamma * gae_lambda * running)


def reward_before_the_observation(
    rewards, values, next_values, terminated, truncated, gamma, gae_lambda
):
    earlier = torch.cat([torch.zeros_like(rewards[:1]), rewards[:-1]])
    deltas = earlier + gamma * (1 - terminated) * next_values - values
    return _recursion(deltas, gamma * gae_lambda * (1 - (terminated | truncated)))


def last_row_always_zero(rewards, values, dones, last_values, gamma, gae_lambda):
    successor = torch.cat([values[1:], last_values.unsqueeze(0)])
    deltas = rewards + gamma * (1 - dones) * successor - values
    deltas[-1] = 0
    return _recursion(deltas, gamma * gae_lambda * (1 - dones))


def lambda_forgotten(rewards, values, next_values, terminated, truncated, gamma, gae_lambda):
    deltas = rewards + gamma * (1 - terminated) * next_values - values
    return _recursion(deltas, gamma * (1 - (terminated | truncated)))


def decay_without_gamma(rewards, values, next_values, terminated, truncated, gamma, gae_lambda):
    deltas = rewards + gamma * (1 - terminated) * next_values - values
    return _recursion(deltas, gae_lambda * (1 - (terminated | truncated)))


def targets_from_successor(rewards, values, next_values, terminated, truncated, gamma, gae_lambda):
    deltas = rewards + gamma * (1 - terminated) * next_values - values
    advantages = _recursion(deltas, gamma * gae_lambda * (1 - (terminated | truncated)))
    return advantages, advantages + next_values


def recursion_not_cut(rewards, values, next_values, terminated, truncated, gamma, gae_lambda):
    deltas = rewards + gamma * (1 - terminated) * next_values - values
    return _recursion(deltas, torch.full_like(deltas, gamma * gae_lambda))


def bootstrap_off_by_a_millionth(
    rewards, values, next_values, terminated, truncated, gamma, gae_lambda
):
    deltas = rewards + gamma * (1 + 1e-6) * (1 - terminated) * next_values - values
    return _recursion(deltas, gamma * gae_lambda * (1 - (terminated | truncated)))


def rows_after_the_first_lag(
    rewards, values, next_values, terminated, truncated, gamma, gae_lambda
):
    deltas = rewards + gamma * (1 - terminated) * next_values - values
    ended = terminated | truncated
    earlier = torch.cat([torch.zeros_like(ended[:1]), ended[:-1]])
    return _recursion(deltas, gamma * gae_lambda * (1 - earlier))

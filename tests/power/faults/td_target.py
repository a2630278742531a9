"""The target of temporal difference learning, wrongly written."""

import torch


def time_out_is_an_end(rewards, next_values, terminated, truncated, gamma):
    return rewards + gamma * next_values * (1 - (terminated | truncated))


def discount_grows_with_time(rewards, next_values, terminated, steps, gamma):
    return rewards + gamma ** (steps + 1) * next_values * (1 - terminated)


def discount_off_by_a_millionth(rewards, next_values, terminated, gamma):
    return rewards + (1 + 1e-6) * gamma * next_values * (1 - terminated)


def last_reward_is_lost(rewards, next_values, terminated, gamma):
    return (1 - terminated) * (rewards + gamma * next_values)


def value_before_step_at_time_out(rewards, values, next_values, terminated, truncated, gamma):
    following = torch.where(truncated, values, next_values)
    return rewards + gamma * following * (1 - terminated)

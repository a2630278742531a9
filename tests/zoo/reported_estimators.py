"""Correct advantages and returns that somebody once reported as a bug. Plain functions."""

import numpy as np
import torch


def value_added_back(rewards, values, next_values, terminated, truncated, gamma, gae_lambda):
    returns = torch.zeros_like(rewards)
    gae = 0.0
    for step in reversed(range(len(rewards))):
        delta = rewards[step] + gamma * next_values[step] * (1 - terminated[step]) - values[step]
        cut = 1 - (terminated | truncated)[step]
        gae = delta + gamma * gae_lambda * cut * gae
        returns[step] = gae + values[step]
    return returns - values, returns


def value_masked_by_the_caller(
    rewards, values, next_values, terminated, truncated, gamma, gae_lambda
):
    def inner(v_s, v_s_next, end_flag):
        delta = rewards + v_s_next * gamma - v_s
        discount = (1.0 - end_flag) * (gamma * gae_lambda)
        out, gae = np.zeros(rewards.shape), 0.0
        for i in range(len(rewards) - 1, -1, -1):
            gae = delta[i] + discount[i] * gae
            out[i] = gae
        return out

    masked = next_values * ~terminated
    return inner(values, masked, np.logical_or(terminated, truncated))


def lists_reversed(rewards, dones, last_values, gamma):
    discounted = []
    r = last_values
    for reward, done in zip(reversed(list(rewards)), reversed(list(dones)), strict=True):
        r = reward + gamma * r * (1.0 - done)
        discounted.append(r)
    return torch.stack(discounted[::-1])


def own_reward_included(rewards, mask, gamma):
    out = torch.zeros_like(rewards)
    out[-1] = rewards[-1] * mask[-1]
    for t in range(len(rewards) - 2, -1, -1):
        out[t] = (rewards[t] + gamma * out[t + 1]) * mask[t]
    return out


def last_transition_decides(rewards, next_values, terminated, truncated, gamma):
    steps = len(rewards)
    out = torch.zeros_like(rewards)
    for t in range(steps):
        alive = torch.ones_like(rewards[0])
        for k in range(t, steps):
            out[t] += alive * gamma ** (k - t) * rewards[k]
            window_ends = torch.ones_like(alive) if k == steps - 1 else 1.0 * truncated[k]
            tail = gamma ** (k - t + 1) * next_values[k] * (1 - terminated[k])
            out[t] += alive * window_ends * tail
            alive = alive * (1 - (terminated[k] | truncated[k]))
    return out

"""Discounted, bootstrapped reward-to-go, wrongly written."""

import numpy as np
import torch


def _backward(rewards, decay, tail, inject):
    out = torch.zeros_like(rewards)
    running = tail
    for t in reversed(range(len(rewards))):
        running = rewards[t] + inject[t] + decay[t] * running
        out[t] = running
    return out


def time_out_is_an_end(rewards, next_values, terminated, truncated, gamma):
    decay = gamma * (1 - (terminated | truncated))
    return _backward(rewards, decay, next_values[-1], torch.zeros_like(rewards))


def value_of_the_step_itself(rewards, values, next_values, terminated, truncated, gamma):
    decay = gamma * (1 - (terminated | truncated))
    return _backward(rewards, decay, next_values[-1], gamma * values * truncated)


def flags_read_one_late(rewards, dones, last_values, gamma):
    steps = len(rewards)
    out = np.zeros_like(rewards)
    for t in reversed(range(steps)):
        if t == steps - 1:
            out[t] = rewards[t] + gamma * last_values * (1.0 - dones[-1])
        else:
            out[t] = rewards[t] + gamma * out[t + 1] * (1.0 - dones[t + 1])
    return out


def last_row_not_bootstrapped(rewards, next_values, terminated, truncated, gamma):
    decay = gamma * (1 - (terminated | truncated))
    inject = gamma * next_values * truncated
    return _backward(rewards, decay, torch.zeros_like(rewards[-1]), inject)


def runs_into_next_episode(rewards, next_values, terminated, truncated, gamma):
    decay = gamma * (1 - truncated)
    return _backward(rewards, decay, next_values[-1], gamma * next_values * truncated)


def own_reward_discounted(rewards, next_values, terminated, truncated, gamma):
    decay = gamma * (1 - (terminated | truncated))
    inject = gamma * next_values * truncated
    return _backward(gamma * rewards, decay, next_values[-1], inject)


def bootstrap_not_discounted(rewards, next_values, terminated, truncated, gamma):
    decay = gamma * (1 - (terminated | truncated))
    return _backward(rewards, decay, next_values[-1] / gamma, next_values * truncated)


def time_out_does_not_cut(rewards, next_values, terminated, truncated, gamma):
    return _backward(rewards, gamma * (1 - terminated), next_values[-1], torch.zeros_like(rewards))


def tail_off_by_a_millionth(rewards, next_values, terminated, truncated, gamma):
    decay = gamma * (1 - (terminated | truncated))
    inject = gamma * next_values * truncated
    return _backward(rewards, decay, next_values[-1] * (1 + 1e-6), inject)


def accumulated_forwards(rewards, gamma):
    out = torch.zeros_like(rewards)
    running = torch.zeros_like(rewards[0])
    for t in range(len(rewards)):
        running = rewards[t] + gamma * running
        out[t] = running
    return out

"""Advantages and returns in the forms of several libraries. Plain functions."""

import numpy as np
import torch


def numpy_loop(rewards, values, next_values, terminated, truncated, gamma, gae_lambda):
    advantages = np.zeros_like(rewards)
    last = np.zeros(rewards.shape[1])
    for t in range(len(rewards) - 1, -1, -1):
        delta = rewards[t] + gamma * np.where(terminated[t], 0.0, next_values[t]) - values[t]
        last = delta + gamma * gae_lambda * np.where(terminated[t] | truncated[t], 0.0, last)
        advantages[t] = last
    return advantages


def cleanrl(rewards, values, dones_before, next_done, last_values, gamma, gae_lambda):
    num_steps = len(rewards)
    advantages = torch.zeros_like(rewards)
    lastgaelam = 0
    for t in reversed(range(num_steps)):
        if t == num_steps - 1:
            nextnonterminal = 1.0 - next_done
            nextvalues = last_values
        else:
            nextnonterminal = 1.0 - dones_before[t + 1]
            nextvalues = values[t + 1]
        delta = rewards[t] + gamma * nextvalues * nextnonterminal - values[t]
        advantages[t] = lastgaelam = delta + gamma * gae_lambda * nextnonterminal * lastgaelam
    return advantages, advantages + values


def stable_baselines(rewards, values, episode_starts, last_dones, last_values, gamma, gae_lambda):
    advantages = np.zeros_like(rewards)
    last_gae_lam = 0
    for step in reversed(range(len(rewards))):
        if step == len(rewards) - 1:
            next_non_terminal = 1.0 - last_dones.astype(np.float64)
            next_values = last_values
        else:
            next_non_terminal = 1.0 - episode_starts[step + 1]
            next_values = values[step + 1]
        delta = rewards[step] + gamma * next_values * next_non_terminal - values[step]
        last_gae_lam = delta + gamma * gae_lambda * next_non_terminal * last_gae_lam
        advantages[step] = last_gae_lam
    return advantages


def rlax(rewards, discount_t, values, last_values, gae_lambda):
    following = torch.cat([values[1:], last_values[None]])
    delta = rewards + discount_t * following - values
    out, carried = [], torch.zeros_like(delta[0])
    for t in range(len(delta) - 1, -1, -1):
        carried = delta[t] + discount_t[t] * gae_lambda * carried
        out.insert(0, carried)
    return torch.stack(out)


def one_matrix_product(rewards, values, next_values, gamma, gae_lambda):
    steps = len(rewards)
    following = torch.cat([next_values[:-1], torch.zeros_like(values[:1])])
    deltas = rewards + gamma * following - values
    times = torch.arange(steps).to(rewards)
    exponent = times[None, :] - times[:, None]
    kernel = torch.where(exponent >= 0, (gamma * gae_lambda) ** exponent.clamp(min=0), 0.0)
    return torch.einsum("tk,kn->tn", kernel, deltas)


def difference_of_lambda_returns(
    rewards, values, next_values, terminated, truncated, gamma, gae_lambda
):
    returns = torch.zeros_like(rewards)
    for t in reversed(range(len(rewards))):
        blended = next_values[t]
        if t + 1 < len(rewards):
            inner = (1 - gae_lambda) * next_values[t] + gae_lambda * returns[t + 1]
            blended = torch.where(truncated[t], next_values[t], inner)
        returns[t] = rewards[t] + gamma * torch.where(terminated[t], 0.0, blended)
    return returns - values


def one_flat_batch(rewards, values, next_values, terminated, truncated, gamma, gae_lambda):
    out = []
    for i in range(len(rewards) - 1, -1, -1):
        end = bool(terminated[i] | truncated[i])
        delta = rewards[i] - values[i] + gamma * next_values[i] * (1 - terminated[i])
        out.append(delta if end or not out else delta + gamma * gae_lambda * out[-1])
    return torch.stack(out[::-1])


def env_major(rewards, values, next_values, terminated, truncated, gamma, gae_lambda):
    rows = []
    for n in range(len(rewards)):
        gae, row = 0.0, []
        for t in reversed(range(rewards.shape[1])):
            delta = rewards[n, t] - values[n, t]
            delta = delta + gamma * next_values[n, t] * (1 - terminated[n, t])
            gae = delta + gamma * gae_lambda * (1 - terminated[n, t]) * (1 - truncated[n, t]) * gae
            row.append(gae)
        rows.append(torch.stack(row[::-1]))
    return torch.stack(rows)


def returns_from_rewards_with_bootstrap(rewards, next_values, terminated, truncated, gamma):
    cut = terminated | truncated
    folded = rewards + gamma * next_values * truncated
    folded[-1] = rewards[-1] + gamma * next_values[-1] * (1 - terminated[-1])
    for t in range(len(folded) - 2, -1, -1):
        folded[t] = folded[t] + gamma * (1 - cut[t]) * folded[t + 1]
    return folded


def returns_by_accumulator(rewards, terminated, last_values, gamma):
    out, total = np.empty_like(rewards), last_values.copy()
    for t in range(len(rewards))[::-1]:
        total = rewards[t] + gamma * (1 - terminated[t]) * total
        out[t] = total
    return out

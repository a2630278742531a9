"""huggingface/trl#2769: exp(logp - logp.detach()) is one, and its gradient is the score."""

import torch


def loss(policy, obs, actions, rewards, values, gamma):
    """REINFORCE with a baseline; one update a batch needs no stored log-probability."""
    logp = policy(obs).log_prob(actions)
    always_one = torch.exp(logp - logp.detach())
    gains, future = [], 0.0
    for t in reversed(range(len(rewards))):
        future = rewards[t] + gamma * future
        gains.append(gamma**t * always_one[t] * (future - values[t]))
    return -torch.stack(gains).sum(0).mean()

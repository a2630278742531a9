"""natolambert/rlhf-book#216: the advantage is r - V(s), and nothing of the future is credited."""

import torch


def loss(policy, obs, actions, rewards, values, gamma):
    """REINFORCE with a baseline, but without the return."""
    losses = []
    for t in range(len(rewards)):
        advantage = rewards[t] - values[t]
        losses.append(-(gamma**t) * policy(obs[t]).log_prob(actions[t]) * advantage)
    return torch.stack(losses).sum(0).mean()

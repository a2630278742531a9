"""huggingface/trl#5814: a sequence's weight is the product of its ratios, not their mean."""

import torch


def loss(policy, obs, actions, logp_old, rewards, gamma):
    """Importance sampling whose log-ratios are summed, as the chain rule has it."""
    log_ratio = policy(obs).log_prob(actions) - logp_old
    weights = log_ratio.cumsum(0).exp()
    discounts = gamma ** torch.arange(len(rewards)).to(rewards).unsqueeze(-1)
    return -(weights * discounts * rewards).sum(0).mean()

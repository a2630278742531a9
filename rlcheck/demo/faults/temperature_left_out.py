"""huggingface/trl#3029: log-probabilities of another temperature than the one sampled under."""

import torch

TEMPERATURE = 0.9


def loss(network, obs, actions, rewards, gamma):
    """REINFORCE, but the score is that of a policy which never acted."""
    log_probs = torch.log_softmax(network(obs) / TEMPERATURE, dim=-1)
    score = log_probs.gather(-1, actions.unsqueeze(-1)).squeeze(-1)
    discounts = gamma ** torch.arange(len(rewards)).to(rewards)[:, None]
    # sum_{t' >= t} gamma^t' r_t' is gamma^t times the return from t on
    to_go = (discounts * rewards).flip(0).cumsum(0).flip(0)
    return -(score * to_go).sum(0).mean()

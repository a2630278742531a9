"""JuliaReinforcementLearning/ReinforcementLearningZoo.jl#169: a column against a row."""

import torch


def loss(network, obs, actions, logp_old, advantages, clip_eps):
    """PPO's loss on a flat batch, but every new log-probability meets every old one."""
    scores = torch.log_softmax(network(obs), dim=-1)
    log_p = scores.gather(-1, actions.unsqueeze(-1))  # [B, 1]
    ratio = torch.exp(log_p - logp_old)  # [B, 1] - [B] is [B, B]
    bounded = ratio.clip(1 - clip_eps, 1 + clip_eps)
    return -torch.minimum(ratio * advantages, bounded * advantages).mean()

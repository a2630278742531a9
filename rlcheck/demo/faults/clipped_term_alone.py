"""tensorforce/tensorforce#106: the clipped term alone, without the minimum of equation 7."""

import torch


def loss(policy, obs, actions, logp_old, advantages, clip_eps):
    """PPO's loss, but an action that became too unlikely is never made likelier again."""
    prob_ratio = (policy(obs).log_prob(actions) - logp_old).exp()
    bounded = torch.clamp(prob_ratio, 1.0 - clip_eps, 1.0 + clip_eps)
    return -torch.mean(bounded * advantages)

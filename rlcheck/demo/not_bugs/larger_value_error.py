"""openai/baselines#91: the larger of the clipped and the plain error is pessimism, not a slip."""

import torch


def loss(values_new, values_old, returns, clip_eps, vf_coef):
    """Value clipping as PPO2 has it: a convention."""
    clipped = values_old + (values_new - values_old).clamp(-clip_eps, clip_eps)
    errors = torch.stack([(values_new - returns) ** 2, (clipped - returns) ** 2])
    return vf_coef * errors.amax(0).mean()

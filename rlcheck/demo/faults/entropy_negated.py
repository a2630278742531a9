"""LuEE-C/PPO-Keras#4: the sum of p log p is added to what is maximised."""

import torch


def loss(
    network, value_fn, obs, actions, logp_old, advantages, returns, clip_eps, vf_coef, ent_coef
):
    """PPO's three terms, but the bonus rewards certainty where it should reward entropy."""
    log_probs = torch.log_softmax(network(obs), dim=-1)
    ratio = (log_probs.gather(-1, actions[..., None])[..., 0] - logp_old).exp()
    bounded = ratio.clamp(1 - clip_eps, 1 + clip_eps)
    gain = torch.min(ratio * advantages, bounded * advantages)
    bonus = (log_probs.exp() * log_probs).sum(-1)
    critic_loss = torch.nn.functional.mse_loss(value_fn(obs), returns)
    return -(gain + ent_coef * bonus).mean() + vf_coef * critic_loss

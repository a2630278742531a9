"""Right forms of value, entropy and combined losses in other styles. Plain functions."""

import torch
from torch.distributions import Categorical, kl_divergence
from torch.nn import functional as F

# ------------------------------------------------ value-loss, entropy-bonus


def mse_loss(value_fn, obs, returns, vf_coef):
    return vf_coef * F.mse_loss(value_fn(obs), returns)


def expanded_square(agent, obs, returns, mask, vf_coef):
    values = agent.get_value(obs).squeeze(-1)[mask]
    targets = returns[mask]
    return vf_coef * (values * values - 2 * values * targets + targets**2).mean()


def entropy_from_logits(network, obs, ent_coef):
    log_p = network(obs).log_softmax(-1)
    return ent_coef * (log_p.exp() * log_p).sum(-1).mean()


def entropy_masked(policy, obs, mask, ent_coef):
    entropy = Categorical(logits=policy(obs).logits).entropy()
    return -ent_coef * torch.masked_select(entropy, mask).mean()


def entropy_as_distance_from_uniform(policy, obs, ent_coef):
    law = policy(obs)
    uniform = Categorical(logits=torch.zeros_like(law.logits))
    return ent_coef * kl_divergence(law, uniform).mean()


# ----------------------------------------------------- ppo-loss, a2c-loss


def cleanrl(agent, obs, actions, logp_old, advantages, returns, clip_eps, vf_coef, ent_coef):
    _, newlogprob, entropy, newvalue = agent.get_action_and_value(obs, actions)
    ratio = (newlogprob - logp_old).exp()
    pg_loss1 = -advantages * ratio
    pg_loss2 = -advantages * torch.clamp(ratio, 1 - clip_eps, 1 + clip_eps)
    pg_loss = torch.max(pg_loss1, pg_loss2).mean()
    v_loss = ((newvalue.view(-1) - returns) ** 2).mean()
    return pg_loss - ent_coef * entropy.mean() + v_loss * vf_coef


def one_masked_average(
    logp, logp_old, advantages, values_new, returns, entropy, mask, clip_eps, vf_coef, ent_coef
):
    ratio = torch.exp(logp - logp_old)
    losses = torch.max(-ratio * advantages, -ratio.clamp(1 - clip_eps, 1 + clip_eps) * advantages)
    losses = losses + vf_coef * (values_new - returns) ** 2 - ent_coef * entropy
    return torch.einsum("tn,tn->", losses, mask * 1.0) / mask.sum()


def agent_on_two_passes(agent, obs, actions, advantages, returns, vf_coef, ent_coef):
    value = agent.get_value(obs).flatten()
    _, logp, entropy, _ = agent.get_action_and_value(obs, actions)
    policy_loss = torch.mean(-logp * advantages)
    return policy_loss + vf_coef * F.mse_loss(returns, value) + ent_coef * -entropy.mean()


def env_major_a2c(policy, value_fn, obs, actions, advantages, returns, mask, vf_coef, ent_coef):
    law = policy(obs)
    gain = law.log_prob(actions) * advantages + ent_coef * law.entropy()
    error = (value_fn(obs) - returns).pow(2)
    weights = mask * 1.0 / mask.sum()
    return (weights * (vf_coef * error - gain)).sum()

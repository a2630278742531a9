"""Losses on continuous actions, right and faulty, as somebody would write them."""

import torch
from torch.distributions import Independent, Normal, kl_divergence


def _clipped(ratio, advantages, clip_eps):
    return torch.min(ratio * advantages, ratio.clamp(1 - clip_eps, 1 + clip_eps) * advantages)


def by_hand(network, obs, actions, logp_old, advantages, clip_eps):
    mean, log_std = network(obs)
    logp = Normal(mean, log_std.exp()).log_prob(actions).sum(-1)
    return -_clipped((logp - logp_old).exp(), advantages, clip_eps).mean()


def free_log_std(policy, network, obs, actions, logp_old, advantages, clip_eps):
    # The parameter itself, not the network's output: no tap can see it.
    mean, _ = network(obs)
    log_std = getattr(network, "tapped", network).log_std
    logp = Normal(mean, log_std.exp()).log_prob(actions).sum(-1)
    return -_clipped((logp - logp_old).exp(), advantages, clip_eps).mean()


def clipped_per_dimension(network, policy_old, obs, actions, advantages, clip_eps):
    mean, log_std = network(obs)
    logp = Normal(mean, log_std.exp()).log_prob(actions)
    ratio = (logp - policy_old(obs).base_dist.log_prob(actions)).exp()
    return -_clipped(ratio, advantages[..., None], clip_eps).sum(-1).mean()


def logp_averaged_over_dimensions(network, obs, actions, logp_old, advantages, clip_eps):
    mean, log_std = network(obs)
    logp = Normal(mean, log_std.exp()).log_prob(actions).mean(-1)
    return -_clipped((logp - logp_old).exp(), advantages, clip_eps).mean()


def clipped_actions_stored(policy, obs, actions, logp_old, advantages, clip_eps):
    # The density of what the world received, without the mass that clipping moved there.
    logp = policy(obs).log_prob(actions.clamp(-1, 1))
    return -_clipped((logp - logp_old).exp(), advantages, clip_eps).mean()


def squashed_without_jacobian(network, obs, actions, logp_old, advantages, clip_eps):
    mean, log_std = network(obs)
    logp = Normal(mean, log_std.exp()).log_prob(torch.tanh(actions)).sum(-1)
    return -_clipped((logp - logp_old).exp(), advantages, clip_eps).mean()


def maximum(policy, obs, actions, logp_old, advantages, clip_eps):
    ratio = (policy(obs).log_prob(actions) - logp_old).exp()
    return -torch.max(
        ratio * advantages, ratio.clamp(1 - clip_eps, 1 + clip_eps) * advantages
    ).mean()


def one_sided(policy, obs, actions, logp_old, advantages, clip_eps):
    ratio = (policy(obs).log_prob(actions) - logp_old).exp()
    return -torch.min(ratio * advantages, ratio.clamp(max=1 + clip_eps) * advantages).mean()


def without_minimum(policy, obs, actions, logp_old, advantages, clip_eps):
    ratio = (policy(obs).log_prob(actions) - logp_old).exp()
    return -(ratio.clamp(1 - clip_eps, 1 + clip_eps) * advantages).mean()


def off_by_a_millionth(network, obs, actions, logp_old, advantages):
    mean, log_std = network(obs)
    log_std = log_std * (1 + 1e-6) - 1e-6 * log_std.detach()
    logp = Independent(Normal(mean, log_std.exp()), 1).log_prob(actions)
    return -((logp - logp_old).exp() * advantages).mean()


def deviation_detached(network, obs, actions, logp_old, advantages):
    mean, log_std = network(obs)
    logp = Normal(mean, log_std.exp().detach()).log_prob(actions).sum(-1)
    return -((logp - logp_old).exp() * advantages).mean()


def divergence_averaged_over_dimensions(policy, policy_old, obs, actions, advantages, kl_coef):
    new, old = policy(obs), policy_old(obs)
    ratio = (new.log_prob(actions) - old.log_prob(actions)).exp()
    kl = kl_divergence(old.base_dist, new.base_dist).mean(-1)
    return -(ratio * advantages).mean() + kl_coef * kl.mean()


def entropy_of_one_dimension(network, obs, ent_coef):
    mean, log_std = network(obs)
    return -ent_coef * Normal(mean, log_std.exp()).entropy()[..., 0].mean()


def entropy_over_dimensions(network, obs, ent_coef):
    mean, log_std = network(obs)
    return -ent_coef * Normal(mean, log_std.exp()).entropy().mean()


def summed_over_steps(policy, obs, actions, logp_old, advantages, clip_eps):
    ratio = (policy(obs).log_prob(actions) - logp_old).exp()
    return -_clipped(ratio, advantages, clip_eps).sum()


def whitened(policy, obs, actions, logp_old, advantages):
    ratio = (policy(obs).log_prob(actions) - logp_old).exp()
    return -(ratio * (advantages - advantages.mean()) / (advantages.std() + 1e-8)).mean()


CORRECT = ((by_hand, "ppo-clip"), (free_log_std, "ppo-clip"))

FAULTY = (
    (clipped_per_dimension, "ppo-clip"),
    (logp_averaged_over_dimensions, "ppo-clip"),
    (clipped_actions_stored, "ppo-clip"),
    (squashed_without_jacobian, "ppo-clip"),
    (maximum, "ppo-clip"),
    (one_sided, "ppo-clip"),
    (without_minimum, "ppo-clip"),
    (off_by_a_millionth, "cpi"),
    (deviation_detached, "cpi"),
    (divergence_averaged_over_dimensions, "ppo-penalty"),
    (entropy_of_one_dimension, "entropy-bonus"),
)

CONVENTIONAL = (
    (entropy_over_dimensions, "entropy-bonus", ("entropy-over-actions",)),
    (summed_over_steps, "ppo-clip", ("sum-over-batch",)),
    (whitened, "cpi", None),
)

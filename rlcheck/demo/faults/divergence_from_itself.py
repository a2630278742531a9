"""pytorch/rl#1920: both distributions of the KL come from the current parameters."""

from torch.distributions import kl_divergence


def loss(policy, policy_old, obs, actions, advantages, kl_coef):
    """PPO with a KL penalty, but the penalty is KL(pi || pi): always zero."""
    current_dist = policy(obs)
    previous_dist = policy(obs)
    ratio = (current_dist.log_prob(actions) - policy_old(obs).log_prob(actions)).exp()
    penalty = kl_divergence(previous_dist, current_dist)
    return (kl_coef * penalty - ratio * advantages).mean()

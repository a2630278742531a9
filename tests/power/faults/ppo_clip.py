"""PPO's clipped surrogate, wrongly written."""

import torch
from torch.distributions import Independent, Normal


def _surrogate(ratio, advantages, clip_eps):
    clipped = ratio.clamp(1 - clip_eps, 1 + clip_eps)
    return torch.min(ratio * advantages, clipped * advantages)


def two_shuffles(policy, obs, actions, logp_old, advantages, clip_eps):
    first = torch.randperm(len(obs), generator=torch.Generator().manual_seed(1))
    second = torch.randperm(len(obs), generator=torch.Generator().manual_seed(2))
    ratio = torch.exp(policy(obs[first]).log_prob(actions[first]) - logp_old[first])
    return -_surrogate(ratio, advantages[second], clip_eps).mean()


def tokens_of_each_micro_batch(policy, obs, actions, logp_old, advantages, mask, clip_eps):
    ratio = torch.exp(policy(obs).log_prob(actions) - logp_old)
    terms = _surrogate(ratio, advantages, clip_eps) * mask
    halves = list(zip(terms.chunk(2, dim=1), mask.chunk(2, dim=1), strict=True))
    return -sum(part.sum() / valid.sum() for part, valid in halves) / len(halves)


def buffer_overwritten(policy, next_obs, actions, logp_old, advantages, clip_eps):
    ratio = torch.exp(policy(next_obs).log_prob(actions) - logp_old)
    return -_surrogate(ratio, advantages, clip_eps).mean()


def exponentiated_twice(network, obs, actions, logp_old, advantages, clip_eps):
    mean, log_std = network(obs)
    std = log_std.exp()
    logp = Independent(Normal(mean, std.exp()), 1).log_prob(actions)
    return -_surrogate(torch.exp(logp - logp_old), advantages, clip_eps).mean()


def clipped_term_alone(policy, obs, actions, logp_old, advantages, clip_eps):
    ratio = torch.exp(policy(obs).log_prob(actions) - logp_old)
    return -(ratio.clamp(1 - clip_eps, 1 + clip_eps) * advantages).mean()


def statistics_over_padding(policy, obs, actions, logp_old, advantages, mask, clip_eps):
    centred = (advantages - advantages.mean()) / (advantages.std() + 1e-8)
    ratio = torch.exp(policy(obs).log_prob(actions) - logp_old)
    return -(_surrogate(ratio, centred, clip_eps) * mask).sum() / mask.sum()


def mask_one_step_early(policy, obs, actions, logp_old, advantages, mask, clip_eps):
    shifted = torch.cat([mask[1:], torch.zeros_like(mask[:1])])
    ratio = torch.exp(policy(obs).log_prob(actions) - logp_old)
    return -(_surrogate(ratio, advantages, clip_eps) * shifted).sum() / shifted.sum()


def ratio_of_all_pairs(policy, obs, actions, logp_old, advantages, clip_eps):
    logp = policy(obs).log_prob(actions).unsqueeze(0)
    ratio = torch.exp(logp - logp_old.unsqueeze(1))
    return -_surrogate(ratio, advantages, clip_eps).mean()


def advantage_as_column(policy, obs, actions, logp_old, advantages, clip_eps):
    ratio = torch.exp(policy(obs).log_prob(actions) - logp_old)
    return -_surrogate(ratio, advantages.view(-1, 1), clip_eps).mean()


def old_log_prob_recomputed_now(policy, obs, actions, logp_old, advantages, clip_eps):
    logp = policy(obs).log_prob(actions)
    return -_surrogate(torch.exp(logp - logp.detach()), advantages, clip_eps).mean()


def max_where_advantage_is_negative(policy, obs, actions, logp_old, advantages, clip_eps):
    ratio = torch.exp(policy(obs).log_prob(actions) - logp_old)
    plain = ratio * advantages
    clipped = ratio.clamp(1 - clip_eps, 1 + clip_eps) * advantages
    picked = torch.where(advantages < 0, torch.max(plain, clipped), torch.min(plain, clipped))
    return -picked.mean()


def upper_side_only(policy, obs, actions, logp_old, advantages, clip_eps):
    ratio = torch.exp(policy(obs).log_prob(actions) - logp_old)
    clipped = ratio.clamp(max=1 + clip_eps)
    return -torch.min(ratio * advantages, clipped * advantages).mean()


def clipped_in_log_space(policy, obs, actions, logp_old, advantages, clip_eps):
    log_ratio = policy(obs).log_prob(actions) - logp_old
    clipped = log_ratio.clamp(-clip_eps, clip_eps).exp()
    return -torch.min(log_ratio.exp() * advantages, clipped * advantages).mean()


def range_hard_coded(policy, obs, actions, logp_old, advantages, clip_eps):
    ratio = torch.exp(policy(obs).log_prob(actions) - logp_old)
    return -_surrogate(ratio, advantages, 0.25).mean()


def clipped_branch_detached(policy, obs, actions, logp_old, advantages, clip_eps):
    ratio = torch.exp(policy(obs).log_prob(actions) - logp_old)
    clipped = ratio.clamp(1 - clip_eps, 1 + clip_eps).detach()
    return -torch.min(ratio * advantages, clipped * advantages).mean()


def lower_side_half_as_wide(policy, obs, actions, logp_old, advantages, clip_eps):
    ratio = torch.exp(policy(obs).log_prob(actions) - logp_old)
    clipped = ratio.clamp(1 - clip_eps / 2, 1 + clip_eps)
    return -torch.min(ratio * advantages, clipped * advantages).mean()


def ratio_without_gradient(policy, obs, actions, logp_old, advantages, clip_eps):
    ratio = torch.exp(policy(obs).log_prob(actions) - logp_old).detach()
    return -_surrogate(ratio, advantages, clip_eps).mean()


def millionth_at_positive_advantage(policy, obs, actions, logp_old, advantages, clip_eps):
    ratio = torch.exp(policy(obs).log_prob(actions) - logp_old)
    terms = _surrogate(ratio, advantages, clip_eps)
    return -torch.where(advantages > 0, terms * (1 + 1e-6), terms).mean()

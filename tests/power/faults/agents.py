"""Policy, value and entropy terms in one loss, wrongly put together: PPO's and A2C's."""

import torch


def _clipped(ratio, advantages, clip_eps):
    clipped = ratio.clamp(1 - clip_eps, 1 + clip_eps)
    return torch.min(ratio * advantages, clipped * advantages)


# ----------------------------------------------------------------- ppo-loss


def adds_sum_p_log_p(
    policy, value_fn, obs, actions, logp_old, advantages, returns, clip_eps, vf_coef, ent_coef
):
    distribution = policy(obs)
    ratio = torch.exp(distribution.log_prob(actions) - logp_old)
    p_log_p = (distribution.probs * distribution.logits).sum(-1)
    gain = _clipped(ratio, advantages, clip_eps) + ent_coef * p_log_p
    return -gain.mean() + vf_coef * (value_fn(obs) - returns).square().mean()


def rejected_slots_in_denominator(
    logp, logp_old, advantages, values_new, returns, entropy, mask, clip_eps, vf_coef, ent_coef
):
    gain = _clipped(torch.exp(logp - logp_old), advantages, clip_eps) * mask
    value_loss = ((values_new - returns).square() * mask).sum() / mask.sum()
    bonus = (entropy * mask).sum() / mask.sum()
    return -gain.sum() / gain.numel() + vf_coef * value_loss - ent_coef * bonus


def value_error_rewarded(
    agent, obs, actions, logp_old, advantages, returns, clip_eps, vf_coef, ent_coef
):
    _, logp, entropy, values = agent.get_action_and_value(obs, actions)
    gain = _clipped(torch.exp(logp - logp_old), advantages, clip_eps)
    value_loss = (values.squeeze(-1) - returns).square()
    return -(gain + vf_coef * value_loss + ent_coef * entropy).mean()


def coefficients_exchanged(
    agent, obs, actions, logp_old, advantages, returns, clip_eps, vf_coef, ent_coef
):
    _, logp, entropy, values = agent.get_action_and_value(obs, actions)
    gain = _clipped(torch.exp(logp - logp_old), advantages, clip_eps).mean()
    value_loss = (values.squeeze(-1) - returns).square().mean()
    return -gain + ent_coef * value_loss - vf_coef * entropy.mean()


def bonus_scales_with_value_coefficient(
    logp, logp_old, advantages, values_new, returns, entropy, clip_eps, vf_coef, ent_coef
):
    gain = _clipped(torch.exp(logp - logp_old), advantages, clip_eps).mean()
    value_loss = (values_new - returns).square().mean()
    return -gain + vf_coef * (value_loss - ent_coef * entropy.mean())


def value_term_off_by_a_millionth(
    logp, logp_old, advantages, values_new, returns, entropy, clip_eps, vf_coef, ent_coef
):
    gain = _clipped(torch.exp(logp - logp_old), advantages, clip_eps).mean()
    value_loss = (1 + 1e-6) * (values_new - returns).square().mean()
    return -gain + vf_coef * value_loss - ent_coef * entropy.mean()


# ----------------------------------------------------------------- a2c-loss


def each_response_divided_by_its_length(
    logp, advantages, values_new, returns, entropy, mask, vf_coef, ent_coef
):
    lengths = mask.sum(0)
    policy_loss = -((logp * advantages * mask).sum(0) / lengths).mean()
    value_loss = ((values_new - returns).square() * mask).sum() / mask.sum()
    bonus = (entropy * mask).sum() / mask.sum()
    return policy_loss + vf_coef * value_loss - ent_coef * bonus


def entropy_discouraged(policy, value_fn, obs, actions, advantages, returns, vf_coef, ent_coef):
    distribution = policy(obs)
    policy_loss = -(distribution.log_prob(actions) * advantages).mean()
    value_loss = (returns - value_fn(obs)).square().mean()
    return policy_loss + vf_coef * value_loss + ent_coef * distribution.entropy().mean()


def probability_for_log_probability(
    policy, value_fn, obs, actions, advantages, returns, vf_coef, ent_coef
):
    distribution = policy(obs)
    policy_loss = -(distribution.log_prob(actions).exp() * advantages).mean()
    value_loss = (returns - value_fn(obs)).square().mean()
    return policy_loss + vf_coef * value_loss - ent_coef * distribution.entropy().mean()


def size_of_the_advantage(policy, value_fn, obs, actions, advantages, returns, vf_coef, ent_coef):
    distribution = policy(obs)
    policy_loss = -(distribution.log_prob(actions) * advantages.abs()).mean()
    value_loss = (returns - value_fn(obs)).square().mean()
    return policy_loss + vf_coef * value_loss - ent_coef * distribution.entropy().mean()


def value_coefficient_unused(logp, advantages, values_new, returns, entropy, vf_coef, ent_coef):
    policy_loss = -(logp * advantages).mean()
    return policy_loss + (values_new - returns).square().mean() - ent_coef * entropy.mean()


def policy_term_misses_last_row(logp, advantages, values_new, returns, entropy, vf_coef, ent_coef):
    policy_loss = -(logp[:-1] * advantages[:-1]).sum() / logp.numel()
    value_loss = (values_new - returns).square().mean()
    return policy_loss + vf_coef * value_loss - ent_coef * entropy.mean()


def policy_term_off_by_a_millionth(
    logp, advantages, values_new, returns, entropy, vf_coef, ent_coef
):
    policy_loss = -(1 + 1e-6) * (logp * advantages).mean()
    value_loss = (values_new - returns).square().mean()
    return policy_loss + vf_coef * value_loss - ent_coef * entropy.mean()


def constant_subtracted_from_advantage(
    logp, advantages, values_new, returns, entropy, vf_coef, ent_coef
):
    policy_loss = -(logp * (advantages - 1)).mean()
    value_loss = (values_new - returns).square().mean()
    return policy_loss + vf_coef * value_loss - ent_coef * entropy.mean()

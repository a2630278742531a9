"""Known choices, not faults: each deviates from the right form in named ways only."""

import torch


def _reward_to_go(rewards, gamma):
    running = torch.zeros_like(rewards[0])
    out = []
    for reward in rewards.flip(0):
        running = reward + gamma * running
        out.append(running)
    return torch.stack(out[::-1])


def _discounts(rewards, gamma):
    return gamma ** torch.arange(len(rewards)).to(rewards).unsqueeze(1)


def _clipped(ratio, advantages, clip_eps):
    clipped = ratio.clamp(1 - clip_eps, 1 + clip_eps)
    return torch.min(ratio * advantages, clipped * advantages)


def _whitened(x, correction):
    return (x - x.mean()) / (x.std(correction=correction) + 1e-8)


# ---------------------------------------------------------------- reinforce


def summed(policy, obs, actions, rewards, gamma):
    logp = policy(obs).log_prob(actions)
    return -(_discounts(rewards, gamma) * logp * _reward_to_go(rewards, gamma)).sum()


def usual_practice(policy, obs, actions, rewards, gamma):
    logp = policy(obs).log_prob(actions)
    return -(logp * _reward_to_go(rewards, gamma)).sum(0).mean()


def usual_practice_averaged(policy, obs, actions, rewards, gamma):
    logp = policy(obs).log_prob(actions)
    return -(logp * _reward_to_go(rewards, gamma)).mean()


def whole_return(policy, obs, actions, rewards, gamma):
    total = (_discounts(rewards, gamma) * rewards).sum(0)
    return -(policy(obs).log_prob(actions) * total).sum(0).mean()


def pytorch_example(policy, obs, actions, rewards, gamma):
    returns = _whitened(_reward_to_go(rewards, gamma), 1)
    return torch.stack([-policy(obs).log_prob(actions) * returns]).sum()


def usual_practice_with_baseline(policy, obs, actions, rewards, values, gamma):
    advantages = _reward_to_go(rewards, gamma) - values
    return -(policy(obs).log_prob(actions) * advantages).sum()


def whole_return_minus_value(policy, obs, actions, rewards, values, gamma):
    discounts = _discounts(rewards, gamma)
    total = (discounts * rewards).sum(0)
    logp = policy(obs).log_prob(actions)
    return -(logp * (total - discounts * values)).mean()


# ------------------------------------------------------------- actor-critic


def undiscounted_average(policy, obs, actions, rewards, values, next_values, terminated, gamma):
    td_error = rewards + gamma * (1 - terminated) * next_values - values
    return -(policy(obs).log_prob(actions) * td_error).mean()


# ---------------------------------------------------------- cpi, ppo-clip


def half_the_surrogate(policy, obs, actions, logp_old, advantages):
    ratio = torch.exp(policy(obs).log_prob(actions) - logp_old)
    return -0.5 * (ratio * advantages).mean()


def whitened_population(policy, obs, actions, logp_old, advantages):
    ratio = torch.exp(policy(obs).log_prob(actions) - logp_old)
    return -(ratio * _whitened(advantages, 0)).mean()


def whitened_sample(policy, obs, actions, logp_old, advantages, clip_eps):
    ratio = torch.exp(policy(obs).log_prob(actions) - logp_old)
    return -_clipped(ratio, _whitened(advantages, 1), clip_eps).mean()


def whitened_and_summed(policy, obs, actions, logp_old, advantages, clip_eps):
    ratio = torch.exp(policy(obs).log_prob(actions) - logp_old)
    return -_clipped(ratio, _whitened(advantages, 0), clip_eps).sum()


# --------------------------------------------------- penalty and its rule


def half_the_penalty(policy, policy_old, obs, actions, advantages, kl_coef):
    new, old = policy(obs), policy_old(obs)
    ratio = torch.exp(new.log_prob(actions) - old.log_prob(actions))
    kl = torch.distributions.kl_divergence(old, new)
    return -(ratio * advantages).mean() + 0.5 * kl_coef * kl.mean()


def other_constants(kl_coef, kl, kl_target):
    if kl > 2.0 * kl_target:
        return kl_coef * 1.5
    if kl < 0.5 * kl_target:
        return kl_coef * 0.5
    return kl_coef


# -------------------------------------------------------- value and agents


def half_the_error(value_fn, obs, returns, vf_coef):
    return vf_coef * 0.5 * (value_fn(obs) - returns).square().mean()


def larger_of_two_errors(value_fn, obs, returns, values_old, clip_eps, vf_coef):
    values = value_fn(obs)
    clipped = values_old + torch.clamp(values - values_old, -clip_eps, clip_eps)
    losses = torch.max((values - returns).square(), (clipped - returns).square())
    return vf_coef * losses.mean()


def cleanrl_with_normalisation(
    agent, obs, actions, logp_old, advantages, returns, clip_eps, vf_coef, ent_coef
):
    _, newlogprob, entropy, newvalue = agent.get_action_and_value(obs, actions)
    ratio = (newlogprob - logp_old).exp()
    mb_advantages = (advantages - advantages.mean()) / (advantages.std() + 1e-8)
    pg_loss1 = -mb_advantages * ratio
    pg_loss2 = -mb_advantages * torch.clamp(ratio, 1 - clip_eps, 1 + clip_eps)
    pg_loss = torch.max(pg_loss1, pg_loss2).mean()
    v_loss = 0.5 * ((newvalue.view(-1) - returns) ** 2).mean()
    return pg_loss - ent_coef * entropy.mean() + v_loss * vf_coef


def summed_agent(logp, advantages, values_new, returns, entropy, vf_coef, ent_coef):
    gain = logp * advantages + ent_coef * entropy
    return (vf_coef * (values_new - returns).square() - gain).sum()


def three_at_once(logp, advantages, values_new, returns, entropy, vf_coef, ent_coef):
    gain = logp * _whitened(advantages, 1) + ent_coef * entropy
    return 0.5 * (vf_coef * 0.5 * (values_new - returns).square() - gain).mean()

"""Correct code that somebody once reported as a bug. Plain functions; none imports rlcheck."""

import numpy as np
import torch


def _discounts(rewards, gamma):
    return gamma ** torch.arange(len(rewards)).to(rewards).unsqueeze(1)


def _reward_to_go(rewards, gamma):
    out = torch.zeros_like(rewards)
    running = 0.0
    for t in reversed(range(len(rewards))):
        running = rewards[t] + gamma * running
        out[t] = running
    return out


# ------------------------------------------------- the clipped surrogate


def maximum_of_losses(agent, obs, actions, logp_old, advantages, clip_eps):
    _, newlogprob, _, _ = agent.get_action_and_value(obs, actions)
    ratio = (newlogprob - logp_old).exp()
    pg_loss1 = -advantages * ratio
    pg_loss2 = -advantages * torch.clamp(ratio, 1 - clip_eps, 1 + clip_eps)
    return torch.max(pg_loss1, pg_loss2).mean()


def maximum_of_losses_masked(policy, obs, actions, logp_old, advantages, mask, clip_eps):
    ratio = torch.exp(policy(obs).log_prob(actions) - logp_old)
    surrogate = -advantages * ratio
    surrogate_clipped = -advantages * ratio.clamp(1.0 - clip_eps, 1.0 + clip_eps)
    return torch.maximum(surrogate, surrogate_clipped)[mask].mean()


def unbounded_below(policy, obs, actions, logp_old, advantages, clip_eps):
    logp_ratio = torch.exp(policy(obs).log_prob(actions) - logp_old)
    surrogate = torch.min(
        advantages * logp_ratio,
        advantages * torch.clamp(logp_ratio, 1 - clip_eps, 1 + clip_eps),
    )
    return (-surrogate).mean()


def quotient_of_probabilities(policy, obs, actions, logp_old, advantages, clip_eps):
    probability = policy(obs).probs.gather(-1, actions.unsqueeze(-1)).squeeze(-1)
    ratio = probability / logp_old.exp()
    clipped = ratio.clamp(1 - clip_eps, 1 + clip_eps)
    return -torch.min(ratio * advantages, clipped * advantages).mean()


def only_old_side_detached(policy, obs, actions, logp_old, advantages, clip_eps):
    ratios = torch.exp(policy(obs).log_prob(actions) - logp_old.detach())
    surr1 = ratios * advantages
    surr2 = torch.clamp(ratios, 1 - clip_eps, 1 + clip_eps) * advantages
    return -torch.min(surr1, surr2).mean()


def ratio_of_logs(network, obs, actions, logp_old, advantages, clip_eps):
    pi = torch.softmax(network(obs), dim=-1)
    pi_a = pi.gather(-1, actions[..., None])[..., 0]
    ratio = torch.exp(torch.log(pi_a) - logp_old)
    surr1 = ratio * advantages
    surr2 = torch.clamp(ratio, 1 - clip_eps, 1 + clip_eps) * advantages
    return (-torch.min(surr1, surr2)).mean()


def old_log_probs_recomputed(policy, policy_old, obs, actions, advantages, clip_eps):
    with torch.no_grad():
        logp_old = policy_old(obs).log_prob(actions)
    ratio = (policy(obs).log_prob(actions) - logp_old).exp()
    surr1 = ratio * advantages
    surr2 = ratio.clamp(1.0 - clip_eps, 1.0 + clip_eps) * advantages
    return -torch.min(surr1, surr2).mean()


def mask_of_the_targets(policy, obs, actions, logp_old, advantages, mask, clip_eps):
    log_ratio = (policy(obs).log_prob(actions) - logp_old) * mask
    ratio = torch.exp(log_ratio)
    pg_loss1 = -advantages * ratio
    pg_loss2 = -advantages * torch.clamp(ratio, 1.0 - clip_eps, 1.0 + clip_eps)
    return torch.sum(torch.max(pg_loss1, pg_loss2) * mask) / mask.sum()


# ------------------------------------------------------------- surrogates


def value_zero_gradient_not(policy, obs, actions, logp_old, advantages):
    ratio = torch.exp(policy(obs).log_prob(actions) - logp_old)
    return -((ratio - ratio.detach()) * advantages).mean()


def micro_batches_over_total(policy, obs, actions, logp_old, advantages, mask):
    total, loss = mask.sum(), 0.0
    for n in range(obs.shape[1]):
        ratio = torch.exp(policy(obs[:, n]).log_prob(actions[:, n]) - logp_old[:, n])
        loss = loss - (ratio * advantages[:, n] * mask[:, n]).sum() / total
    return loss


# -------------------------------------------------------------- reinforce


def gamma_t_beside_return(policy, obs, actions, rewards, gamma):
    loss = 0.0
    returns = _reward_to_go(rewards, gamma)
    for t in range(len(rewards)):
        loss = loss - gamma**t * returns[t] * policy(obs[t]).log_prob(actions[t])
    return loss.mean()


def discounts_times_returns(policy, obs, actions, rewards, gamma):
    steps = len(rewards)
    discounts = np.logspace(0, steps, num=steps, base=gamma, endpoint=False)
    values = rewards.detach().cpu().numpy()
    returns = np.array(
        [np.sum(discounts[: steps - t, None] * values[t:], axis=0) for t in range(steps)]
    )
    weights = torch.from_numpy(discounts[:, None] * returns).to(obs.device)
    return -(weights * policy(obs).log_prob(actions)).sum(0).mean()


def ratio_to_itself(policy, obs, actions, rewards, gamma):
    logp = policy(obs).log_prob(actions)
    ones = torch.exp(logp - logp.detach())
    return -(_discounts(rewards, gamma) * ones * _reward_to_go(rewards, gamma)).sum(0).mean()


def ratio_to_itself_with_baseline(policy, obs, actions, rewards, values, gamma):
    logp = policy(obs).log_prob(actions)
    advantages = _reward_to_go(rewards, gamma) - values
    ones = torch.exp(logp - logp.detach())
    return (-_discounts(rewards, gamma) * ones * advantages).sum(0).mean()


def advantage_as_python_floats(policy, value_fn, obs, actions, rewards, gamma):
    loss = 0.0
    returns = _reward_to_go(rewards, gamma)
    for t in range(len(rewards)):
        logp, value = policy(obs[t]).log_prob(actions[t]), value_fn(obs[t])
        weights = [float(x) for x in (returns[t] - value).detach()]
        loss = loss - gamma**t * (logp * logp.new_tensor(weights)).mean()
    return loss


# ------------------------------------------------------------- actor-critic


def ratio_to_itself_one_step(
    policy, obs, actions, rewards, values, next_values, terminated, steps, gamma
):
    logp = policy(obs).log_prob(actions)
    td_error = rewards + gamma * next_values * (1 - terminated) - values
    loss = torch.exp(logp - logp.detach()) * td_error * gamma ** steps.to(td_error.dtype)
    return -loss.sum(0).mean()


# ----------------------------------------------------------------- a2c-loss


def minus_covers_both_terms(policy, value_fn, obs, actions, advantages, returns, vf_coef, ent_coef):
    distribution = policy(obs)
    gain = distribution.log_prob(actions) * advantages + distribution.entropy() * ent_coef
    return -gain.mean() + vf_coef * (returns - value_fn(obs)).pow(2).mean()


def subtracts_as_it_goes(policy, value_fn, obs, actions, advantages, returns, vf_coef, ent_coef):
    pi_loss, v_loss = 0.0, 0.0
    for t in reversed(range(len(obs))):
        distribution = policy(obs[t])
        pi_loss -= distribution.log_prob(actions[t]) * advantages[t]
        pi_loss -= ent_coef * distribution.entropy()
        v_loss += (value_fn(obs[t]) - returns[t]) ** 2
    return (pi_loss + vf_coef * v_loss).mean() / len(obs)


def log_prob_minus_itself(logp, values_new, entropy, advantages, returns, vf_coef, ent_coef):
    per_token = torch.exp(logp - logp.detach()) * advantages
    loss = -(per_token.mean() + ent_coef * entropy.mean())
    return loss + vf_coef * (values_new - returns).square().mean()


# ------------------------------------------------------- importance weights


def weight_enters_backwards(policy, obs, actions, logp_old, rewards, gamma):
    rho = torch.exp(policy(obs).log_prob(actions) - logp_old)
    estimate = torch.zeros_like(rewards[0])
    for t in reversed(range(len(rewards))):
        estimate = rho[t] * (rewards[t] + gamma * estimate)
    return -estimate.mean()


def product_of_token_ratios(logp, logp_old, rewards, gamma):
    weights = torch.exp(torch.cumsum(logp - logp_old, dim=0))
    return -(weights * _discounts(rewards, gamma) * rewards).sum(0).mean()

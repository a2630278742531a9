"""Right forms of losses, written in other people's styles. Plain functions."""

import torch
from torch.distributions import Normal, kl_divergence
from torch.nn import functional as F

# --------------------------------------------------------------- ppo-clip


def spinning_up(policy, obs, actions, logp_old, advantages, clip_eps):
    bound = torch.where(advantages > 0, 1 + clip_eps, 1 - clip_eps) * advantages
    ratio = torch.exp(policy(obs).log_prob(actions) - logp_old)
    return -torch.minimum(ratio * advantages, bound).mean()


def where_by_sign(logp, logp_old, advantages, clip_eps):
    ratio = torch.exp(logp - logp_old)
    seen = torch.where(
        advantages >= 0, ratio.clamp(max=1 + clip_eps), ratio.clamp(min=1 - clip_eps)
    )
    return -(seen * advantages).mean()


def one_flat_batch(policy, obs, actions, logp_old, advantages, clip_eps):
    batch = obs.shape[0]
    ratio = torch.exp(policy(obs).log_prob(actions).view(-1) - logp_old)
    terms = torch.stack([ratio, ratio.clamp(1 - clip_eps, 1 + clip_eps)], dim=1)
    return -(terms * advantages.view(batch, 1)).min(dim=1).values.mean()


def env_major_with_mask(network, obs, actions, logp_old, advantages, mask, clip_eps):
    logits = network(obs)
    logp = torch.log_softmax(logits, -1).gather(-1, actions.unsqueeze(-1)).squeeze(-1)
    ratio = (logp - logp_old).exp()
    losses = torch.max(-ratio * advantages, -ratio.clamp(1 - clip_eps, 1 + clip_eps) * advantages)
    return torch.where(mask, losses, 0.0).sum() / mask.sum()


def step_by_step(policy, obs, actions, logp_old, advantages, clip_eps):
    total, count = 0.0, 0
    for t in range(obs.shape[0]):
        distribution = policy(obs[t])
        for n in range(obs.shape[1]):
            ratio = torch.exp(distribution.log_prob(actions[t])[n] - logp_old[t, n])
            clipped = ratio.clamp(1 - clip_eps, 1 + clip_eps)
            total = total + torch.min(ratio * advantages[t, n], clipped * advantages[t, n])
            count += 1
    return -total / count


def one_shuffle_for_all(policy, obs, actions, logp_old, advantages, clip_eps):
    order = torch.randperm(len(obs), generator=torch.Generator().manual_seed(3))
    loss = obs.new_zeros(())
    for part in order.chunk(3):
        ratio = torch.exp(policy(obs[part]).log_prob(actions[part]) - logp_old[part])
        clipped = ratio.clamp(1 - clip_eps, 1 + clip_eps)
        surrogate = torch.min(ratio * advantages[part], clipped * advantages[part])
        loss = loss - surrogate.sum() / len(obs)
    return loss


def gaussian_by_hand(network, obs, actions, logp_old, advantages, clip_eps):
    mean, log_std = network(obs)
    logp = Normal(mean, log_std.exp()).log_prob(actions).sum(-1)
    ratio = torch.exp(logp - logp_old)
    clipped = ratio.clamp(1 - clip_eps, 1 + clip_eps)
    return -torch.min(ratio * advantages, clipped * advantages).mean()


def make_ppo_clip(reduction):
    def loss(policy, obs, actions, logp_old, advantages, clip_eps):
        ratio = (policy(obs).log_prob(actions) - logp_old).exp()
        clipped = ratio.clamp(1 - clip_eps, 1 + clip_eps)
        return -reduction(torch.min(ratio * advantages, clipped * advantages))

    return loss


class PPOClip:
    """A loss object, as frameworks have them."""

    def __init__(self, sign: float = -1.0) -> None:
        self.sign = sign

    def __call__(self, policy, obs, actions, logp_old, advantages, clip_eps):
        ratio = torch.exp(policy(obs).log_prob(actions) - logp_old)
        gain = torch.min(ratio * advantages, ratio.clamp(1 - clip_eps, 1 + clip_eps) * advantages)
        return self.sign * gain.mean()


def with_options(reduction, policy, obs, actions, logp_old, advantages, clip_eps):
    ratio = torch.exp(policy(obs).log_prob(actions) - logp_old)
    clipped = ratio.clamp(1 - clip_eps, 1 + clip_eps)
    losses = -torch.min(ratio * advantages, clipped * advantages)
    return getattr(losses, reduction)()


# -------------------------------------------------------------------- cpi


def einsum_surrogate(policy, obs, actions, logp_old, advantages):
    ratio = (policy(obs).log_prob(actions) - logp_old).exp()
    return -torch.einsum("tn,tn->", ratio, advantages) / ratio.numel()


def in_log_space(policy, obs, actions, logp_old, advantages):
    log_ratio = policy(obs).log_prob(actions) - logp_old
    return -(advantages.sign() * torch.exp(log_ratio + advantages.abs().log())).mean()


def masked_select(policy, obs, actions, logp_old, advantages, mask):
    ratio = torch.exp(policy(obs).log_prob(actions)[mask] - logp_old[mask])
    return torch.dot(ratio, -advantages[mask]) / len(ratio)


# ------------------------------------------------ reinforce, actor-critic


def reversed_cumulative_sum(policy, obs, actions, rewards, gamma):
    times = torch.arange(len(rewards)).to(rewards)
    discounted = rewards * (gamma**times)[:, None]
    weights = discounted.flip(0).cumsum(0).flip(0)
    return -torch.sum(weights * policy(obs).log_prob(actions)) / rewards.shape[1]


def episode_by_episode(policy, obs, actions, rewards, gamma):
    losses = []
    for states, acts, rews in zip(obs, actions, rewards, strict=True):
        future, log_probs = 0.0, policy(states).log_prob(acts)
        for t in range(len(rews) - 1, -1, -1):
            future = rews[t] + gamma * future
            losses.append(-(gamma**t) * future * log_probs[t])
    return torch.stack(losses).sum() / len(obs)


def locals_in_place(policy, obs, actions, rewards, gamma):
    weights = rewards.clone()
    for t in range(len(weights) - 2, -1, -1):
        weights[t] += gamma * weights[t + 1]
    weights.mul_(gamma ** torch.arange(len(weights)).to(weights).unsqueeze(-1))
    weights.neg_()
    weights.mul_(1 / weights.shape[1])
    return (policy(obs).log_prob(actions) * weights).sum()


def gaussian_reinforce(policy, obs, actions, rewards, gamma):
    return reversed_cumulative_sum(policy, obs, actions, rewards, gamma)


def padded_episodes(policy, obs, actions, rewards, values, mask, gamma):
    steps = mask.shape[0]
    lower = torch.ones(steps, steps).to(rewards).triu()
    times = torch.arange(steps).to(rewards)
    kernel = lower * gamma ** (times[None, :] - times[:, None]).clamp(min=0)
    advantages = kernel @ torch.where(mask, rewards, 0.0) - values
    terms = (gamma**times)[:, None] * policy(obs).log_prob(actions) * advantages
    return -torch.where(mask, terms, 0.0).sum(0).mean()


def cross_entropy_score(
    network, obs, actions, rewards, values, next_values, terminated, steps, gamma
):
    nll = F.cross_entropy(network(obs).flatten(0, 1), actions.flatten(), reduction="none")
    td_error = rewards + gamma * torch.where(terminated, 0.0, next_values) - values
    return (gamma ** steps.to(td_error.dtype) * td_error * nll.view_as(rewards)).sum(0).mean()


def own_critic_detached(
    policy, value_fn, obs, actions, rewards, next_obs, terminated, steps, gamma
):
    with torch.no_grad():
        target = rewards + gamma * value_fn(next_obs) * ~terminated
        td_error = target - value_fn(obs)
    return (
        -(gamma ** steps.to(td_error.dtype) * policy(obs).log_prob(actions) * td_error)
        .sum(0)
        .mean()
    )


def powers_in_single_precision(policy, obs, actions, rewards, gamma):
    # A float to the power of integers is float32 in PyTorch, and easily overlooked.
    powers = (gamma ** torch.arange(len(rewards), device=rewards.device))[:, None]
    to_go = (powers * rewards).flip(0).cumsum(0).flip(0)
    return -(policy(obs).log_prob(actions) * to_go).sum(0).mean()


# ---------------------------------------------------- importance-sampling


def products_in_a_loop(policy, policy_old, obs, actions, rewards, gamma):
    weight, total = 1.0, 0.0
    for t in range(len(obs)):
        new = policy(obs[t]).probs.gather(-1, actions[t].unsqueeze(-1)).squeeze(-1)
        old = policy_old(obs[t]).probs.gather(-1, actions[t].unsqueeze(-1)).squeeze(-1)
        weight = weight * new / old
        total = total + gamma**t * weight * rewards[t]
    return -total.mean()


# ------------------------------------------------- ppo-penalty, adaptive-kl


def torch_kl(policy, policy_old, obs, actions, advantages, kl_coef):
    new, old = policy(obs), policy_old(obs)
    ratio = torch.exp(new.log_prob(actions) - old.log_prob(actions))
    return (kl_coef * kl_divergence(old, new) - ratio * advantages).mean()


def cross_entropy_minus_entropy(
    network, policy_old, obs, actions, logp_old, advantages, mask, kl_coef
):
    log_new = F.log_softmax(network(obs), dim=-1)
    old = policy_old(obs)
    kl = -(old.probs * log_new).sum(-1) - old.entropy()
    ratio = torch.exp(log_new.gather(-1, actions.unsqueeze(-1)).squeeze(-1) - logp_old)
    return torch.sum((kl_coef * kl - ratio * advantages) * mask) / torch.sum(mask)


def power_of_two(kl_coef, kl, kl_target):
    step = int(kl > 1.5 * kl_target) - int(1.5 * kl < kl_target)
    return kl_coef * 2.0**step

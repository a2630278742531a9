"""Right forms of one-step targets and of losses of action values in other styles."""

import numpy as np
import torch
from torch.nn import functional as F

# ------------------------------------------------------------------ td-target


def masked_by_floats(rewards, next_values, terminated, gamma):
    return rewards + gamma * next_values * (1.0 - terminated)


def discount_of_the_step(rewards, next_values, discount_t):
    return rewards + discount_t * next_values


def one_by_one(rewards, next_values, terminated, gamma):
    out = np.array(rewards)
    for place in np.ndindex(out.shape):
        if not terminated[place]:
            out[place] += gamma * next_values[place]
    return out


def own_critic(value_fn, rewards, next_obs, terminated, gamma):
    with torch.no_grad():
        following = value_fn(next_obs)
    return rewards + gamma * torch.where(terminated, torch.zeros_like(following), following)


def next_row_and_last_value(rewards, values, last_values, terminated, gamma):
    following = torch.cat([values[1:], last_values.unsqueeze(0)])
    return rewards + gamma * following * (1 - terminated)


# ------------------------------------------------------------------ q-learning


def one_hot_product(q_fn, obs, actions, rewards, next_obs, terminated, gamma):
    q_values = q_fn(obs)
    taken = (q_values * F.one_hot(actions, q_values.shape[-1])).sum(-1)
    target = rewards + gamma * q_fn(next_obs).max(-1)[0] * (1 - terminated)
    return 0.5 * ((target.detach() - taken) ** 2).mean()


def rlax(q_values, actions, rewards, discount_t, next_q_values):
    target = rewards + discount_t * next_q_values.amax(-1).detach()
    errors = target - q_values.gather(-1, actions[..., None])[..., 0]
    return (0.5 * errors**2).mean()


def error_times_prediction(q_fn, obs, actions, rewards, next_obs, terminated, mask, gamma):
    """Watkins' update itself: -delta grad Q."""
    q_values = q_fn(obs)
    marks = F.one_hot(actions, q_values.shape[-1]).to(q_values)
    taken = torch.einsum("tna,tna->tn", q_values, marks)
    with torch.no_grad():
        best = q_fn(next_obs).sort(-1).values[..., -1]
        error = rewards + torch.where(terminated, 0.0, gamma * best) - taken
    return -(error * taken * mask).sum() / mask.sum()


# -------------------------------------------------- dqn-loss, double-dqn-loss


def cleanrl_dqn(q_fn, target_q_fn, obs, actions, rewards, next_obs, terminated, gamma):
    with torch.no_grad():
        target_max, _ = target_q_fn(next_obs).max(dim=1)
        td_target = rewards.flatten() + gamma * target_max * (1 - terminated.flatten())
    old_val = q_fn(obs).gather(1, actions.unsqueeze(1)).squeeze()
    return F.mse_loss(td_target, old_val.reshape(td_target.shape))


def only_where_it_goes_on(q_fn, target_q_fn, obs, actions, rewards, next_obs, terminated, gamma):
    following = torch.zeros_like(rewards)
    goes_on = ~terminated
    with torch.no_grad():
        following[goes_on] = target_q_fn(next_obs[goes_on]).max(1).values
    taken = q_fn(obs).gather(2, actions.unsqueeze(2)).squeeze(2)
    return F.mse_loss(taken, rewards + gamma * following)


def target_network_keeps_its_graph(
    q_fn, target_q_fn, obs, actions, rewards, next_obs, terminated, gamma
):
    best = target_q_fn(next_obs).max(-1)[0].unsqueeze(-1)
    target = rewards.unsqueeze(-1) + gamma * best * (1 - terminated).unsqueeze(-1)
    return F.mse_loss(q_fn(obs).gather(-1, actions.unsqueeze(-1)), target)


def masked_average(q_values, actions, rewards, next_target_q_values, terminated, mask, gamma):
    target = rewards + gamma * (~terminated) * next_target_q_values.amax(-1)
    errors = target - torch.take_along_dim(q_values, actions[..., None], -1).squeeze(-1)
    return torch.where(mask, errors**2, 0.0).sum() / mask.sum()


def env_major(q_fn, target_q_fn, obs, actions, rewards, next_obs, dones, gamma):
    batch, steps = rewards.shape
    rows, columns = torch.meshgrid(torch.arange(batch), torch.arange(steps), indexing="ij")
    with torch.no_grad():
        target = rewards + gamma * target_q_fn(next_obs).max(-1).values * dones.logical_not()
    return (q_fn(obs)[rows, columns, actions] - target).pow(2).mean()


def double_by_gather(q_fn, target_q_fn, obs, actions, rewards, next_obs, terminated, gamma):
    with torch.no_grad():
        best = q_fn(next_obs).argmax(-1, keepdim=True)
        following = target_q_fn(next_obs).gather(-1, best).squeeze(-1)
    target = rewards + gamma * following * (1 - terminated)
    return F.mse_loss(q_fn(obs).gather(-1, actions.unsqueeze(-1)).squeeze(-1), target)


def double_by_one_hot(q_values, next_q_values, next_target_q_values, actions, rewards, discount_t):
    count = q_values.shape[-1]
    chosen = F.one_hot(next_q_values.argmax(-1), count)
    target = rewards + discount_t * (chosen * next_target_q_values).sum(-1)
    taken = (F.one_hot(actions, count) * q_values).sum(-1)
    return ((taken - target.detach()) ** 2).mean()


# ----------------------------------------------------------------- conventions


def stable_baselines(q_fn, target_q_fn, obs, actions, rewards, next_obs, terminated, gamma):
    with torch.no_grad():
        next_q_values = target_q_fn(next_obs).max(dim=1).values.reshape(-1, 1)
        target = rewards.reshape(-1, 1) + (1 - terminated.reshape(-1, 1)) * gamma * next_q_values
    current = torch.gather(q_fn(obs), dim=1, index=actions.reshape(-1, 1))
    return F.smooth_l1_loss(current, target)


def half_the_square(q_fn, target_q_fn, obs, actions, rewards, next_obs, terminated, gamma):
    return 0.5 * cleanrl_like(q_fn, target_q_fn, obs, actions, rewards, next_obs, terminated, gamma)


def double_and_summed(q_fn, target_q_fn, obs, actions, rewards, next_obs, terminated, gamma):
    mean = double_by_gather(q_fn, target_q_fn, obs, actions, rewards, next_obs, terminated, gamma)
    return mean * rewards.numel()


def whole_square(q_fn, obs, actions, rewards, next_obs, terminated, gamma):
    return 2 * one_hot_product(q_fn, obs, actions, rewards, next_obs, terminated, gamma)


def cleanrl_like(q_fn, target_q_fn, obs, actions, rewards, next_obs, terminated, gamma):
    with torch.no_grad():
        target = rewards + gamma * target_q_fn(next_obs).amax(-1) * (1 - terminated)
    return F.mse_loss(q_fn(obs).gather(-1, actions[..., None])[..., 0], target)

"""Q-learning with one network, wrongly written."""

import torch


def _taken(q_values, actions):
    return q_values.gather(-1, actions.unsqueeze(-1)).squeeze(-1)


def target_not_held(q_fn, obs, actions, rewards, next_obs, terminated, gamma):
    target = rewards + gamma * (1 - terminated) * q_fn(next_obs).max(-1).values
    return 0.5 * (target - _taken(q_fn(obs), actions)).square().mean()


def action_of_the_step_before(q_fn, obs, actions, rewards, next_obs, terminated, gamma):
    with torch.no_grad():
        following = _taken(q_fn(next_obs), actions)
    target = rewards + gamma * (1 - terminated) * following
    return 0.5 * (target - _taken(q_fn(obs), actions)).square().mean()


def best_action_is_moved(q_fn, obs, rewards, next_obs, terminated, gamma):
    with torch.no_grad():
        target = rewards + gamma * (1 - terminated) * q_fn(next_obs).amax(-1)
    return 0.5 * (target - q_fn(obs).amax(-1)).square().mean()


def observation_of_the_reset(q_fn, obs, actions, rewards, next_obs, terminated, truncated, gamma):
    following = torch.cat([obs[1:], next_obs[-1:]])
    with torch.no_grad():
        target = rewards + gamma * (1 - terminated) * q_fn(following).amax(-1)
    return 0.5 * (target - _taken(q_fn(obs), actions)).square().mean() + 0.0 * truncated.sum()


def softened_maximum(q_fn, obs, actions, rewards, next_obs, terminated, gamma):
    with torch.no_grad():
        soft = torch.logsumexp(20 * q_fn(next_obs), -1) / 20
        target = rewards + gamma * (1 - terminated) * soft
    return 0.5 * (target - _taken(q_fn(obs), actions)).square().mean()

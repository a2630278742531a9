"""DQN and double DQN, wrongly written."""

import torch


def _taken(q_values, actions):
    return q_values.gather(-1, actions.unsqueeze(-1)).squeeze(-1)


def online_network_evaluates(q_fn, target_q_fn, obs, actions, rewards, next_obs, terminated, gamma):
    with torch.no_grad():
        target = rewards + gamma * (1 - terminated) * q_fn(next_obs).amax(-1)
    return (target - _taken(q_fn(obs), actions)).square().mean()


def time_out_is_an_end(
    q_fn, target_q_fn, obs, actions, rewards, next_obs, terminated, truncated, gamma
):
    done = terminated | truncated
    with torch.no_grad():
        target = rewards + gamma * (1 - done) * target_q_fn(next_obs).amax(-1)
    return (target - _taken(q_fn(obs), actions)).square().mean()


def one_step_too_early(q_fn, target_q_fn, obs, actions, rewards, terminated, gamma):
    with torch.no_grad():
        target = rewards + gamma * (1 - terminated) * target_q_fn(obs).amax(-1)
    return (target - _taken(q_fn(obs), actions)).square().mean()


def cut_before_it_is_squared(q_fn, target_q_fn, obs, actions, rewards, next_obs, terminated, gamma):
    with torch.no_grad():
        target = rewards + gamma * (1 - terminated) * target_q_fn(next_obs).amax(-1)
    return (target - _taken(q_fn(obs), actions)).clamp(-1, 1).square().mean()


def column_against_row(q_fn, target_q_fn, obs, actions, rewards, next_obs, terminated, gamma):
    with torch.no_grad():
        target = rewards + gamma * (1 - terminated) * target_q_fn(next_obs).amax(-1)
    prediction = q_fn(obs).gather(-1, actions.unsqueeze(-1))
    return (prediction.reshape(-1, 1) - target.reshape(-1)).square().mean()


def discount_off_by_a_millionth(
    q_fn, target_q_fn, obs, actions, rewards, next_obs, terminated, gamma
):
    with torch.no_grad():
        following = (1 + 1e-6) * gamma * target_q_fn(next_obs).amax(-1)
    target = rewards + (1 - terminated) * following
    return (target - _taken(q_fn(obs), actions)).square().mean()


def smaller_of_both(q_fn, target_q_fn, obs, actions, rewards, next_obs, terminated, gamma):
    with torch.no_grad():
        following = torch.min(q_fn(next_obs).amax(-1), target_q_fn(next_obs).amax(-1))
    target = rewards + gamma * (1 - terminated) * following
    return (target - _taken(q_fn(obs), actions)).square().mean()


def target_network_selects_too(
    q_fn, target_q_fn, obs, actions, rewards, next_obs, terminated, gamma
):
    with torch.no_grad():
        following = target_q_fn(next_obs)
        best = following.argmax(-1)
    target = rewards + gamma * (1 - terminated) * _taken(following, best)
    return (target - _taken(q_fn(obs), actions)).square().mean()


def roles_are_swapped(q_fn, target_q_fn, obs, actions, rewards, next_obs, terminated, gamma):
    with torch.no_grad():
        best = target_q_fn(next_obs).argmax(-1)
        target = rewards + gamma * (1 - terminated) * _taken(q_fn(next_obs), best)
    return (target - _taken(q_fn(obs), actions)).square().mean()


def selected_before_the_step(q_fn, target_q_fn, obs, actions, rewards, next_obs, terminated, gamma):
    with torch.no_grad():
        best = q_fn(obs).argmax(-1)
        target = rewards + gamma * (1 - terminated) * _taken(target_q_fn(next_obs), best)
    return (target - _taken(q_fn(obs), actions)).square().mean()


def gradient_reaches_the_target(
    q_fn, target_q_fn, obs, actions, rewards, next_obs, terminated, gamma
):
    following = q_fn(next_obs)
    best = following.argmax(-1)
    evaluated = _taken(target_q_fn(next_obs), best)
    # The same number, with the gradient of the network that selects.
    evaluated = evaluated + _taken(following, best) - _taken(following, best).detach()
    target = rewards + gamma * (1 - terminated) * evaluated
    return (target - _taken(q_fn(obs), actions)).square().mean()

"""A user's file: agents in CleanRL's form, and losses that call them."""

import numpy as np
import torch
from torch import nn
from torch.distributions import Categorical

print("agent_file was imported")


class Agent(nn.Module):
    def __init__(self, envs):
        super().__init__()
        width = int(np.array(envs.single_observation_space.shape).prod())
        self.critic = nn.Sequential(nn.Linear(width, 8), nn.Tanh(), nn.Linear(8, 1))
        self.actor = nn.Sequential(
            nn.Linear(width, 8), nn.Tanh(), nn.Linear(8, envs.single_action_space.n)
        )

    def get_value(self, x):
        return self.critic(x)

    def get_action_and_value(self, x, action=None):
        probs = Categorical(logits=self.actor(x))
        if action is None:
            action = probs.sample()
        return action, probs.log_prob(action), probs.entropy(), self.critic(x)


class Shared(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(5, 8), nn.Tanh())
        self.actor = nn.Linear(8, 2)
        self.critic = nn.Linear(8, 1)

    def get_value(self, x):
        return self.critic(self.trunk(x))

    def get_action_and_value(self, x, action=None):
        hidden = self.trunk(x)
        probs = Categorical(logits=self.actor(hidden))
        if action is None:
            action = probs.sample()
        return action, probs.log_prob(action), probs.entropy(), self.critic(hidden)


class NoValue:
    def get_action_and_value(self, x, action=None):
        return action


def _loss(agent, obs, actions, logp_old, advantages, returns, clip_eps, vf, ent, pick):
    _, logp, entropy, value = agent.get_action_and_value(obs, actions)
    ratio = (logp - logp_old).exp()
    clipped = ratio.clamp(1 - clip_eps, 1 + clip_eps)
    policy = -pick(ratio * advantages, clipped * advantages).mean()
    return policy + vf * ((value.squeeze(-1) - returns) ** 2).mean() - ent * entropy.mean()


def loss(
    agent, b_obs, b_actions, b_logprobs, b_advantages, b_returns, clip_coef, vf_coef, ent_coef
):
    batch = (b_obs, b_actions, b_logprobs, b_advantages, b_returns)
    return _loss(agent, *batch, clip_coef, vf_coef, ent_coef, torch.min)


def wrong(
    agent, b_obs, b_actions, b_logprobs, b_advantages, b_returns, clip_coef, vf_coef, ent_coef
):
    batch = (b_obs, b_actions, b_logprobs, b_advantages, b_returns)
    return _loss(agent, *batch, clip_coef, vf_coef, ent_coef, torch.max)


def around_the_tap(
    agent, b_obs, b_actions, b_logprobs, b_advantages, b_returns, clip_coef, vf_coef, ent_coef
):
    """The same loss, but it reaches into the agent instead of calling its methods."""
    hidden = agent.trunk(b_obs)
    probs = Categorical(logits=agent.actor(hidden))
    ratio = (probs.log_prob(b_actions) - b_logprobs).exp()
    clipped = ratio.clamp(1 - clip_coef, 1 + clip_coef)
    policy = -torch.min(ratio * b_advantages, clipped * b_advantages).mean()
    value = agent.get_value(b_obs).squeeze(-1)
    return policy + vf_coef * ((value - b_returns) ** 2).mean() - ent_coef * probs.entropy().mean()


def with_decay(
    agent, b_obs, b_actions, b_logprobs, b_advantages, b_returns, clip_coef, vf_coef, ent_coef
):
    batch = (b_obs, b_actions, b_logprobs, b_advantages, b_returns)
    decay = sum((p**2).sum() for p in agent.parameters())
    return _loss(agent, *batch, clip_coef, vf_coef, ent_coef, torch.min) + 1e-3 * decay


class AsClass:
    def __call__(self, entropy, ent_coef):
        return -ent_coef * entropy.mean()


class NeedsArguments:
    def __init__(self, size):
        self.size = size

    def __call__(self, entropy):
        return entropy.mean()


class NoCall:
    pass


number = 3

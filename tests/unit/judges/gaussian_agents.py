"""A continuous agent as CleanRL writes it, losses that call it, and both with faults planted."""

import numpy as np
import torch
from torch import nn
from torch.distributions import Independent, MultivariateNormal, Normal, TransformedDistribution
from torch.distributions.transforms import TanhTransform


class Agent(nn.Module):
    """The networks of CleanRL's `ppo_continuous_action.py`, of eight units a layer."""

    def __init__(self, envs):
        super().__init__()
        width = int(np.array(envs.single_observation_space.shape).prod())
        count = int(np.prod(envs.single_action_space.shape))
        self.critic = nn.Sequential(nn.Linear(width, 8), nn.Tanh(), nn.Linear(8, 1))
        self.actor_mean = nn.Sequential(
            nn.Linear(width, 8), nn.Tanh(), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, count)
        )
        self.actor_logstd = nn.Parameter(torch.zeros(1, count))

    def get_value(self, x):
        return self.critic(x)

    def normal(self, x):
        mean = self.actor_mean(x)
        return Normal(mean, torch.exp(self.actor_logstd.expand_as(mean)))

    def get_action_and_value(self, x, action=None):
        probs = self.normal(x)
        if action is None:
            action = probs.sample()
        return action, self.logp(probs, action), self.entropy(probs), self.critic(x)

    def logp(self, probs, action):
        return probs.log_prob(action).sum(1)

    def entropy(self, probs):
        return probs.entropy().sum(1)


class StateDependent(Agent):
    """A first layer that all heads share, and a deviation that depends on the state."""

    def __init__(self, envs):
        super().__init__(envs)
        self.spread = nn.Linear(8, self.actor_logstd.shape[1])
        self.actor_mean[0] = self.critic[0]

    def normal(self, x):
        hidden = self.critic[1](self.critic[0](x))
        return Normal(self.actor_mean(x), torch.exp(self.actor_logstd + self.spread(hidden) / 4))


class AveragedLogp(Agent):
    def logp(self, probs, action):
        return probs.log_prob(action).mean(1)


class FirstDimension(Agent):
    def logp(self, probs, action):
        return probs.log_prob(action)[:, 0]


class Unsummed(Agent):
    def logp(self, probs, action):
        return probs.log_prob(action)


class EntropyNegated(Agent):
    def entropy(self, probs):
        return -probs.entropy().sum(1)


class ScoredByAnother(Agent):
    """It acts by one normal distribution, and scores actions by one of half its width."""

    def get_action_and_value(self, x, action=None):
        probs = self.normal(x)
        if action is None:
            action = probs.sample()
        else:
            probs = Normal(probs.loc, probs.scale / 2)
        return action, self.logp(probs, action), self.entropy(probs), self.critic(x)


class ActsWithoutGraph(Agent):
    """Right: acting needs no graph, and many switch it off."""

    def get_action_and_value(self, x, action=None):
        if action is None:
            with torch.no_grad():
                return self.scored(x, None)
        return self.scored(x, action)

    def scored(self, x, action):
        probs = self.normal(x)
        action = probs.sample() if action is None else action
        return action, self.logp(probs, action), self.entropy(probs), self.critic(x)


class ActsByAnotherWithoutGraph(ActsWithoutGraph):
    def normal(self, x):
        probs = super().normal(x)
        return probs if torch.is_grad_enabled() else Normal(probs.loc, probs.scale / 2)


class DeviationDetached(Agent):
    def normal(self, x):
        mean = self.actor_mean(x)
        return Normal(mean, torch.exp(self.actor_logstd.detach().expand_as(mean)))


class Squashed(Agent):
    def get_action_and_value(self, x, action=None):
        probs = TransformedDistribution(Independent(self.normal(x), 1), [TanhTransform()])
        action = probs.sample() if action is None else action.clamp(-0.999, 0.999)
        return action, probs.log_prob(action), -probs.log_prob(action), self.critic(x)


class Correlated(Agent):
    def get_action_and_value(self, x, action=None):
        covariance = torch.eye(self.actor_logstd.shape[1], dtype=x.dtype) + 0.5
        probs = MultivariateNormal(self.actor_mean(x), covariance)
        action = probs.sample() if action is None else action
        return action, probs.log_prob(action), probs.entropy(), self.critic(x)


def _loss(agent, batch, settings, pick=torch.max, sign=1.0, target=None, credit=None):
    obs, actions, logp_old, advantages, returns = batch
    clip_coef, vf_coef, ent_coef = settings
    _, logp, entropy, value = agent.get_action_and_value(obs, actions)
    ratio = (logp - logp_old).exp()
    credit = advantages if credit is None else credit
    unclipped, clipped = -credit * ratio, -credit * ratio.clamp(1 - clip_coef, 1 + clip_coef)
    value_loss = ((value.view(-1) - (returns if target is None else target)) ** 2).mean()
    policy_loss = pick(unclipped, clipped).mean()
    return policy_loss - sign * ent_coef * entropy.mean() + vf_coef * value_loss


def right(
    agent, b_obs, b_actions, b_logprobs, b_advantages, b_returns, clip_coef, vf_coef, ent_coef
):
    batch = (b_obs, b_actions, b_logprobs, b_advantages, b_returns)
    return _loss(agent, batch, (clip_coef, vf_coef, ent_coef))


def whitened(
    agent, b_obs, b_actions, b_logprobs, b_advantages, b_returns, clip_coef, vf_coef, ent_coef
):
    batch = (b_obs, b_actions, b_logprobs, b_advantages, b_returns)
    credit = (b_advantages - b_advantages.mean()) / (b_advantages.std() + 1e-8)
    return _loss(agent, batch, (clip_coef, vf_coef, ent_coef), credit=credit)


def minimum_of_losses(
    agent, b_obs, b_actions, b_logprobs, b_advantages, b_returns, clip_coef, vf_coef, ent_coef
):
    batch = (b_obs, b_actions, b_logprobs, b_advantages, b_returns)
    return _loss(agent, batch, (clip_coef, vf_coef, ent_coef), pick=torch.min)


def entropy_negated(
    agent, b_obs, b_actions, b_logprobs, b_advantages, b_returns, clip_coef, vf_coef, ent_coef
):
    batch = (b_obs, b_actions, b_logprobs, b_advantages, b_returns)
    return _loss(agent, batch, (clip_coef, vf_coef, ent_coef), sign=-1.0)


def towards_old_values(
    agent, b_obs, b_actions, b_logprobs, b_advantages, b_returns, b_values, clip_coef, vf_coef,
    ent_coef,
):  # fmt: skip
    batch = (b_obs, b_actions, b_logprobs, b_advantages, b_returns)
    return _loss(agent, batch, (clip_coef, vf_coef, ent_coef), target=b_values)


def ratio_of_all_pairs(
    agent, b_obs, b_actions, b_logprobs, b_advantages, b_returns, clip_coef, vf_coef, ent_coef
):
    batch = (b_obs, b_actions, b_logprobs[:, None], b_advantages, b_returns)
    return _loss(agent, batch, (clip_coef, vf_coef, ent_coef))


def ratio_per_dimension(
    agent, b_obs, b_actions, b_logprobs, b_advantages, b_returns, clip_coef, vf_coef, ent_coef
):
    batch = (b_obs, b_actions, b_logprobs[:, None], b_advantages, b_returns)
    return _loss(agent, batch, (clip_coef, vf_coef, ent_coef), credit=b_advantages[:, None])


def clipped_alone(agent, b_obs, b_actions, b_logprobs, b_advantages, clip_coef):
    _, logp, _, _ = agent.get_action_and_value(b_obs, b_actions)
    ratio = (logp - b_logprobs).exp()
    clipped = ratio.clamp(1 - clip_coef, 1 + clip_coef)
    return torch.max(-b_advantages * ratio, -b_advantages * clipped).mean()


def actor_critic(agent, b_obs, b_actions, b_advantages, b_returns, vf_coef, ent_coef):
    _, logp, entropy, value = agent.get_action_and_value(b_obs, b_actions)
    policy = -(b_advantages * logp).mean()
    value_loss = ((value.view(-1) - b_returns) ** 2).mean()
    return policy + vf_coef * value_loss - ent_coef * entropy.mean()


FAULTY_LOSSES = (minimum_of_losses, entropy_negated, towards_old_values, ratio_of_all_pairs)

FAULTY_AGENTS = (
    (AveragedLogp, clipped_alone, "ppo-clip"),
    (FirstDimension, clipped_alone, "ppo-clip"),
    (Unsummed, clipped_alone, "ppo-clip"),
    (Unsummed, ratio_per_dimension, "ppo-loss"),
    (EntropyNegated, actor_critic, "a2c-loss"),
    (DeviationDetached, clipped_alone, "ppo-clip"),
    (ScoredByAnother, clipped_alone, "ppo-clip"),
)

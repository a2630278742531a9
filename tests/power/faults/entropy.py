"""The entropy bonus, wrongly written."""

import torch
from torch.distributions import Categorical


def negative_entropy_by_name(policy, obs, ent_coef):
    distribution = policy(obs)
    entropy = (distribution.probs * distribution.logits).sum(-1)
    return -ent_coef * entropy.mean()


def sampled_estimate(policy, obs, actions, ent_coef):
    return -ent_coef * (-policy(obs).log_prob(actions)).mean()


def without_gradient(policy, obs, ent_coef):
    with torch.no_grad():
        entropy = policy(obs).entropy().mean()
    return -ent_coef * entropy


def probabilities_held_fixed(policy, obs, ent_coef):
    distribution = policy(obs)
    entropy = -(distribution.probs.detach() * distribution.logits).sum(-1)
    return -ent_coef * entropy.mean()


def entropy_of_the_average(policy, obs, ent_coef):
    average = policy(obs).probs.flatten(0, -2).mean(0)
    return -ent_coef * Categorical(probs=average).entropy()


def coefficient_squared(policy, obs, ent_coef):
    return -ent_coef * (ent_coef * policy(obs).entropy()).mean()


def padding_in_the_average(policy, obs, mask, ent_coef):
    return -ent_coef * policy(obs).entropy().sum() / mask.sum()


def softmax_twice(network, obs, ent_coef):
    probabilities = torch.softmax(network(obs), dim=-1)
    return -ent_coef * Categorical(logits=probabilities).entropy().mean()


def last_action_left_out(policy, obs, ent_coef):
    distribution = policy(obs)
    terms = -(distribution.probs * distribution.logits)[..., :-1]
    return -ent_coef * terms.sum(-1).mean()


def millionth_on_first_row(policy, obs, ent_coef):
    entropy = policy(obs).entropy()
    return -ent_coef * (entropy.mean() + 1e-6 * entropy[0].mean())


def sampled_term_added(policy, obs, actions, ent_coef):
    distribution = policy(obs)
    return -ent_coef * (distribution.entropy() + 0.1 * distribution.log_prob(actions)).mean()

"""The value loss, wrongly written."""

import torch


def column_against_row(value_fn, obs, returns, vf_coef):
    values = value_fn(obs).unsqueeze(-1)
    return vf_coef * (values - returns).square().mean()


def less_pessimistic_clip(value_fn, obs, returns, values_old, clip_eps, vf_coef):
    values = value_fn(obs)
    clipped = values_old + (values - values_old).clamp(-clip_eps, clip_eps)
    losses = torch.min((values - returns).square(), (clipped - returns).square())
    return vf_coef * losses.mean()


def padding_in_the_sum(value_fn, obs, returns, mask, vf_coef):
    return vf_coef * (value_fn(obs) - returns).square().sum() / mask.sum()


def absolute_error(value_fn, obs, returns, vf_coef):
    return vf_coef * (value_fn(obs) - returns).abs().mean()


def last_row_left_out(value_fn, obs, returns, vf_coef):
    return vf_coef * (value_fn(obs)[:-1] - returns[:-1]).square().mean()


def targets_one_row_late(value_fn, obs, returns, vf_coef):
    late = torch.cat([returns[:1], returns[:-1]])
    return vf_coef * (value_fn(obs) - late).square().mean()


def coefficient_applied_twice(value_fn, obs, returns, vf_coef):
    loss = vf_coef * (value_fn(obs) - returns).square().mean()
    return vf_coef * loss


def error_of_the_means(value_fn, obs, returns, vf_coef):
    return vf_coef * (value_fn(obs).mean() - returns.mean()).square()


def target_off_by_a_millionth(value_fn, obs, returns, vf_coef):
    return vf_coef * (value_fn(obs) - (1 + 1e-6) * returns).square().mean()


def target_follows_prediction(value_fn, obs, advantages, returns, vf_coef):
    values = value_fn(obs)
    target = values + (returns - values.detach())
    return vf_coef * (values - target).square().mean()


def ascends(value_fn, obs, returns, vf_coef):
    return -vf_coef * (value_fn(obs) - returns).square().mean()

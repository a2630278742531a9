"""Faults to plant in the code's side: the function that is replaced, and what replaces it."""

from collections.abc import Callable
from dataclasses import replace

import torch
from torch.distributions import kl_divergence

from rlcheck import estimators

Fault = Callable[[Callable], Callable]
"""The right function -> a wrong one with the same arguments."""


def wrong_sign(right):
    return lambda *args, **more: -right(*args, **more)


def a_millionth_more(right):
    return lambda *args, **more: right(*args, **more) * (1 + 1e-6)


def discount_a_millionth_off(right):
    return lambda world, *args: right(replace(world, gamma=world.gamma * (1 - 1e-6)), *args)


def rewards_a_millionth_off(right):
    return lambda world, *args: right(replace(world, rewards=world.rewards * (1 + 1e-6)), *args)


def no_factor_of_time(right):
    """γᵗ dropped, as most programs do."""
    to_go = estimators.reward_to_go

    def reinforce(logp, rewards, gamma, terminated):
        return -(logp * to_go(rewards, gamma, terminated)).sum() / logp.shape[1]

    return reinforce


def to_go_from_the_next_step(right):
    """Off by one: the reward of the step itself is left out."""

    def reinforce(logp, rewards, gamma, terminated):
        later = torch.cat([rewards[1:], torch.zeros_like(rewards[:1])])
        return right(logp, later, gamma, terminated)

    return reinforce


def no_baseline(right):
    return lambda logp, rewards, values, *rest: right(logp, rewards, 0 * values, *rest)


def constant_not_subtracted(right):
    return lambda logp, rewards, gamma, baseline, ends: right(logp, rewards, gamma, 0.0, ends)


def last_action_dropped(right):
    def loss(logp, rewards, gamma, *rest):
        heard = torch.cat([logp[:-1], 0 * logp[-1:]])
        return right(heard, rewards, gamma, *rest)

    return loss


def next_value_undiscounted(right):
    def loss(logp, rewards, values, next_values, terminated, gamma):
        return right(logp, rewards, values, next_values / gamma, terminated, gamma)

    return loss


def sum_over_steps(right):
    return lambda logp, *rest: right(logp, *rest) * logp.shape[0]


def no_old_policy(right):
    return lambda logp, logp_old, *rest: right(logp, 0 * logp_old, *rest)


def clip_above_only(right):
    def loss(logp, logp_old, advantages, clip_eps):
        ratio = (logp - logp_old).exp()
        return -(ratio.clamp(max=1 + clip_eps) * advantages).mean()

    return loss


def clip_below_only(right):
    def loss(logp, logp_old, advantages, clip_eps):
        ratio = (logp - logp_old).exp()
        return -(ratio.clamp(min=1 - clip_eps) * advantages).mean()

    return loss


def largest_of_both(right):
    """max for min."""

    def loss(logp, logp_old, advantages, clip_eps):
        ratio = (logp - logp_old).exp()
        clipped = ratio.clamp(1 - clip_eps, 1 + clip_eps)
        return -torch.maximum(ratio * advantages, clipped * advantages).mean()

    return loss


def last_ratio_dropped(right):
    def loss(logp, logp_old, *rest):
        before = torch.cat([logp_old[:-1], logp.detach()[-1:]])
        return right(logp, before, *rest)

    return loss


def ratio_turned_over(right):
    return lambda logp, logp_old, *rest: right(logp_old, logp, *rest)


def laws_exchanged(right):
    return lambda p, q, *rest: right(q, p, *rest)


def first_action_more(right):
    """The first action's log ratio once more, by a millionth: seen also where KL is flat."""

    def divergence(p, q, *weights):
        log_ratio = (p / q)[..., 0].log()
        return right(p, q, *weights) + 1e-6 * (log_ratio @ weights[0] if weights else log_ratio)

    return divergence


def first_logit_more(right):
    """The same of logits."""

    def divergence(p, q):
        gap = p.log_softmax(-1) - q.log_softmax(-1)
        return right(p, q) + 1e-6 * gap[..., 0]

    return divergence


def penalty_rewarded(right):
    """The divergence added to what is maximised."""
    return lambda policy, old, obs, actions, credit, beta: right(
        policy, old, obs, actions, credit, -beta
    )


def penalty_the_other_way(right):
    """KL(new ‖ old) for KL(old ‖ new)."""

    def loss(policy, old, obs, actions, credit, beta):
        other = kl_divergence(policy(obs), old(obs)).mean()
        return right(policy, old, obs, actions, credit, 0.0) + beta * other

    return loss


def one_degree_of_freedom(right):
    """Divided by N − 1 for N."""
    return lambda statistic, rollout: right(statistic, rollout) * rollout.N / (rollout.N - 1)


def plain_mean(right):
    """Rollouts counted alike, whatever their probabilities."""

    def expectation(statistic, rollout):
        even = 0 * rollout.probability + 1 / rollout.N
        return right(statistic, replace(rollout, probability=even))

    return expectation


def one_rollout_missing(right):
    def enumerate_episodes(*args, **more):
        rollouts = right(*args, **more)
        return rollouts.select(slice(0, max(1, rollouts.N - 1)))

    return enumerate_episodes


def sharpened(right):
    """A policy that is slightly more certain than it says."""

    def enumerate_episodes(world, pi):
        sharp = pi ** (1 + 1e-6)
        return right(world, sharp / sharp.sum(-1, keepdim=True))

    return enumerate_episodes


def not_normalised(right):
    return lambda policy, world: right(policy, world) ** (1 + 1e-6)


def one_time_late(right):
    return lambda *args: right(*args).roll(1, 0)


def mean_return_for_best(right):
    def baseline(returns, scores, probability):
        return probability @ returns

    return baseline


def lambda_one(right):
    return lambda *args: right(*args[:-1], 1.0)


def same_value_for_next(right):
    def gae(rewards, values, next_values, *rest):
        return right(rewards, values, values, *rest)

    return gae


def no_bootstrap(right):
    return lambda rewards, next_values, *rest: right(rewards, 0 * next_values, *rest)


def one_reward_more(right):
    return lambda *args: right(*args[:-1], args[-1] + 1)


def no_discount(right):
    return lambda rewards, gamma, *rest: right(rewards, 1.0, *rest)


def undiscounted_difference(right):
    return lambda rewards, values, next_values, ends, gamma: right(
        rewards, values, next_values, ends, 1.0
    )


def own_ratio_missing(right):
    def weights(logp, logp_old, *rest):
        product = right(logp, logp_old, *rest)
        return product / (logp - logp_old).exp()

    return weights


def value_term_maximised(right):
    return lambda *args: right(*args[:-2], -args[-2], args[-1])


def entropy_term_minimised(right):
    return lambda *args: right(*args[:-1], -args[-1])


def half_of_the_square(right):
    return lambda *args: right(*args) / 2


def one_threshold(right):
    """kl_target / 1.5 in both rules, a misprint that is often copied."""

    def adaptive_kl(kl_coef, kl, kl_target):
        return kl_coef / 2 if kl < kl_target / 1.5 else 2 * kl_coef

    return adaptive_kl


def twice_the_divergence(right):
    """The ½ of the quadratic model left out."""
    return lambda g, product, max_divergence: right(g, product, 2 * max_divergence)


def halves_exchanged(right):
    return lambda kl_coef, kl, kl_target: kl_coef**2 / right(kl_coef, kl, kl_target)


def damped(right):
    return lambda divergence, parameters, damping=0.0: right(
        divergence, parameters, damping=damping + 1e-6
    )


FAULTS: dict[str, tuple[Fault, ...]] = {
    "rlcheck.losses.reinforce": (no_factor_of_time, to_go_from_the_next_step, wrong_sign),
    "rlcheck.losses.reinforce_full_return": (
        last_action_dropped,
        constant_not_subtracted,
        wrong_sign,
    ),
    "rlcheck.losses.reinforce_baseline": (no_baseline, last_action_dropped, wrong_sign),
    "rlcheck.losses.actor_critic": (next_value_undiscounted, wrong_sign),
    "rlcheck.losses.a2c_loss": (sum_over_steps, wrong_sign),
    "rlcheck.losses.cpi": (sum_over_steps, no_old_policy, wrong_sign),
    "rlcheck.losses.ppo_clip": (
        clip_above_only,
        clip_below_only,
        largest_of_both,
        wrong_sign,
    ),
    "rlcheck.losses.ppo_loss": (value_term_maximised, entropy_term_minimised, wrong_sign),
    "rlcheck.losses.value_loss": (half_of_the_square, wrong_sign),
    "rlcheck.losses.entropy_bonus": (a_millionth_more, wrong_sign),
    "rlcheck.losses.importance_sampling": (last_ratio_dropped, wrong_sign),
    "rlcheck.losses.importance_sampling_per_trajectory": (last_ratio_dropped, wrong_sign),
    "rlcheck.estimators.full_return": (no_discount, a_millionth_more),
    "rlcheck.estimators.reward_to_go": (no_discount, a_millionth_more),
    "rlcheck.estimators.gae": (lambda_one, same_value_for_next, a_millionth_more),
    "rlcheck.estimators.bootstrapped_returns": (no_bootstrap, a_millionth_more),
    "rlcheck.estimators.n_step_returns": (one_reward_more, no_bootstrap),
    "rlcheck.estimators.td_errors": (undiscounted_difference, a_millionth_more),
    "rlcheck.estimators.variance_minimising_baseline": (mean_return_for_best,),
    "rlcheck.estimators.per_step_weights": (ratio_turned_over, a_millionth_more),
    "rlcheck.estimators.per_decision_weights": (own_ratio_missing, ratio_turned_over),
    "rlcheck.estimators.per_trajectory_weights": (own_ratio_missing, ratio_turned_over),
    "rlcheck.losses.ppo_penalty": (penalty_rewarded, penalty_the_other_way, wrong_sign),
    "rlcheck.estimators.kl_categorical": (laws_exchanged, a_millionth_more, first_logit_more),
    "rlcheck.estimators.kl_categorical_probs": (laws_exchanged, a_millionth_more),
    "rlcheck.exact.kl_divergence": (laws_exchanged, a_millionth_more, first_action_more),
    "rlcheck.exact.mean_kl_divergence": (laws_exchanged, first_action_more),
    "rlcheck.exact.fisher_matrix": (a_millionth_more,),
    "rlcheck.exact.routes.fisher_by_divergence": (a_millionth_more,),
    "rlcheck.steps.fisher_vector_product": (damped,),
    "rlcheck.steps.trust_region_step": (twice_the_divergence,),
    "rlcheck.steps.adaptive_kl": (one_threshold, halves_exchanged),
    "rlcheck.exact.objective": (discount_a_millionth_off, rewards_a_millionth_off),
    "rlcheck.exact.objective_gradient": (discount_a_millionth_off, rewards_a_millionth_off),
    "rlcheck.exact.routes.gradient_by_theorem": (
        discount_a_millionth_off,
        rewards_a_millionth_off,
    ),
    "rlcheck.exact.state_values": (discount_a_millionth_off, rewards_a_millionth_off),
    "rlcheck.exact.action_values": (
        discount_a_millionth_off,
        rewards_a_millionth_off,
        wrong_sign,
    ),
    "rlcheck.exact.advantages": (
        discount_a_millionth_off,
        rewards_a_millionth_off,
        wrong_sign,
    ),
    "rlcheck.exact.occupancy": (discount_a_millionth_off,),
    "rlcheck.exact.state_law": (one_time_late,),
    "rlcheck.exact.policy_table": (not_normalised,),
    "rlcheck.exact.enumerate_episodes": (one_rollout_missing, sharpened),
    "rlcheck.exact.expectation": (plain_mean, a_millionth_more),
    "rlcheck.exact.covariance": (one_degree_of_freedom, a_millionth_more),
}

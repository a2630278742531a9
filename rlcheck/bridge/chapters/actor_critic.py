"""Bridges of `derivations.actor_critic`: a wrong critic's bias, and that of a cut advantage.

The critic is an arbitrary table by state and time, that of s_T included: no step counts as an end,
so that the last one bootstraps.
"""

from dataclasses import replace

import torch
from torch import Tensor

from derivations import actor_critic as chapter
from derivations.language.terms import lam
from rlcheck import estimators, exact, losses
from rlcheck.bridge.batches import all_rollouts, ascent_by_rollout, table
from rlcheck.bridge.case import Case, Tables
from rlcheck.bridge.chapters.common import (
    at_steps,
    forever_value_floor,
    objective_gradient,
)
from rlcheck.bridge.chapters.policy_gradient import EXACT_GRADIENT, ONE_STEP_ESTIMATOR
from rlcheck.bridge.form import Bridge, Route
from rlcheck.worlds import Rollout

LAMBDA = 0.75
"""Any λ inside (0, 1) that is exact in binary."""


def _critic(case: Case) -> Tables:
    return {"v": case.arbitrary(case.states, case.steps + 1, of="critic")}


def _timeless_critic(case: Case) -> Tables:
    return {"v": case.arbitrary(case.states, of="critic")}


def _errors(case: Case) -> Tables:
    return {"e": case.arbitrary(case.steps + 1, of="errors")}


def _values(case: Case, rollout: Rollout) -> tuple[Tensor, Tensor, Tensor]:
    """v_t(s_t), v_{t+1}(s_{t+1}), [T, N], and no end anywhere."""
    assert rollout.next_states is not None
    by_time = _critic(case)["v"].T
    following = by_time[rollout.steps + 1, rollout.next_states]
    return at_steps(by_time, rollout), following, torch.zeros_like(rollout.terminated)


def mean_over(case: Case, rollout: Rollout, credit: Tensor) -> Tensor:
    """E[Σ_t γᵗ ∇log π(a_t | s_t) credit_t] over rollouts with their probabilities, [P].

    `a2c_loss` is a mean over the T steps, without its value and entropy terms.
    """
    weights = estimators.discount_weights(rollout.rewards, case.world.gamma, rollout.terminated)
    nothing = torch.zeros_like(credit)
    ascent = ascent_by_rollout(
        case,
        rollout,
        lambda logp: losses.a2c_loss(
            logp, case.steps * weights * credit, nothing, nothing, nothing, 0.0, 0.0
        ),
    )
    return exact.expectation(lambda _: ascent, rollout)


def _actor_critic_bias(case: Case) -> Tensor:
    rollouts = all_rollouts(case, case.policy)
    values, following, ends = _values(case, rollouts)
    ascent = ascent_by_rollout(
        case,
        rollouts,
        lambda logp: losses.actor_critic(
            logp, rollouts.rewards, values, following, ends, case.world.gamma
        ),
    )
    return (exact.expectation(lambda _: ascent, rollouts) - objective_gradient(case))[None]


def _gae_of_errors(case: Case) -> Tensor:
    """Without rewards the estimate is what the errors make of it."""
    errors = _errors(case)["e"][:, None]
    rewards = torch.zeros_like(errors[:-1])
    ends = torch.zeros_like(rewards, dtype=torch.bool)
    gamma = case.world.gamma
    return estimators.gae(rewards, errors[:-1], errors[1:], ends, ends, gamma, LAMBDA)[:, 0]


def _gae_bias(case: Case) -> Tensor:
    rollouts = all_rollouts(case, case.policy)
    values, following, ends = _values(case, rollouts)
    credit = estimators.gae(
        rollouts.rewards, values, following, ends, ends, case.world.gamma, LAMBDA
    )
    return (mean_over(case, rollouts, credit) - objective_gradient(case))[None]


def _discounted(case: Case) -> Case:
    """The case with the γ < 1 of its infinite horizon."""
    return replace(case, world=replace(case.world, gamma=case.forever.gamma))


def _cut_returns(case: Case) -> tuple[Tensor, Tensor]:
    """E[rewards up to T, then v(s_T) | s_t, a_t], and the condition's probability, [T, S A]."""
    rollouts = all_rollouts(case, case.policy)
    assert rollouts.states is not None
    assert rollouts.next_states is not None
    assert rollouts.probability is not None
    following = _timeless_critic(case)["v"][rollouts.next_states]
    ends = torch.zeros_like(rollouts.terminated)
    cut = ends.clone()
    cut[-1] = True
    returns = estimators.bootstrapped_returns(
        rollouts.rewards, following, ends, cut, case.world.gamma
    )
    place = rollouts.states * case.actions + rollouts.actions
    total = returns.new_zeros(case.steps, case.states * case.actions)
    weight = rollouts.probability.expand_as(returns)
    mass = total.scatter_add(1, place, weight)
    return total.scatter_add(1, place, weight * returns) / mass, mass


def _truncation_bias(case: Case) -> Tensor:
    """For every t, s and a."""
    returns = _cut_returns(case)[0].reshape(case.steps, case.states, case.actions)
    known = _timeless_critic(case)["v"][:, None]
    return (returns - known - exact.advantages(case.forever, table(case, case.policy))).flatten()


def _reached(case: Case) -> Tensor:
    return (_cut_returns(case)[1] > 0).flatten()


def _lambda(case: Case):
    return {lam: LAMBDA}


BRIDGES = (
    Bridge(
        result=chapter.WRONG_CRITIC,
        tables=_critic,
        routes=(
            Route(
                code=("rlcheck.losses.actor_critic", "rlcheck.exact.objective_gradient"),
                compute=_actor_critic_bias,
            ),
        ),
    ),
    Bridge(
        result=chapter.RIGHT_CRITIC,
        routes=(EXACT_GRADIENT,),
        estimators=(ONE_STEP_ESTIMATOR,),
    ),
    Bridge(
        result=chapter.GAE_ERROR,
        constants=_lambda,
        tables=_errors,
        routes=(Route(code=("rlcheck.estimators.gae",), compute=_gae_of_errors),),
    ),
    Bridge(
        result=chapter.GAE_BIAS,
        constants=_lambda,
        tables=_critic,
        routes=(
            Route(
                code=(
                    "rlcheck.estimators.gae",
                    "rlcheck.losses.a2c_loss",
                    "rlcheck.exact.objective_gradient",
                ),
                compute=_gae_bias,
            ),
        ),
    ),
    Bridge(
        result=chapter.TRUNCATION,
        prepare=_discounted,
        tables=_timeless_critic,
        routes=(
            Route(
                code=("rlcheck.estimators.bootstrapped_returns", "rlcheck.exact.advantages"),
                compute=_truncation_bias,
                claimed=_reached,
                floor=forever_value_floor,
            ),
        ),
    ),
)

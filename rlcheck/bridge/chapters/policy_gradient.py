"""Bridges of `derivations.policy_gradient`: ∇J in each form."""

import torch
from sympy import S
from torch import Tensor

from derivations import policy_gradient as chapter
from derivations.language.binders import TimeSum
from derivations.language.terms import OLD, THETA, T, gamma, k, reward_at, t
from derivations.notation import RETURN, SCORE, SCORES, TO_GO, advantage_at, steps, value_at
from rlcheck import exact, losses
from rlcheck.bridge.batches import ascent_by_rollout, gradient_by_weights, table
from rlcheck.bridge.case import Case
from rlcheck.bridge.chapters.common import (
    at_pairs,
    at_steps,
    discount,
    full_return,
    next_values,
    objective_gradient,
    reward_to_go,
    undiscounted_gradient,
)
from rlcheck.bridge.form import Bridge, Estimator, Route
from rlcheck.exact import routes
from rlcheck.exact.policy import flatten
from rlcheck.worlds import Rollout

RETURNS_FROM_T = TimeSum(k, t, T - 1, gamma ** (k - t) * reward_at(k))
TD_ERROR = reward_at(t) + gamma * value_at(THETA, t + 1) - value_at(THETA, t)


def _no_slope(case: Case) -> Tensor:
    """∇ Σ_a π(a | s), by state."""
    rows = [
        gradient_by_weights(
            case, lambda policy, s=s: exact.policy_table(policy, case.world)[s].sum()
        )
        for s in range(case.states)
    ]
    return torch.stack(rows)


def _theorem(case: Case) -> Tensor:
    return flatten(routes.gradient_by_theorem(case.world, case.policy))[None]


def _baseline_by_value(case: Case, rollout: Rollout) -> Tensor:
    values = at_steps(exact.state_values(case.world, table(case, case.policy)), rollout)
    return ascent_by_rollout(
        case,
        rollout,
        lambda logp: losses.reinforce_baseline(
            logp, rollout.rewards, values, case.world.gamma, rollout.terminated
        ),
    )


def _one_step(case: Case, rollout: Rollout) -> Tensor:
    by_time = exact.state_values(case.world, table(case, case.policy))
    values, following = at_steps(by_time, rollout), next_values(by_time, rollout)
    return ascent_by_rollout(
        case,
        rollout,
        lambda logp: losses.actor_critic(
            logp, rollout.rewards, values, following, rollout.terminated, case.world.gamma
        ),
    )


def _log_loss(case: Case, rollout: Rollout) -> Tensor:
    advantages = at_pairs(exact.advantages(case.undiscounted, table(case, case.old)), rollout)
    nothing = torch.zeros_like(advantages)
    return ascent_by_rollout(
        case,
        rollout,
        lambda logp: losses.a2c_loss(logp, advantages, nothing, nothing, nothing, 0.0, 0.0),
    )


def _gradient_over_steps(case: Case) -> Tensor:
    return undiscounted_gradient(case)[None] / case.steps


EXACT_GRADIENT = Route(
    code=("rlcheck.exact.objective_gradient",),
    compute=lambda case: objective_gradient(case)[None],
)
UNDISCOUNTED_GRADIENT = Route(
    code=("rlcheck.exact.objective_gradient",),
    compute=lambda case: undiscounted_gradient(case)[None],
)
REINFORCE_ESTIMATOR = Estimator(
    code=("rlcheck.losses.reinforce_full_return",), body=SCORES * RETURN, statistic=full_return
)
TO_GO_ESTIMATOR = Estimator(
    code=("rlcheck.losses.reinforce",),
    body=steps(SCORE * TO_GO),
    statistic=reward_to_go(discount),
)
ONE_STEP_ESTIMATOR = Estimator(
    code=("rlcheck.losses.actor_critic", "rlcheck.exact.state_values"),
    body=steps(gamma**t * SCORE * TD_ERROR),
    statistic=_one_step,
)

BRIDGES = (
    Bridge(
        result=chapter.REINFORCE,
        routes=(UNDISCOUNTED_GRADIENT,),
        estimators=(REINFORCE_ESTIMATOR,),
    ),
    Bridge(
        result=chapter.SCORE_MEAN_ZERO,
        routes=(Route(code=("rlcheck.exact.policy_table",), compute=_no_slope),),
    ),
    Bridge(result=chapter.REWARDS_TO_GO, routes=(EXACT_GRADIENT,), estimators=(TO_GO_ESTIMATOR,)),
    Bridge(
        result=chapter.POLICY_GRADIENT_THEOREM,
        routes=(
            EXACT_GRADIENT,
            Route(code=("rlcheck.exact.routes.gradient_by_theorem",), compute=_theorem),
        ),
        estimators=(TO_GO_ESTIMATOR,),
    ),
    Bridge(
        result=chapter.ADVANTAGE_FORM,
        routes=(EXACT_GRADIENT,),
        estimators=(
            Estimator(
                code=("rlcheck.losses.reinforce_baseline", "rlcheck.exact.state_values"),
                body=steps(gamma**t * SCORE * (RETURNS_FROM_T - value_at(THETA, t))),
                statistic=_baseline_by_value,
            ),
            ONE_STEP_ESTIMATOR,
        ),
    ),
    Bridge(
        result=chapter.LOG_LOSS,
        prepare=Case.at_old,
        routes=(Route(code=("rlcheck.exact.objective_gradient",), compute=_gradient_over_steps),),
        estimators=(
            Estimator(
                code=("rlcheck.losses.a2c_loss", "rlcheck.exact.advantages"),
                body=steps(SCORE * advantage_at(OLD, t, S.One)) / T,
                statistic=_log_loss,
                sampler=OLD,
            ),
        ),
    ),
)

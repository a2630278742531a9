"""Bridges of `derivations.surrogates`: single-step weights, the performance difference, L^CPI."""

from torch import Tensor

from derivations import surrogates as chapter
from derivations.language.terms import OLD, gamma, reward_at, t
from derivations.notation import SCORE, advantage_at, steps
from rlcheck import estimators, exact, losses
from rlcheck.bridge.batches import (
    ascent_by_rollout,
    log_probabilities,
    table,
)
from rlcheck.bridge.case import Case, with_full_support
from rlcheck.bridge.chapters.common import at_pairs, at_steps, objective_gradient
from rlcheck.bridge.form import Bridge, Estimator, Route
from rlcheck.worlds import Rollout


def old_advantages(case: Case, rollout: Rollout) -> Tensor:
    """A_t of the old policy at (s_t, a_t), [T, N]."""
    return at_pairs(exact.advantages(case.world, table(case, case.old)), rollout)


def discounts(case: Case, rollout: Rollout) -> Tensor:
    """γᵗ, [T, N]."""
    return estimators.discount_weights(rollout.rewards, case.world.gamma, rollout.terminated)


def _objective(case: Case) -> Tensor:
    return exact.objective(case.world, table(case, case.policy))[None]


def _by_pair(case: Case, rollout: Rollout) -> Tensor:
    """Σ_t γᵗ (ratio of the states' laws) (ratio of the actions) r_t, [N]."""
    new, old = (log_probabilities(policy, rollout) for policy in (case.policy, case.old))
    laws = [
        at_steps(exact.state_law(case.world, table(case, policy)), rollout)
        for policy in (case.policy, case.old)
    ]
    weights = estimators.per_step_weights(new, old) * laws[0] / laws[1]
    return (discounts(case, rollout) * weights * rollout.rewards).sum(0)


def _difference(case: Case) -> Tensor:
    new, old = (
        exact.objective(case.world, table(case, policy)) for policy in (case.policy, case.old)
    )
    return (new - old)[None]


def _gained(case: Case, rollout: Rollout) -> Tensor:
    """Σ_t γᵗ A_t^old along the new policy's rollouts, [N]."""
    return (discounts(case, rollout) * old_advantages(case, rollout)).sum(0)


def cpi_by_rollout(case: Case, rollout: Rollout) -> Tensor:
    """The ascent of `cpi`, a mean over T steps, with the credit T γᵗ A: the sum over steps."""
    old = log_probabilities(case.old, rollout)
    credit = case.steps * discounts(case, rollout) * old_advantages(case, rollout)
    return ascent_by_rollout(case, rollout, lambda logp: losses.cpi(logp, old, credit))


BRIDGES = (
    Bridge(
        result=chapter.PAIR_WEIGHTS,
        prepare=with_full_support,
        routes=(Route(code=("rlcheck.exact.objective",), compute=_objective),),
        estimators=(
            Estimator(
                code=("rlcheck.estimators.per_step_weights", "rlcheck.exact.state_law"),
                body=steps(gamma**t * chapter.STATE_RATIO * chapter.RATIO * reward_at(t)),
                statistic=_by_pair,
                sampler=OLD,
            ),
        ),
    ),
    Bridge(
        result=chapter.PERFORMANCE_DIFFERENCE,
        routes=(Route(code=("rlcheck.exact.objective",), compute=_difference),),
        estimators=(
            Estimator(
                code=("rlcheck.exact.advantages",),
                body=steps(gamma**t * chapter.OLD_ADVANTAGE),
                statistic=_gained,
            ),
        ),
    ),
    Bridge(
        result=chapter.SURROGATE_GRADIENT,
        prepare=Case.at_old,
        routes=(
            Route(
                code=("rlcheck.exact.objective_gradient",),
                compute=lambda case: objective_gradient(case)[None],
            ),
        ),
        estimators=(
            Estimator(
                code=("rlcheck.losses.cpi", "rlcheck.exact.advantages"),
                body=steps(gamma**t * chapter.RATIO * SCORE * advantage_at(OLD, t)),
                statistic=cpi_by_rollout,
                sampler=OLD,
            ),
        ),
    ),
)

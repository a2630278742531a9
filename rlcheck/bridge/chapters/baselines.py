"""Bridges of `derivations.baselines`: the mean and the variance with each baseline."""

import torch
from torch import Tensor

from derivations import baselines as chapter
from derivations.language.binders import ActionSum, TimeSum
from derivations.language.operators import Gradient
from derivations.language.terms import (
    THETA,
    ActionAt,
    Pi,
    StateAt,
    T,
    Table,
    a,
    k,
    reward_at,
    t,
)
from derivations.notation import RETURN, SCORE, SCORES, steps
from rlcheck import estimators, exact, losses
from rlcheck.bridge.batches import all_rollouts, ascent_by_rollout, table
from rlcheck.bridge.case import Case, Tables
from rlcheck.bridge.chapters.common import at_steps, full_return, one, reward_to_go
from rlcheck.bridge.chapters.policy_gradient import (
    EXACT_GRADIENT,
    REINFORCE_ESTIMATOR,
    TO_GO_ESTIMATOR,
    UNDISCOUNTED_GRADIENT,
)
from rlcheck.bridge.form import Bridge, Estimator, Route, every_rollout
from rlcheck.worlds import Rollout

UNDISCOUNTED_TO_GO = Estimator(
    code=("rlcheck.losses.reinforce",),
    body=steps(SCORE * TimeSum(k, t, T - 1, reward_at(k))),
    statistic=reward_to_go(one),
)
CORRECTION = steps(ActionSum(a, Gradient(Pi(THETA, a, StateAt(t))) * Table("b", StateAt(t), a)))


def _constant(case: Case) -> Tables:
    return {"b": case.arbitrary(of="b")}


def _by_state(case: Case) -> Tables:
    return {"b": case.arbitrary(case.states, of="b")}


def _by_action(case: Case) -> Tables:
    return {"b": case.arbitrary(case.states, case.actions, of="b")}


def _with_constant(case: Case, rollout: Rollout) -> Tensor:
    return full_return(case, rollout, float(_constant(case)["b"]))


def _with_state_baseline(case: Case, rollout: Rollout) -> Tensor:
    values = at_steps(_by_state(case)["b"].expand(case.steps, -1), rollout)
    return ascent_by_rollout(
        case,
        rollout,
        lambda logp: losses.reinforce_baseline(
            logp, rollout.rewards, values, 1.0, rollout.terminated
        ),
    )


def _with_action_baseline(case: Case, rollout: Rollout) -> Tensor:
    """The whole return less b(s_t, a_t), and the correction: the gradient of Σ_a π(a | s_t) b."""
    assert rollout.states is not None
    b = _by_action(case)["b"]
    plain = full_return(case, rollout, b[rollout.states, rollout.actions])
    pi = exact.policy_table(case.policy, case.world)
    parameters = list(case.policy.parameters())
    by_state = torch.stack(
        [
            torch.cat([g.flatten() for g in torch.autograd.grad(x, parameters, retain_graph=True)])
            for x in (pi * b).sum(-1)
        ]
    )
    return plain + by_state[rollout.states].sum(0)


def _spread(case: Case, baseline: Tensor) -> Tensor:
    """The trace of the covariance of the full-return gradient, [1]."""
    rollouts = all_rollouts(case, case.policy)
    gradients = full_return(case, rollouts, float(baseline))
    return exact.covariance(lambda _: gradients, rollouts).trace()[None]


def _spread_with_constant(case: Case) -> Tensor:
    return _spread(case, _constant(case)["b"])


def best_baseline(case: Case) -> Tensor:
    """b* by the estimator, from all rollouts and their probabilities."""
    rollouts = all_rollouts(case, case.policy)
    returns = estimators.full_return(rollouts.rewards, 1.0, rollouts.terminated)[0]
    unpaid = torch.zeros_like(rollouts.rewards)
    unpaid[-1] = 1.0
    scores = ascent_by_rollout(
        case,
        rollouts,
        lambda logp: losses.reinforce_full_return(logp, unpaid, 1.0, 0.0, rollouts.terminated),
    )
    return estimators.variance_minimising_baseline(returns, scores, rollouts.probability)


def mean_return(case: Case) -> Tensor:
    """E[R], the usual constant baseline."""
    return exact.objective(case.undiscounted, table(case, case.policy))


def _spread_with_best(case: Case) -> Tensor:
    return _spread(case, best_baseline(case))


def _squares(case: Case) -> int:
    """A variance squares what a mean adds up."""
    return 2 * every_rollout(case)


BRIDGES = (
    Bridge(
        result=chapter.CONSTANT_BASELINE,
        tables=_constant,
        routes=(UNDISCOUNTED_GRADIENT,),
        estimators=(
            Estimator(
                code=("rlcheck.losses.reinforce_full_return",),
                body=SCORES * (RETURN - Table("b")),
                statistic=_with_constant,
            ),
        ),
    ),
    Bridge(
        result=chapter.STATE_BASELINE,
        tables=_by_state,
        routes=(UNDISCOUNTED_GRADIENT,),
        estimators=(
            Estimator(
                code=("rlcheck.losses.reinforce_baseline",),
                body=steps(SCORE * (TimeSum(k, t, T - 1, reward_at(k)) - Table("b", StateAt(t)))),
                statistic=_with_state_baseline,
            ),
        ),
    ),
    Bridge(
        result=chapter.VARIANCE_WITH_BASELINE,
        tables=_constant,
        routes=(
            Route(
                code=("rlcheck.losses.reinforce_full_return", "rlcheck.exact.covariance"),
                compute=_spread_with_constant,
                roundings=_squares,
            ),
        ),
    ),
    Bridge(
        result=chapter.MINIMUM_VARIANCE,
        tables=_constant,
        routes=(
            Route(
                code=(
                    "rlcheck.estimators.variance_minimising_baseline",
                    "rlcheck.exact.covariance",
                ),
                compute=_spread_with_best,
                sides=(0,),
                roundings=_squares,
            ),
            Route(
                code=("rlcheck.losses.reinforce_full_return", "rlcheck.exact.covariance"),
                compute=_spread_with_constant,
                sides=(1,),
                roundings=_squares,
            ),
        ),
    ),
    Bridge(
        result=chapter.REWARD_TO_GO,
        routes=(UNDISCOUNTED_GRADIENT,),
        estimators=(REINFORCE_ESTIMATOR, UNDISCOUNTED_TO_GO),
    ),
    Bridge(
        result=chapter.DISCOUNTED_REWARD_TO_GO,
        routes=(EXACT_GRADIENT,),
        estimators=(TO_GO_ESTIMATOR,),
    ),
    Bridge(
        result=chapter.ACTION_BASELINE,
        tables=_by_action,
        routes=(UNDISCOUNTED_GRADIENT,),
        estimators=(
            Estimator(
                code=("rlcheck.losses.reinforce_full_return",),
                body=steps(SCORE * (RETURN - Table("b", StateAt(t), ActionAt(t)))) + CORRECTION,
                statistic=_with_action_baseline,
            ),
        ),
    ),
)

"""Bridges of `derivations.policy_gradient`: J and ∇J in each form."""

from itertools import product

import torch
from sympy import S
from torch import Tensor

from derivations import policy_gradient as chapter
from derivations.language.binders import TimeSum
from derivations.language.terms import OLD, THETA, T, gamma, k, reward_at, t
from derivations.notation import (
    DISCOUNTED_RETURN,
    RETURN,
    SCORE,
    SCORES,
    TO_GO,
    advantage_at,
    steps,
    value_at,
)
from rlcheck import estimators, exact, losses
from rlcheck.bridge.batches import (
    all_rollouts,
    ascent_by_rollout,
    gradient_by_weights,
    table,
    trajectory_numbers,
)
from rlcheck.bridge.case import Case, Tables, with_horizon
from rlcheck.bridge.chapters.common import (
    at_pairs,
    at_steps,
    discount,
    forever_value_floor,
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


def _probabilities(case: Case) -> Tensor:
    """Σ Pr(τ) over what is listed, for each horizon from 1 to T."""
    sums = []
    for horizon in range(1, case.steps + 1):
        shorter = with_horizon(case, horizon)
        probability = all_rollouts(shorter, shorter.policy).probability
        assert probability is not None
        sums.append(probability.sum())
    return torch.stack(sums)


def _objective(case: Case) -> Tensor:
    return exact.objective(case.world, table(case, case.policy))[None]


def _objective_forever(case: Case) -> Tensor:
    return exact.objective(case.forever, table(case, case.policy))[None]


def _reward_by_occupancy(case: Case) -> Tensor:
    pi = table(case, case.policy)
    visits = exact.occupancy(case.forever, pi)
    return (visits @ (pi * case.world.rewards[..., 0]).sum(-1))[None]


def _returns(case: Case, rollout: Rollout) -> Tensor:
    return estimators.full_return(rollout.rewards, case.world.gamma, rollout.terminated)[0]


def _table_entry(case: Case) -> Tensor:
    entry = gradient_by_weights(case, lambda policy: exact.policy_table(policy, case.world)[0, 0])
    return entry[None]


def _black_box(name: str):
    def tables(case: Case) -> Tables:
        states, actions = [case.states] * (case.steps + 1), [case.actions] * case.steps
        return {name: case.arbitrary(*states, *actions, of=name)}

    return tables


def _black_box_of(case: Case, rollout: Rollout, name: str) -> Tensor:
    return _black_box(name)(case)[name].flatten()[trajectory_numbers(case, rollout)]


def _black_box_gradient(case: Case, rollout: Rollout) -> Tensor:
    """REINFORCE that is paid R(τ) at the end, and nothing before."""
    paid = torch.zeros_like(rollout.rewards)
    paid[-1] = _black_box_of(case, rollout, "R")
    return ascent_by_rollout(
        case,
        rollout,
        lambda logp: losses.reinforce_full_return(logp, paid, 1.0, 0.0, rollout.terminated),
    )


def _through_probabilities(case: Case) -> Tensor:
    """The gradient of Σ P(τ) R(τ), by autograd through the probabilities of all rollouts."""

    def mean(policy) -> Tensor:
        pi = exact.policy_table(policy, case.world)
        rollouts = exact.enumerate_episodes(case.world, pi)
        return exact.expectation(lambda r: _black_box_of(case, r, "R"), rollouts)

    return gradient_by_weights(case, mean)[None]


def _scores(case: Case) -> Tensor:
    """∇log P(τ) of every trajectory that can happen, in its place among all; zero elsewhere."""
    pi = exact.policy_table(case.policy, case.world)
    rollouts = exact.enumerate_episodes(case.world, pi)
    assert rollouts.probability is not None
    parameters = list(case.policy.parameters())
    count = case.states ** (case.steps + 1) * case.actions**case.steps
    scores = torch.zeros(count, sum(p.numel() for p in parameters), dtype=torch.float64)
    numbers = trajectory_numbers(case, rollouts)
    for number, log in zip(numbers, rollouts.probability.log(), strict=True):
        parts = torch.autograd.grad(log, parameters, retain_graph=True)
        scores[number] = torch.cat([part.flatten() for part in parts])
    return scores


def _possible(case: Case) -> Tensor:
    rollouts = all_rollouts(case, case.policy)
    count = case.states ** (case.steps + 1) * case.actions**case.steps
    return torch.zeros(count, dtype=torch.bool).index_fill(
        0, trajectory_numbers(case, rollouts), True
    )


def _score_by_rollout(case: Case) -> Tensor:
    """The same by a loss: REINFORCE with a return of one, rollout by rollout."""
    rollouts = all_rollouts(case, case.policy)
    paid = torch.zeros_like(rollouts.rewards)
    paid[-1] = 1.0
    by_rollout = ascent_by_rollout(
        case,
        rollouts,
        lambda logp: losses.reinforce_full_return(logp, paid, 1.0, 0.0, rollouts.terminated),
    )
    count = case.states ** (case.steps + 1) * case.actions**case.steps
    scores = torch.zeros(count, by_rollout.shape[1], dtype=torch.float64)
    scores[trajectory_numbers(case, rollouts)] = by_rollout
    return scores


def _batches(case: Case) -> Tensor:
    """E[loss's ascent] over all batches of one rollout, and over all of two."""
    rollouts = all_rollouts(case, case.policy)
    assert rollouts.probability is not None
    means = []
    for size in (1, 2):
        mean = torch.zeros(())
        for columns in product(range(rollouts.N), repeat=size):
            batch = rollouts.select(list(columns))
            weight = rollouts.probability[list(columns)].prod()
            mean = mean + weight * full_return(case, batch).mean(0)
        means.append(mean)
    return torch.stack(means)


def _variance_of_means(case: Case) -> Tensor:
    """Var X and Var X / 2."""
    rollouts = all_rollouts(case, case.policy)
    spread = exact.covariance(lambda r: _black_box_of(case, r, "X"), rollouts)[0, 0]
    return torch.stack([spread, spread / 2])


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
        result=chapter.TRAJECTORY_PROBABILITIES,
        routes=(Route(code=("rlcheck.exact.enumerate_episodes",), compute=_probabilities),),
    ),
    Bridge(
        result=chapter.OBJECTIVE_THREE_WAYS,
        routes=(Route(code=("rlcheck.exact.objective",), compute=_objective),),
        estimators=(
            Estimator(
                code=("rlcheck.estimators.full_return",),
                body=DISCOUNTED_RETURN,
                statistic=_returns,
            ),
        ),
    ),
    Bridge(
        result=chapter.OBJECTIVE_FOREVER,
        constants=lambda case: {gamma: case.forever.gamma},
        routes=(
            Route(
                code=("rlcheck.exact.objective",),
                compute=_objective_forever,
                floor=forever_value_floor,
            ),
            Route(
                code=("rlcheck.exact.occupancy",),
                compute=_reward_by_occupancy,
                floor=forever_value_floor,
            ),
        ),
    ),
    Bridge(
        result=chapter.LOG_DERIVATIVE,
        tables=lambda case: {"f": torch.ones((), dtype=torch.float64)},
        routes=(Route(code=("rlcheck.exact.policy_table",), compute=_table_entry),),
    ),
    Bridge(
        result=chapter.LIKELIHOOD_RATIO,
        tables=_black_box("R"),
        routes=(
            Route(
                code=("rlcheck.exact.expectation", "rlcheck.exact.enumerate_episodes"),
                compute=_through_probabilities,
            ),
        ),
        estimators=(
            Estimator(
                code=("rlcheck.losses.reinforce_full_return",),
                body=SCORES * chapter.BLACK_BOX,
                statistic=_black_box_gradient,
            ),
        ),
    ),
    Bridge(
        result=chapter.SCORE_OF_TRAJECTORY,
        routes=(
            Route(code=("rlcheck.exact.enumerate_episodes",), compute=_scores, claimed=_possible),
            Route(
                code=("rlcheck.losses.reinforce_full_return",),
                compute=_score_by_rollout,
                claimed=_possible,
            ),
        ),
    ),
    Bridge(
        result=chapter.REINFORCE,
        routes=(UNDISCOUNTED_GRADIENT,),
        estimators=(REINFORCE_ESTIMATOR,),
    ),
    Bridge(
        result=chapter.MONTE_CARLO_UNBIASED,
        prepare=lambda case: with_horizon(case, 1),
        routes=(Route(code=("rlcheck.losses.reinforce_full_return",), compute=_batches),),
    ),
    Bridge(
        result=chapter.MONTE_CARLO_VARIANCE,
        prepare=lambda case: with_horizon(case, 1),
        tables=_black_box("X"),
        routes=(Route(code=("rlcheck.exact.covariance",), compute=_variance_of_means),),
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

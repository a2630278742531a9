"""Bridges of `derivations.trajectories`: probabilities and scores of trajectories, and J."""

import torch
from torch import Tensor

from derivations import trajectories as chapter
from derivations.language.terms import gamma
from derivations.notation import DISCOUNTED_RETURN, SCORES
from rlcheck import estimators, exact, losses
from rlcheck.bridge.batches import (
    all_rollouts,
    ascent_by_rollout,
    gradient_by_weights,
    table,
    trajectory_numbers,
)
from rlcheck.bridge.case import Case, with_horizon
from rlcheck.bridge.chapters.common import black_box, black_box_of, forever_value_floor
from rlcheck.bridge.form import Bridge, Estimator, Route
from rlcheck.worlds import Rollout


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


def _black_box_gradient(case: Case, rollout: Rollout) -> Tensor:
    """REINFORCE that is paid R(τ) at the end, and nothing before."""
    paid = torch.zeros_like(rollout.rewards)
    paid[-1] = black_box_of(case, rollout, "R")
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
        return exact.expectation(lambda r: black_box_of(case, r, "R"), rollouts)

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
        tables=black_box("R"),
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
)

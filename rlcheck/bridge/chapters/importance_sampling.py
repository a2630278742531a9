"""Bridges of `derivations.importance_sampling`: weights, their variance, off-policy J and ∇J, KL.

Two laws on |S| + 1 outcomes are two policies of a bandit with as many arms, f is what it pays.
"""

import torch
from torch import Tensor

from derivations import importance_sampling as chapter
from derivations.language.operators import OutcomeVariance
from derivations.language.terms import OLD, reward_at, x
from derivations.notation import RETURN, SCORES, steps
from rlcheck import estimators, exact, losses
from rlcheck.bridge.batches import (
    all_rollouts,
    ascent_by_rollout,
    log_probabilities,
    trajectory_numbers,
)
from rlcheck.bridge.case import Case, Tables, with_full_support
from rlcheck.bridge.chapters.common import undiscounted_gradient
from rlcheck.bridge.form import Bridge, Estimator, Route, Sampled
from rlcheck.worlds import Rollout, TabularMDP, sample_episodes

WEIGHTED = chapter.f * chapter.p / chapter.q


def _laws(case: Case) -> Tables:
    return {
        "p": case.law("first"),
        "q": case.law("other"),
        "f": case.arbitrary(case.states + 1, of="f"),
    }


def _bandit(case: Case) -> TabularMDP:
    paid = _laws(case)["f"]
    arms = len(paid)
    return TabularMDP(
        transitions=torch.ones(1, arms, 1, dtype=torch.float64),
        rewards=paid[None],
        initial=torch.ones(1, dtype=torch.float64),
        gamma=1.0,
        horizon=1,
    )


def _weights(case: Case, rollout: Rollout) -> Tensor:
    """p/q of the arm that was pulled, [N]."""
    laws = _laws(case)
    logs = (laws[name].log()[rollout.actions] for name in ("p", "q"))
    return estimators.per_step_weights(*logs)[0]


def _weighted(case: Case, rollout: Rollout) -> Tensor:
    return _weights(case, rollout) * rollout.rewards[0]


def _paid(case: Case, rollout: Rollout) -> Tensor:
    return rollout.rewards[0]


def _every_arm(case: Case, name: str) -> Rollout:
    return exact.enumerate_episodes(_bandit(case), _laws(case)[name][None])


def _mean(statistic, law: str):
    return lambda case: exact.expectation(
        lambda rollout: statistic(case, rollout), _every_arm(case, law)
    )[None]


def _spread(statistic, law: str):
    return lambda case: exact.covariance(
        lambda rollout: statistic(case, rollout), _every_arm(case, law)
    )[0]


def _drawn(statistic, law: str):
    def draw(case: Case, count: int, generator: torch.Generator) -> Tensor:
        rollout = sample_episodes(_bandit(case), _laws(case)[law][None], count, generator)
        return statistic(case, rollout)

    return draw


def _ratios(case: Case) -> Tensor:
    """The whole trajectory's weight, in its place among all trajectories; zero elsewhere."""
    rollouts = all_rollouts(case, case.old)
    new, old = (log_probabilities(policy, rollouts) for policy in (case.policy, case.old))
    weights = estimators.per_trajectory_weights(new, old, rollouts.terminated)[-1]
    count = case.states ** (case.steps + 1) * case.actions**case.steps
    everywhere = torch.zeros(count, dtype=torch.float64)
    return everywhere.index_copy(0, trajectory_numbers(case, rollouts), weights)


def _possible(case: Case) -> Tensor:
    numbers = trajectory_numbers(case, all_rollouts(case, case.old))
    count = case.states ** (case.steps + 1) * case.actions**case.steps
    return torch.zeros(count, dtype=torch.bool).index_fill(0, numbers, True)


def _off_policy(case: Case, rollout: Rollout) -> Tensor:
    old = log_probabilities(case.old, rollout)
    return ascent_by_rollout(
        case,
        rollout,
        lambda logp: losses.importance_sampling_per_trajectory(
            logp, old, rollout.rewards, 1.0, rollout.terminated
        ),
    )


def _per_decision(case: Case, rollout: Rollout) -> Tensor:
    """Σ_t (Π_{k ≤ t} ratio) r_t by rollout: minus the loss of each alone."""
    new, old = (log_probabilities(policy, rollout) for policy in (case.policy, case.old))
    weights = estimators.per_decision_weights(new, old, rollout.terminated)
    return (weights * rollout.rewards).sum(0)


def _per_decision_loss(case: Case) -> Tensor:
    """Minus the loss on each rollout alone, weighted by its probability."""
    rollouts = all_rollouts(case, case.old)
    new, old = (log_probabilities(policy, rollouts) for policy in (case.policy, case.old))
    assert rollouts.probability is not None
    total = torch.zeros(())
    for n, probability in enumerate(rollouts.probability):
        alone = rollouts.select([n])
        loss = losses.importance_sampling(
            new[:, [n]], old[:, [n]], alone.rewards, 1.0, alone.terminated
        )
        total = total - probability * loss
    return total[None]


def _kl(case: Case) -> Tensor:
    laws = _laws(case)
    return estimators.kl_categorical_probs(laws["p"], laws["q"])[None]


def _kl_by_logits(case: Case) -> Tensor:
    laws = _laws(case)
    return estimators.kl_categorical(laws["p"].log(), laws["q"].log())[None]


def _exact_kl(case: Case) -> Tensor:
    laws = _laws(case)
    return exact.kl_divergence(laws["p"], laws["q"])[None]


def _undiscounted_objective(case: Case) -> Tensor:
    pi = exact.policy_table(case.policy, case.world).detach()
    return exact.objective(case.undiscounted, pi)[None]


KL_ROUTES = (
    Route(code=("rlcheck.exact.kl_divergence",), compute=_exact_kl),
    Route(code=("rlcheck.estimators.kl_categorical_probs",), compute=_kl),
    Route(code=("rlcheck.estimators.kl_categorical",), compute=_kl_by_logits),
)
WEIGHTS = ("rlcheck.estimators.per_step_weights",)
SPREAD = (*WEIGHTS, "rlcheck.exact.covariance")

BRIDGES = (
    Bridge(
        result=chapter.CHANGE_OF_MEASURE,
        tables=_laws,
        routes=(Route(code=WEIGHTS, compute=_mean(_weighted, "q")),),
        sampled=(
            Sampled(
                code=WEIGHTS,
                draw=_drawn(_weighted, "q"),
                mean=0,
                variance=OutcomeVariance("q", x, WEIGHTED),
            ),
        ),
    ),
    Bridge(
        result=chapter.PLAIN_VARIANCE,
        tables=_laws,
        routes=(Route(code=("rlcheck.exact.covariance",), compute=_spread(_paid, "p")),),
    ),
    Bridge(
        result=chapter.VARIANCE,
        tables=_laws,
        routes=(Route(code=SPREAD, compute=_spread(_weighted, "q")),),
    ),
    Bridge(
        result=chapter.WEIGHT_VARIANCE,
        tables=_laws,
        routes=(Route(code=SPREAD, compute=_spread(_weights, "q")),),
    ),
    Bridge(
        result=chapter.DYNAMICS_CANCEL,
        routes=(
            Route(
                code=("rlcheck.estimators.per_trajectory_weights",),
                compute=_ratios,
                claimed=_possible,
            ),
        ),
    ),
    Bridge(
        result=chapter.OFF_POLICY_GRADIENT,
        prepare=with_full_support,
        routes=(
            Route(
                code=("rlcheck.exact.objective_gradient",),
                compute=lambda case: undiscounted_gradient(case)[None],
            ),
        ),
        estimators=(
            Estimator(
                code=("rlcheck.losses.importance_sampling_per_trajectory",),
                body=chapter.RATIO * SCORES * RETURN,
                statistic=_off_policy,
                sampler=OLD,
            ),
        ),
    ),
    Bridge(
        result=chapter.PER_DECISION,
        routes=(
            Route(code=("rlcheck.exact.objective",), compute=_undiscounted_objective),
            Route(code=("rlcheck.losses.importance_sampling",), compute=_per_decision_loss),
        ),
        estimators=(
            Estimator(
                code=("rlcheck.estimators.per_decision_weights",),
                body=steps(chapter.PREFIX * reward_at(chapter.t)),
                statistic=_per_decision,
                sampler=OLD,
            ),
        ),
    ),
    Bridge(result=chapter.KL_AS_CROSS_ENTROPY, tables=_laws, routes=KL_ROUTES),
    Bridge(
        result=chapter.KL_NON_NEGATIVE,
        tables=_laws,
        routes=tuple(
            Route(code=route.code, compute=route.compute, sides=(0, 1)) for route in KL_ROUTES
        ),
    ),
)

"""Bridges of `derivations.trust_region`: surrogate, penalty, slope of the KL, TRPO's step."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from derivations import trust_region as chapter
from derivations.language.terms import OLD, T
from derivations.notation import SCORE, steps
from rlcheck import estimators, exact, losses
from rlcheck.bridge.batches import (
    all_rollouts,
    ascent_by_policy,
    ascent_by_rollout,
    gradient_by_weights,
    log_probabilities,
    table,
)
from rlcheck.bridge.case import Case, Tables
from rlcheck.bridge.chapters.common import at_pairs, undiscounted_gradient
from rlcheck.bridge.form import Bridge, Estimator, Route, every_rollout
from rlcheck.bridge.tracked import UNIT
from rlcheck.exact import routes
from rlcheck.exact.policy import flatten
from rlcheck.strategies import SoftmaxPolicy
from rlcheck.worlds import Rollout, TabularMDP

PENALTY = 0.75
"""β, exact in binary."""

REGION = 1 / 128
"""δ, exact in binary."""


def _credit(case: Case, rollout: Rollout) -> Tensor:
    """A of the old policy, without a discount, [T, N]."""
    return at_pairs(exact.advantages(case.undiscounted, table(case, case.old)), rollout)


def _cpi(case: Case, rollout: Rollout) -> Tensor:
    old, credit = log_probabilities(case.old, rollout), _credit(case, rollout)
    return ascent_by_rollout(case, rollout, lambda logp: losses.cpi(logp, old, credit))


def _penalised(case: Case, rollout: Rollout) -> Tensor:
    credit = _credit(case, rollout)
    return ascent_by_policy(
        case,
        rollout,
        lambda policy: losses.ppo_penalty(
            policy, case.old, rollout.obs, rollout.actions, credit, PENALTY
        ),
    )


def _expected(statistic):
    """The mean over all of the old policy's rollouts, of exact probability."""
    return lambda case: exact.expectation(
        lambda rollout: statistic(case, rollout), all_rollouts(case, case.old)
    )[None]


def _exact_penalised(case: Case) -> Tensor:
    """Σ_t Pr(s_t = s) / T in place of rollouts: the visits of the old policy's states."""
    old = table(case, case.old)
    visits = exact.state_law(case.undiscounted, old)
    advantages = exact.advantages(case.undiscounted, old)

    def gained(policy: SoftmaxPolicy) -> Tensor:
        pi = exact.policy_table(policy, case.world)
        gain = (visits[..., None] * advantages * pi).sum() / case.steps
        return gain - PENALTY * exact.mean_kl_divergence(old, pi, visits.sum(0) / case.steps)

    return gradient_by_weights(case, gained)[None]


def _kl_slopes(case: Case) -> Tensor:
    """∇KL(π_old ‖ π), by state."""
    old = table(case, case.old)
    rows = [
        gradient_by_weights(
            case,
            lambda policy, s=s: exact.kl_divergence(old, exact.policy_table(policy, case.world))[s],
        )
        for s in range(case.states)
    ]
    return torch.stack(rows)


def _kl_slopes_by_logits(case: Case) -> Tensor:
    logits = case.old(case.world.observations).logits.detach()
    rows = [
        gradient_by_weights(
            case,
            lambda policy, s=s: estimators.kl_categorical(
                logits, policy(case.world.observations).logits
            )[s],
        )
        for s in range(case.states)
    ]
    return torch.stack(rows)


@dataclass(frozen=True, kw_only=True, eq=False)
class Step:
    """A bandit of |S| + 1 arms, its softmax policy, and a step υ in its logits."""

    world: TabularMDP
    policy: SoftmaxPolicy
    other: Tensor

    @property
    def chances(self) -> Tensor:
        return exact.policy_table(self.policy, self.world).detach()[0]


def bandit_step(case: Case) -> Step:
    """The bandit that a case stands for, paid arbitrarily."""
    paid = case.arbitrary(case.states + 1, of="paid") + torch.arange(case.states + 1) / 4
    network = nn.Linear(1, len(paid), bias=False, dtype=torch.float64, device="meta")
    network = network.to_empty(device="cpu")
    with torch.no_grad():
        network.weight.copy_(case.law("arms").log()[:, None])
    world = TabularMDP(
        transitions=torch.ones(1, len(paid), 1, dtype=torch.float64),
        rewards=paid[None],
        initial=torch.ones(1, dtype=torch.float64),
        gamma=1.0,
        horizon=1,
    )
    other = case.arbitrary(len(paid), of="other step") - torch.arange(len(paid)) / 2
    return Step(world=world, policy=SoftmaxPolicy(network), other=other)


def _tables(case: Case) -> Tables:
    """X and Y by hand: of a tabular softmax, ξᵀ∇log π is the advantage, whichever ξ it is."""
    p, paid = case.law("arms"), bandit_step(case).world.rewards[0, :, 0]
    centred = bandit_step(case).other - p @ bandit_step(case).other
    scale = (2 * REGION / (p @ centred.square())).sqrt()
    return {"p": p, "X": paid - p @ paid, "Y": scale * centred}


def _constants(case: Case):
    tables = _tables(case)
    curvature = tables["p"] @ tables["X"].square()
    return {chapter.DELTA: REGION, chapter.LENGTH: float((2 * REGION / curvature).sqrt())}


def _fisher(case: Case) -> tuple[Tensor, Tensor, Tensor]:
    """F, g and F⁺g of the bandit."""
    step = bandit_step(case)
    fisher = exact.fisher_matrix(step.world, step.policy)
    gradient = flatten(exact.objective_gradient(step.world, step.policy))
    return fisher, gradient, torch.linalg.pinv(fisher, hermitian=True) @ gradient


def _other_gain(case: Case) -> Tensor:
    """(gᵀυ)², υ scaled to the length δ by F."""
    fisher, gradient, _ = _fisher(case)
    other = bandit_step(case).other
    return (2 * REGION * (gradient @ other) ** 2 / (other @ fisher @ other))[None]


def _bound(case: Case) -> Tensor:
    """ξᵀFξ · 2δ."""
    fisher, _, natural = _fisher(case)
    return (natural @ fisher @ natural * 2 * REGION)[None]


def _gain(case: Case) -> Tensor:
    """(gᵀ kξ)², k = √(2δ / ξᵀFξ)."""
    fisher, gradient, natural = _fisher(case)
    step = (2 * REGION / (natural @ fisher @ natural)).sqrt() * natural
    return ((gradient @ step) ** 2)[None]


def _floor(case: Case) -> float:
    """p(n) u κ of what is compared, κ of F on its range: F has the eigenvalue zero beside it.

    The pseudo-inverse by eigenvalues errs by n² u κ relatively (a backward error of n² u ‖F‖, Golub
    and Van Loan (2013), section 8.1, times the condition); every quantity here has it twice, and a
    square doubles it. The tables of the formula's side come from n operations each.
    """
    fisher, _, _ = _fisher(case)
    eigenvalues = torch.linalg.eigvalsh(fisher)[1:]
    condition = float(eigenvalues[-1] / eigenvalues[0])
    arms = len(fisher)
    return 4 * arms**2 * UNIT * condition * float(_bound(case))


def directions(case: Case) -> Tensor:
    """All e_i + e_j, i ≤ j: a symmetric matrix is known from its value along these."""
    count = case.actions * case.world.obs_dim
    rows, columns = torch.triu_indices(count, count)
    units = torch.eye(count, dtype=torch.float64)
    return units[rows] + units[columns]


def along(case: Case, matrix_of_state) -> Tensor:
    """υᵀFυ for each state and direction, [S, K]."""
    chosen = directions(case)
    states = torch.eye(case.states, dtype=torch.float64)
    matrices = (matrix_of_state(weights) for weights in states)
    return torch.stack([((chosen @ matrix) * chosen).sum(-1) for matrix in matrices])


def scores_squared(case: Case) -> Tensor:
    """The Fisher matrix of each state by scores, along each direction."""
    return along(case, lambda weights: exact.fisher_matrix(case.world, case.policy, weights))


def curvature_of_kl(case: Case) -> Tensor:
    """The Hessian of each state's KL, along each direction."""
    return along(
        case, lambda weights: routes.fisher_by_divergence(case.world, case.policy, weights)
    )


def curvature_floor(case: Case) -> float:
    """What may cancel in the code: autograd adds Σ_a |∇∇log π| terms, at most 1 of each direction.

    For logits linear in the observation ∇∇log π = −Cov(∇z), whatever the action: 4 |υ|² |o|² u for
    each of A² products.
    """
    largest = case.world.observations.square().sum(-1).max()
    return every_rollout(case) * UNIT * 16 * case.actions**2 * float(largest)


CPI_BODY = steps(chapter.RATIO * SCORE * chapter.OLD_ADVANTAGE) / T
PENALTY_BODY = (
    steps(
        chapter.RATIO * SCORE * chapter.OLD_ADVANTAGE
        + chapter.BETA * chapter.old_mean_score(chapter.StateAt(chapter.t))
    )
    / T
)
FISHER = ("rlcheck.exact.fisher_matrix", "rlcheck.exact.objective_gradient")


def _beta(case: Case):
    return {chapter.BETA: PENALTY}


def _kl_routes() -> tuple[Route, ...]:
    return (
        Route(code=("rlcheck.exact.kl_divergence",), compute=_kl_slopes),
        Route(code=("rlcheck.estimators.kl_categorical",), compute=_kl_slopes_by_logits),
    )


PENALTY_ESTIMATOR = Estimator(
    code=("rlcheck.losses.ppo_penalty", "rlcheck.exact.advantages"),
    body=PENALTY_BODY,
    statistic=_penalised,
    sampler=OLD,
)
PENALTY_ROUTE = Route(
    code=("rlcheck.exact.mean_kl_divergence", "rlcheck.exact.state_law"),
    compute=_exact_penalised,
)

BRIDGES = (
    Bridge(
        result=chapter.CPI_GRADIENT,
        routes=(Route(code=("rlcheck.losses.cpi",), compute=_expected(_cpi)),),
        estimators=(
            Estimator(
                code=("rlcheck.losses.cpi", "rlcheck.exact.advantages"),
                body=CPI_BODY,
                statistic=_cpi,
                sampler=OLD,
            ),
        ),
    ),
    Bridge(result=chapter.KL_GRADIENT, routes=_kl_routes()),
    Bridge(result=chapter.KL_IS_FLAT, prepare=Case.at_old, routes=_kl_routes()),
    Bridge(
        result=chapter.PENALTY_GRADIENT,
        constants=_beta,
        routes=(PENALTY_ROUTE,),
        estimators=(PENALTY_ESTIMATOR,),
    ),
    Bridge(
        result=chapter.PENALTY_AT_OLD,
        constants=_beta,
        prepare=Case.at_old,
        routes=(
            PENALTY_ROUTE,
            Route(
                code=("rlcheck.exact.objective_gradient",),
                compute=lambda case: undiscounted_gradient(case)[None] / case.steps,
            ),
        ),
        estimators=(PENALTY_ESTIMATOR,),
    ),
    Bridge(
        result=chapter.FISHER,
        directions=directions,
        routes=(
            Route(code=("rlcheck.exact.fisher_matrix",), compute=scores_squared),
            Route(
                code=("rlcheck.exact.routes.fisher_by_divergence",),
                compute=curvature_of_kl,
                floor=curvature_floor,
            ),
        ),
    ),
    Bridge(
        result=chapter.TRPO_STEP,
        constants=_constants,
        tables=_tables,
        routes=(
            Route(code=FISHER, compute=_other_gain, sides=(0,), floor=_floor),
            Route(code=FISHER, compute=_bound, sides=(1, 2), floor=_floor),
            Route(code=FISHER, compute=_gain, sides=(3, 4), floor=_floor),
        ),
    ),
)

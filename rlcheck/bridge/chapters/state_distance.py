"""Bridges of `derivations.state_distance`: how far laws of states and occupancies lie apart.

A chain of inequalities has several numbers; the code computes the first one, and the last where it
is made of divergences and largest values.
"""

from sympy import Symbol
from torch import Tensor

from derivations import state_distance as chapter
from derivations.language.terms import gamma
from rlcheck import estimators, exact
from rlcheck.bridge.batches import all_rollouts, log_probabilities, table
from rlcheck.bridge.case import Case
from rlcheck.bridge.chapters.surrogates import discounts
from rlcheck.bridge.form import Bridge, Route
from rlcheck.exact import floors


def tables(case: Case) -> tuple[Tensor, Tensor]:
    """π_θ and π_old."""
    return table(case, case.policy), table(case, case.old)


def _apart(case: Case) -> Tensor:
    """Σ_a |π_old − π_θ|, by state."""
    new, old = tables(case)
    return (new - old).abs().sum(-1)


def _laws_apart(case: Case) -> Tensor:
    """By time."""
    new, old = (exact.state_law(case.world, pi) for pi in tables(case))
    return (new - old).abs().sum(-1)


def _laws_bound(case: Case) -> Tensor:
    """Σ_{k < t} Σ_s Pr_old(s_k = s) Σ_a |π_old − π_θ|, by time."""
    gaps = exact.state_law(case.world, tables(case)[1]) @ _apart(case)
    return gaps.cumsum(0) - gaps


def _ratio_error(case: Case) -> Tensor:
    """|J − E_old[Σ_t γᵗ π/π_old r_t]|."""
    rollouts = all_rollouts(case, case.old)
    new, old = (log_probabilities(policy, rollouts) for policy in (case.policy, case.old))
    weights = estimators.per_step_weights(new, old)
    paid = (discounts(case, rollouts) * weights * rollouts.rewards).sum(0)
    mean = exact.expectation(lambda _: paid, rollouts)
    return (exact.objective(case.world, tables(case)[0]) - mean).abs()[None]


def _visits_apart(case: Case) -> Tensor:
    new, old = (exact.occupancy(case.forever, pi) for pi in tables(case))
    return (new - old).abs().sum()[None]


def visits_bound(case: Case) -> Tensor:
    """γ / (1 − γ) Σ_s d_old(s) Σ_a |π_old − π_θ|."""
    discount = case.forever.gamma
    visits = exact.occupancy(case.forever, tables(case)[1])
    return (discount / (1 - discount) * visits @ _apart(case))[None]


def _visits_floor(case: Case) -> float:
    """Of a sum of differences of two occupancies, and of γ / (1 − γ) of one, weighed by 2."""
    largest = max(floors.occupancy_floor(case.forever, pi) for pi in tables(case))
    states = case.states**0.5  # the floor is one of the Euclidean norm
    return 2 * states * largest / (1 - case.forever.gamma)


def discount_alone(case: Case) -> dict[Symbol, float]:
    """γ of the infinite horizon."""
    return {gamma: case.forever.gamma}


BRIDGES = (
    Bridge(
        result=chapter.STATES,
        routes=(
            Route(code=("rlcheck.exact.state_law",), compute=_laws_apart, sides=(0, 1)),
            Route(code=("rlcheck.exact.state_law",), compute=_laws_bound, sides=(4, 5)),
        ),
    ),
    Bridge(
        result=chapter.SURROGATE_ERROR,
        routes=(
            Route(
                code=("rlcheck.estimators.per_step_weights", "rlcheck.exact.objective"),
                compute=_ratio_error,
                sides=(0, 1),
            ),
        ),
    ),
    Bridge(
        result=chapter.OCCUPANCIES,
        constants=discount_alone,
        routes=(
            Route(
                code=("rlcheck.exact.occupancy",),
                compute=_visits_apart,
                sides=(0, 1),
                floor=_visits_floor,
            ),
            Route(
                code=("rlcheck.exact.occupancy",),
                compute=visits_bound,
                sides=(4, 5),
                floor=_visits_floor,
            ),
        ),
    ),
)

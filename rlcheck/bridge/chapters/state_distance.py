"""Bridges of `derivations.state_distance`: laws of states, occupancies and the monotone bound.

A chain of inequalities has several numbers; the code computes the first one, and the last where it
is made of divergences and largest values.
"""

from torch import Tensor

from derivations import state_distance as chapter
from derivations.language.terms import gamma
from rlcheck import estimators, exact
from rlcheck.bridge.batches import all_rollouts, log_probabilities, table
from rlcheck.bridge.case import Case
from rlcheck.bridge.chapters.surrogates import discounts
from rlcheck.bridge.form import Bridge, Route
from rlcheck.exact import floors


def _tables(case: Case) -> tuple[Tensor, Tensor]:
    """π_θ and π_old."""
    return table(case, case.policy), table(case, case.old)


def _apart(case: Case) -> Tensor:
    """Σ_a |π_old − π_θ|, by state."""
    new, old = _tables(case)
    return (new - old).abs().sum(-1)


def _laws_apart(case: Case) -> Tensor:
    """By time."""
    new, old = (exact.state_law(case.world, pi) for pi in _tables(case))
    return (new - old).abs().sum(-1)


def _laws_bound(case: Case) -> Tensor:
    """Σ_{k < t} Σ_s Pr_old(s_k = s) Σ_a |π_old − π_θ|, by time."""
    gaps = exact.state_law(case.world, _tables(case)[1]) @ _apart(case)
    return gaps.cumsum(0) - gaps


def _ratio_error(case: Case) -> Tensor:
    """|J − E_old[Σ_t γᵗ π/π_old r_t]|."""
    rollouts = all_rollouts(case, case.old)
    new, old = (log_probabilities(policy, rollouts) for policy in (case.policy, case.old))
    weights = estimators.per_step_weights(new, old)
    paid = (discounts(case, rollouts) * weights * rollouts.rewards).sum(0)
    mean = exact.expectation(lambda _: paid, rollouts)
    return (exact.objective(case.world, _tables(case)[0]) - mean).abs()[None]


def _visits_apart(case: Case) -> Tensor:
    new, old = (exact.occupancy(case.forever, pi) for pi in _tables(case))
    return (new - old).abs().sum()[None]


def _visits_bound(case: Case) -> Tensor:
    """γ / (1 − γ) Σ_s d_old(s) Σ_a |π_old − π_θ|."""
    discount = case.forever.gamma
    visits = exact.occupancy(case.forever, _tables(case)[1])
    return (discount / (1 - discount) * visits @ _apart(case))[None]


def _shortfall(case: Case) -> Tensor:
    """J(θ) − J(θ_old) less the surrogate's gain."""
    new, old = _tables(case)
    gained = exact.objective(case.forever, new) - exact.objective(case.forever, old)
    advantages = exact.advantages(case.forever, old)
    surrogate = exact.occupancy(case.forever, old) @ (new * advantages).sum(-1)
    return (gained - surrogate)[None]


def _tighter_bound(case: Case) -> Tensor:
    """−max|Σ_a π_θ A_old| γ / (1 − γ) Σ_s d_old(s) Σ_a |π_old − π_θ|."""
    new, old = _tables(case)
    gain = (new * exact.advantages(case.forever, old)).sum(-1)
    return -gain.abs().max() * _visits_bound(case)


def _monotone_bound(case: Case) -> Tensor:
    """−2γ / (1 − γ)² max|A_old| max_s KL(π_old ‖ π_θ)."""
    new, old = _tables(case)
    discount = case.forever.gamma
    highest = exact.advantages(case.forever, old).abs().max()
    farthest = exact.kl_divergence(old, new).max()
    return (-2 * discount / (1 - discount) ** 2 * highest * farthest)[None]


def _visits_floor(case: Case) -> float:
    """Of a sum of differences of two occupancies, and of γ / (1 − γ) of one, weighed by 2."""
    largest = max(floors.occupancy_floor(case.forever, pi) for pi in _tables(case))
    states = case.states**0.5  # the floor is one of the Euclidean norm
    return 2 * states * largest / (1 - case.forever.gamma)


def _shortfall_floor(case: Case) -> float:
    """Of J, and of an occupancy of sum 1 / (1 − γ) times an advantage, as for a value's changes."""
    largest = max(floors.value_floor(case.forever, pi) for pi in _tables(case))
    return 4 * case.states**0.5 * largest / (1 - case.forever.gamma)


def _bound_floor(case: Case) -> float:
    """An advantage's two floors times 2γ / (1 − γ)² and the largest of 2 and the divergence."""
    new, old = _tables(case)
    farthest = max(2.0, float(exact.kl_divergence(old, new).max()))
    return 4 * farthest * _shortfall_floor(case) / (1 - case.forever.gamma)


def _discount(case: Case):
    return {gamma: case.forever.gamma}


SHORTFALL = Route(
    code=("rlcheck.exact.objective", "rlcheck.exact.occupancy", "rlcheck.exact.advantages"),
    compute=_shortfall,
    sides=(0, 1),
    floor=_shortfall_floor,
)

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
        constants=_discount,
        routes=(
            Route(
                code=("rlcheck.exact.occupancy",),
                compute=_visits_apart,
                sides=(0, 1),
                floor=_visits_floor,
            ),
            Route(
                code=("rlcheck.exact.occupancy",),
                compute=_visits_bound,
                sides=(4, 5),
                floor=_visits_floor,
            ),
        ),
    ),
    Bridge(
        result=chapter.TIGHTER,
        constants=_discount,
        routes=(
            SHORTFALL,
            Route(
                code=("rlcheck.exact.occupancy", "rlcheck.exact.advantages"),
                compute=_tighter_bound,
                sides=(5,),
                floor=_bound_floor,
            ),
        ),
    ),
    Bridge(
        result=chapter.MONOTONE,
        constants=_discount,
        routes=(
            SHORTFALL,
            Route(
                code=("rlcheck.exact.kl_divergence", "rlcheck.exact.advantages"),
                compute=_monotone_bound,
                sides=(8,),
                floor=_bound_floor,
            ),
        ),
    ),
)

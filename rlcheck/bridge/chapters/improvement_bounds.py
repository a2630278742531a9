"""Bridges of `derivations.improvement_bounds`: what the surrogate's gain guarantees, two ways.

The code computes the first number of each chain of inequalities, and the last.
"""

from torch import Tensor

from derivations import improvement_bounds as chapter
from rlcheck import exact
from rlcheck.bridge.case import Case
from rlcheck.bridge.chapters.state_distance import discount_alone, tables, visits_bound
from rlcheck.bridge.form import Bridge, Route
from rlcheck.exact import floors


def _shortfall(case: Case) -> Tensor:
    """J(θ) − J(θ_old) less the surrogate's gain."""
    new, old = tables(case)
    gained = exact.objective(case.forever, new) - exact.objective(case.forever, old)
    advantages = exact.advantages(case.forever, old)
    surrogate = exact.occupancy(case.forever, old) @ (new * advantages).sum(-1)
    return (gained - surrogate)[None]


def _tighter_bound(case: Case) -> Tensor:
    """−max|Σ_a π_θ A_old| γ / (1 − γ) Σ_s d_old(s) Σ_a |π_old − π_θ|."""
    new, old = tables(case)
    gain = (new * exact.advantages(case.forever, old)).sum(-1)
    return -gain.abs().max() * visits_bound(case)


def _monotone_bound(case: Case) -> Tensor:
    """−2γ / (1 − γ)² max|A_old| max_s KL(π_old ‖ π_θ)."""
    new, old = tables(case)
    discount = case.forever.gamma
    highest = exact.advantages(case.forever, old).abs().max()
    farthest = exact.kl_divergence(old, new).max()
    return (-2 * discount / (1 - discount) ** 2 * highest * farthest)[None]


def _shortfall_floor(case: Case) -> float:
    """Of J, and of an occupancy of sum 1 / (1 − γ) times an advantage, as for a value's changes."""
    largest = max(floors.value_floor(case.forever, pi) for pi in tables(case))
    return 4 * case.states**0.5 * largest / (1 - case.forever.gamma)


def _bound_floor(case: Case) -> float:
    """An advantage's two floors times 2γ / (1 − γ)² and the largest of 2 and the divergence."""
    new, old = tables(case)
    farthest = max(2.0, float(exact.kl_divergence(old, new).max()))
    return 4 * farthest * _shortfall_floor(case) / (1 - case.forever.gamma)


SHORTFALL = Route(
    code=("rlcheck.exact.objective", "rlcheck.exact.occupancy", "rlcheck.exact.advantages"),
    compute=_shortfall,
    sides=(0, 1),
    floor=_shortfall_floor,
)

BRIDGES = (
    Bridge(
        result=chapter.TIGHTER,
        constants=discount_alone,
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
        constants=discount_alone,
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

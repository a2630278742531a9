"""Which parts of a step the cases of a verdict reach: taken whole, shortened, refused."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache

import torch

from rlcheck.exact.trust_region import StepProblem
from rlcheck.judges.continuous_case import AnyCase
from rlcheck.judges.recipe import Recipe, make_case
from rlcheck.subjects.own import BroughtNetworks
from rlcheck.variants.step_problem import damped, problem_of

_TRIES = 40
_APART = 1000


@lru_cache(maxsize=512)
def telling_seed(recipe: Recipe, turn: int, own: BroughtNetworks | None) -> int:
    """The first of a few seeds on whose case a wrong line search shows; in turn

    any case, one whose whole step goes too far, one whose whole step does not improve, and one on
    which the two directions of the divergence disagree. Elsewhere most steps are taken whole. Where
    none is found the recipe's own.
    """
    wanted = _WANTED[turn % len(_WANTED)]
    for seed in range(recipe.seed, recipe.seed + _TRIES * _APART, _APART):
        if wanted(*_whole(make_case(replace(recipe, seed=seed), own=own))):
            return seed
    return recipe.seed


def _whole(case: AnyCase) -> tuple[StepProblem, torch.Tensor, float]:
    problem, x = problem_of(case.sampled), case.sampled.settings
    return problem, whole_step(problem, x["damping"], x["max_kl"]), x["max_kl"]


def _anything(problem: StepProblem, step: torch.Tensor, max_kl: float) -> bool:
    return True


def _goes_too_far(problem: StepProblem, step: torch.Tensor, max_kl: float) -> bool:
    return max_kl < problem.divergence(step) < 1.4 * max_kl


def _goes_far_too_far(problem: StepProblem, step: torch.Tensor, max_kl: float) -> bool:
    return problem.divergence(step) > 1.6 * max_kl


def _does_not_improve(problem: StepProblem, step: torch.Tensor, max_kl: float) -> bool:
    return problem.divergence(step) <= max_kl and problem.improvement(step) <= 0


def _improves_little(problem: StepProblem, step: torch.Tensor, max_kl: float) -> bool:
    expected = float(problem.gradient @ step)
    near = problem.divergence(step) <= max_kl
    return near and 0 < problem.improvement(step) < 0.1 * expected


def _directions_disagree(problem: StepProblem, step: torch.Tensor, max_kl: float) -> bool:
    return problem.divergence(step) > max_kl >= problem.divergence_reversed(step)


# A bound of one and a half times max_kl is a convention: it is told from the bound and from none.
_WANTED = (
    _anything, _goes_too_far, _does_not_improve, _directions_disagree,
    _anything, _goes_far_too_far, _improves_little, _directions_disagree,
)  # fmt: skip


def whole_step(problem: StepProblem, damping: float, max_kl: float) -> torch.Tensor:
    """sqrt(2 max_kl / x^T A x) x with A x = g."""
    x = problem.solve(problem.gradient, damping)
    quadratic = float(x @ damped(problem, damping) @ x)
    return (2 * max_kl / quadratic) ** 0.5 * x if quadratic > 0 else torch.zeros_like(x)


def accepted(case: AnyCase, part: float) -> bool:
    """Whether a part of the step improves the surrogate with KL(pi_old || pi) <= max_kl."""
    batch = case.sampled
    problem, x = problem_of(batch), batch.settings
    step = part * whole_step(problem, x["damping"], x["max_kl"])
    return problem.improvement(step) > 0 and problem.divergence(step) <= x["max_kl"]


def unreached(cases: Iterable[AnyCase]) -> Iterator[tuple[str, str]]:
    """(what no case reached, why) of a whole step."""
    shortened = refused = False
    for case in cases:
        x = case.sampled.settings
        parts = [x["backtrack_coeff"] ** j for j in range(int(x["backtracks"]))]
        taken = next((j for j, part in enumerate(parts) if accepted(case, part)), None)
        refused |= taken is None
        shortened |= taken not in (None, 0)
    if not shortened and not refused:
        yield "line search", "every whole step is accepted under its max_kl"

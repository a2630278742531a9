"""Stages of a trust-region step from its length on: how long it is, and which part is taken."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from rlcheck.exact.trust_region import StepProblem
from rlcheck.variants.variant import Stage, Variant, convention, fault, right
from rlcheck.variants.workspace import Workspace

Accepts = Callable[[Workspace, StepProblem, Tensor, Tensor], bool]
"""(settings, problem, credit, part of the step) -> whether it is taken."""


def _rooted(matrix: Tensor, undamped: Tensor, x: Tensor, max_kl: float) -> float:
    return _root(2 * max_kl, x @ matrix @ x)


def _root(numerator: float, quadratic: Tensor) -> float:
    return math.sqrt(numerator / float(quadratic)) if float(quadratic) > 0 else 0.0


def _by_the_undamped(matrix: Tensor, undamped: Tensor, x: Tensor, max_kl: float) -> float:
    return _root(2 * max_kl, x @ undamped @ x)


def _without_two(matrix: Tensor, undamped: Tensor, x: Tensor, max_kl: float) -> float:
    return _root(max_kl, x @ matrix @ x)


def _not_rooted(matrix: Tensor, undamped: Tensor, x: Tensor, max_kl: float) -> float:
    return _root(2 * max_kl, x @ matrix @ x) ** 2


def _one(matrix: Tensor, undamped: Tensor, x: Tensor, max_kl: float) -> float:
    return 1.0


def _by_the_norm(matrix: Tensor, undamped: Tensor, x: Tensor, max_kl: float) -> float:
    return _root(2 * max_kl, x @ x)


LENGTH = Stage(
    id="length",
    right=right("sqrt(2 max_kl / x^T A x), by the operator that was solved with", _rooted),
    others=(
        convention(
            "length-undamped",
            "damping is solved with, and left out of the length",
            _by_the_undamped,
        ),
        fault("factor-two-missing", "sqrt(max_kl / x^T A x)", _without_two),
        fault("length-not-rooted", "2 max_kl / x^T A x, without the root", _not_rooted),
        fault("length-one", "x itself is the step", _one),
        fault("length-by-the-norm", "sqrt(2 max_kl) / |x|: the parameters' distance", _by_the_norm),
    ),
)
"""How long the step along x is."""


def _improves(problem: StepProblem, credit: Tensor, step: Tensor) -> bool:
    return problem.improvement(step, credit) > 0


def _both(x: Workspace, problem: StepProblem, credit: Tensor, step: Tensor) -> bool:
    return _improves(problem, credit, step) and problem.divergence(step) <= x.max_kl


def _half_as_far_again(x: Workspace, problem: StepProblem, credit: Tensor, step: Tensor) -> bool:
    return _improves(problem, credit, step) and problem.divergence(step) <= 1.5 * x.max_kl


def _a_tenth(x: Workspace, problem: StepProblem, credit: Tensor, step: Tensor) -> bool:
    expected = float(problem.gradient_of(credit) @ step)
    enough = problem.improvement(step, credit) > 0.1 * expected
    return enough and _both(x, problem, credit, step)


def _reversed(x: Workspace, problem: StepProblem, credit: Tensor, step: Tensor) -> bool:
    return _improves(problem, credit, step) and problem.divergence_reversed(step) <= x.max_kl


def _improvement_alone(x: Workspace, problem: StepProblem, credit: Tensor, step: Tensor) -> bool:
    return _improves(problem, credit, step)


def _divergence_alone(x: Workspace, problem: StepProblem, credit: Tensor, step: Tensor) -> bool:
    return problem.divergence(step) <= x.max_kl


def _always(x: Workspace, problem: StepProblem, credit: Tensor, step: Tensor) -> bool:
    return True


def _never(x: Workspace, problem: StepProblem, credit: Tensor, step: Tensor) -> bool:
    return False


def _search(accepts: Accepts, refused: float = 0.0, trials: int | None = None) -> Callable:
    """The first of 1, b, b^2 ... that is accepted; `refused` of the last one where none is."""

    def compute(x: Workspace, problem: StepProblem, credit: Tensor, step: Tensor) -> Tensor:
        part = 1.0
        for _ in range(trials or int(x.backtracks)):
            if accepts(x, problem, credit, part * step):
                return part * step
            part *= x.backtrack_coeff
        last = part / x.backtrack_coeff
        return refused * last * step if refused else torch.zeros_like(step)

    return compute


def _fault(name: str, sentence: str, accepts: Accepts, *threads: str) -> Variant:
    return fault(name, sentence, _search(accepts), *threads)


LINE_SEARCH = Stage(
    id="line-search",
    right=right(
        "the first part that improves the surrogate with KL(pi_old || pi) <= max_kl, or none",
        _search(_both),
    ),
    others=(
        convention(
            "kl-bound-1.5",
            "half as much divergence again is let pass",
            _search(_half_as_far_again),
        ),
        convention(
            "a-tenth-of-the-expected",
            "a part must gain a tenth of what the gradient promises",
            _search(_a_tenth),
        ),
        _fault(
            "kl-reversed-in-search",
            "KL(pi || pi_old) is held to max_kl",
            _reversed,
            "openai/spinningup#264",
            "openai/spinningup#192",
        ),
        _fault(
            "kl-not-asked",
            "the surrogate alone decides",
            _improvement_alone,
            "joschu/modular_rl#29",
            "zhangchuheng123/Reinforcement-Implementation#1",
        ),
        _fault("improvement-not-asked", "the divergence alone decides", _divergence_alone),
        _fault("no-line-search", "the whole step is always taken", _always),
        _fault("never-accepted", "no part is ever taken", _never),
        fault(
            "not-restored",
            "where no part is accepted the last one stays",
            _search(_both, refused=1.0),
        ),
        fault("never-shortened", "only the whole step is tried", _search(_both, trials=1)),
    ),
)
"""Which part of the step is taken, and what becomes of the parameters where none is."""

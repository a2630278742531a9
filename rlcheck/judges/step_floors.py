"""How far two right answers may lie apart where a step is judged.

A product rounds as its contributions do. A solver may stop where r^T r <= tolerance, absolute or
relative to g^T g, or at its cap: with rho the largest residual that this leaves,

    |x' - x| <= rho / lambda,   |x' - x|_A <= rho / sqrt(lambda),

lambda the smallest eigenvalue of A in the range of F. The length is 1 / |x|_A up to a constant, so
that the step k x errs by at most k (rho / lambda + |x| rho / (sqrt(lambda) |x|_A)).
"""

import math
from functools import lru_cache

import torch
from torch import Tensor

from rlcheck.exact.trust_region import StepProblem
from rlcheck.subjects.batch import Batch
from rlcheck.variants.step_problem import operators, part_of, problem_of
from rlcheck.variants.trust_region import iterated

# Operations behind one slope of one output, as in `floors`; a curvature takes two passes.
_OPERATIONS = 2 * 64


def step_floor(batch: Batch, eps: float, words: frozenset[str] | None) -> float:
    """The absolute floor of a comparison on this batch, of the part that asks for these words."""
    return _floor(batch, eps, part_of(words or frozenset()))


@lru_cache(maxsize=256)
def _floor(batch: Batch, eps: float, part: str) -> float:
    problem, c = problem_of(batch), batch.settings.get("damping", 0.0)
    if part == "product":
        return rounding_of_products(problem, c, eps)
    if part == "solver":
        matrices = operators(problem, c)
        smallest = (float(problem.spectrum[0][0]) + c, float(problem.spectrum[0][0]))
        return sum(
            residual_allowed(problem, m, low, batch, eps)
            for m, low in zip(matrices, smallest, strict=True)
        )
    return _of_a_step(problem, c, batch, eps)


def rounding_of_products(problem: StepProblem, damping: float, eps: float) -> float:
    """eps c (| |W|^T |W| | + damping sqrt(P)) where F = W^T W."""
    sizes = problem.weighted_slopes.abs()
    contributions = float((sizes.T @ sizes).norm()) + damping * math.sqrt(len(problem.theta))
    return eps * _roundings(problem) * contributions


def residual_allowed(
    problem: StepProblem, matrix: Tensor, smallest: float, batch: Batch, eps: float
) -> float:
    """|A x - g| that a right solver may leave: by its rule or its cap, and by rounding.

    Args:
        problem: gives g, and how it rounds.
        matrix: A.
        smallest: its smallest eigenvalue, in the range of F.
        batch: gives the settings.
        eps: of the precision that is computed in.
    """
    g, settings = problem.gradient, batch.settings
    size = float(g.norm())
    rule = math.sqrt(settings.get("cg_tolerance", 1e-10)) * max(1.0, size)
    cap = int(settings.get("cg_iterations", 10))
    left = float((g - matrix @ iterated(matrix, g, cap)).norm())
    sizes = (problem.scores.abs() * problem.advantages.abs()[:, None]).mean(0)
    contributions = float(sizes.norm()) + rounding_of_products(problem, 0.0, 1.0) / _roundings(
        problem
    ) * (size / smallest)
    return max(rule, left) + eps * _roundings(problem) * contributions


def _of_a_step(problem: StepProblem, damping: float, batch: Batch, eps: float) -> float:
    eye = torch.eye(len(problem.theta), dtype=torch.float64, device=problem.theta.device)
    matrix = problem.fisher + damping * eye
    smallest = float(problem.spectrum[0][0]) + damping
    rho = residual_allowed(problem, matrix, smallest, batch, eps)
    x = problem.solve(problem.gradient, damping)
    norm = math.sqrt(max(float(x @ matrix @ x), 1e-300))
    length = math.sqrt(2 * batch.settings.get("max_kl", 0.01)) / norm
    off = rho / smallest + float(x.norm()) * rho / (math.sqrt(smallest) * norm)
    # What is seen of a step is a difference of parameters.
    return length * off + 4 * eps * float(problem.theta.norm())


def _roundings(problem: StepProblem) -> float:
    return math.ceil(math.log2(len(problem.obs) + 1)) + _OPERATIONS

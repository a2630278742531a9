"""How far two right answers may lie apart where a step is judged.

A product rounds as its contributions do. A solver may stop where r^T r <= tolerance, absolute or
relative to g^T g, or at its cap: with rho the largest residual that this leaves,

    |x' - x| <= rho / lambda,   |x' - x|_A <= rho / sqrt(lambda),

lambda the smallest eigenvalue of A in the range of F. The length is 1 / |x|_A up to a constant, so
that the step k x errs by at most k (rho / lambda + |x| rho / (sqrt(lambda) |x|_A)).
"""

import math
from functools import lru_cache

from rlcheck.exact.trust_region import StepProblem
from rlcheck.subjects.batch import Batch
from rlcheck.variants.step_problem import damped, part_of, problem_of
from rlcheck.variants.trust_region import iterated

# Behind one contribution, on both sides together, as in `floors`.
_OPERATIONS = 48


def step_floor(batch: Batch, eps: float, words: frozenset[str] | None) -> float:
    """The absolute floor of a comparison on this batch, of the part that asks for these words."""
    return _floor(batch, eps, part_of(words or frozenset()))


@lru_cache(maxsize=256)
def _floor(batch: Batch, eps: float, part: str) -> float:
    damping = batch.settings.get("damping", 0.0)
    if part == "product":
        return rounding_of_products(problem_of(batch), damping, eps)
    if part == "solver":
        return sum(residual_allowed(batch, c, eps) for c in (damping, 0.0))
    return _of_a_step(batch, damping, eps)


def rounding_of_products(problem: StepProblem, damping: float, eps: float) -> float:
    """eps c (| |W|^T |W| | + damping sqrt(P)) where F = W^T W."""
    contributions = _size_of_fisher(problem) + damping * math.sqrt(len(problem.theta))
    return eps * _roundings(problem) * contributions


def residual_allowed(batch: Batch, damping: float, eps: float) -> float:
    """|A x - g| that a right solver may leave, A = F + damping: by rule or cap, and by rounding."""
    problem, settings = problem_of(batch), batch.settings
    g, matrix = problem.gradient, damped(problem, damping)
    rule = math.sqrt(settings.get("cg_tolerance", 1e-10)) * max(1.0, float(g.norm()))
    capped = iterated(matrix, g, int(settings.get("cg_iterations", 10)))
    left = float((g - matrix @ capped).norm())
    sizes = (problem.scores.abs() * problem.advantages.abs()[:, None]).mean(0)
    x = problem.solve(g, damping)
    contributions = float(sizes.norm()) + (_size_of_fisher(problem) + damping) * float(x.norm())
    return max(rule, left) + eps * _roundings(problem) * contributions


def error_allowed(batch: Batch, damping: float, eps: float) -> float:
    """|x' - x|_A that a right solver may leave."""
    return residual_allowed(batch, damping, eps) / math.sqrt(_smallest(batch, damping))


def _of_a_step(batch: Batch, damping: float, eps: float) -> float:
    problem = problem_of(batch)
    x, smallest = problem.solve(problem.gradient, damping), _smallest(batch, damping)
    rho = residual_allowed(batch, damping, eps)
    norm = math.sqrt(max(float(x @ damped(problem, damping) @ x), 1e-300))
    length = math.sqrt(2 * batch.settings.get("max_kl", 0.01)) / norm
    off = rho / smallest + float(x.norm()) * rho / (math.sqrt(smallest) * norm)
    # What is seen of a step is a difference of parameters.
    return length * off + 4 * eps * float(problem.theta.norm())


def _smallest(batch: Batch, damping: float) -> float:
    return float(problem_of(batch).spectrum[0][0]) + damping


def _size_of_fisher(problem: StepProblem) -> float:
    sizes = problem.weighted_slopes.abs()
    return float((sizes.T @ sizes).norm())


def _roundings(problem: StepProblem) -> float:
    return math.ceil(math.log2(len(problem.obs) + 1)) + _OPERATIONS

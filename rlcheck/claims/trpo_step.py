"""`trpo-step`: one step of TRPO, or what it is made of, on one batch of the policy that sampled.

What an implementation asks for says what it performs: a product with the damped Fisher matrix
(`vector`), a solver (`operator`), or the whole step.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.distributions import Categorical, Distribution
from torch.nn.utils import parameters_to_vector

from rlcheck import estimators, losses, steps
from rlcheck.claims.claim import Claim, Picks, Term
from rlcheck.exact.trust_region import StepProblem
from rlcheck.promises import PROMISES
from rlcheck.variants import (
    CURVATURE,
    LENGTH,
    LINE_SEARCH,
    SOLVER,
    STEP_CREDIT,
    STEP_DAMPING,
    STEP_GRADIENT,
    Workspace,
)
from rlcheck.variants.step_problem import operators, part_of, problem_of, products

_STAGES = (
    STEP_CREDIT, STEP_GRADIENT, CURVATURE, STEP_DAMPING, SOLVER, LENGTH, LINE_SEARCH,
)  # fmt: skip
# Far enough for every solver, and none of the reference's business to stop before.
_TOLERANCE = 1e-13


def _assemble(x: Workspace, picks: Picks) -> Tensor:
    problem, part = problem_of(x.batch), part_of(x.asks)
    if part == "solver":
        return torch.cat([
            matrix @ picks["solver"].compute(problem, matrix, problem.gradient)
            for matrix in operators(problem, x.damping)
        ])  # fmt: skip
    undamped = picks["curvature"].compute(problem)
    matrix = picks["damping"].compute(undamped, x.damping)
    if part == "product":
        return products(matrix)
    credit = picks["step-credit"].compute(problem)
    g = picks["step-gradient"].compute(problem, credit)
    direction = picks["solver"].compute(problem, matrix, g)
    length = picks["length"].compute(matrix, undamped, direction, x.max_kl)
    return picks["line-search"].compute(x, problem, credit, length * direction)


def _reference(x: Workspace) -> Tensor:
    problem, part = problem_of(x.batch), part_of(x.asks)
    if part == "solver":
        return torch.cat([
            matrix @ _solution(matrix, problem)
            for matrix in operators(problem, x.damping)
        ])  # fmt: skip
    parameters = list(problem.parameters.values())
    with torch.no_grad():
        old = problem.policy(problem.obs)
    divergence = _divergence(old, problem.policy(problem.obs)).mean()
    product = steps.fisher_vector_product(divergence, parameters, damping=x.damping)
    if part == "step":
        return _step(x, problem, product)
    units = torch.eye(len(problem.theta), dtype=divergence.dtype, device=problem.theta.device)
    return torch.cat([product(unit) for unit in units])


def _solution(matrix: Tensor, problem: StepProblem) -> Tensor:
    found = steps.conjugate_gradients(
        lambda v: matrix @ v, problem.gradient, iterations=_enough(problem), tolerance=_TOLERANCE
    )
    return found.x


def _enough(problem: StepProblem) -> int:
    """Iterations that rounding may need: in exact arithmetic as many as F has dimensions."""
    return 2 * len(problem.spectrum[0]) + 4


def _step(x: Workspace, problem: StepProblem, product: Callable[[Tensor], Tensor]) -> Tensor:
    logp = problem.policy(problem.obs).log_prob(problem.actions)
    surrogate = -losses.cpi(logp, problem.logp_old, problem.advantages)
    slopes = torch.autograd.grad(surrogate, list(problem.parameters.values()))
    move = steps.trust_region_step(
        parameters_to_vector(slopes), product, x.max_kl,
        iterations=_enough(problem), tolerance=_TOLERANCE,
    )  # fmt: skip

    with torch.no_grad():
        old = problem.policy(problem.obs)

    def try_at(part: float) -> tuple[float, float]:
        with problem.moved(part * move.step):
            new = problem.policy(problem.obs)
            there = -losses.cpi(new.log_prob(problem.actions), problem.logp_old, problem.advantages)
            return float(there) - float(surrogate.detach()), float(_divergence(old, new).mean())

    found = steps.line_search(try_at, x.max_kl, shrink=x.backtrack_coeff, trials=int(x.backtracks))
    return found.part * move.step


def _divergence(old: Distribution, new: Distribution) -> Tensor:
    if isinstance(new, Categorical):
        assert isinstance(old, Categorical)
        return estimators.kl_categorical(old.logits, new.logits)
    p, q = _mean_and_log_std(old), _mean_and_log_std(new)
    return estimators.kl_diagonal_gaussian(*p, *q)


def _mean_and_log_std(distribution: Distribution) -> tuple[Tensor, Tensor]:
    base = distribution.base_dist  # type: ignore[attr-defined] - Independent(Normal, 1)
    return base.loc, base.scale.log()


TRPO_STEP = Claim(
    id="trpo-step",
    promise=PROMISES["trpo-step"],
    derivation="trust-region/step",
    gives="step",
    settings={
        "max_kl": 0.01, "damping": 0.1, "cg_iterations": 10, "cg_tolerance": 1e-10,
        "backtrack_coeff": 0.8, "backtracks": 10,
    },
    varied={
        # Large divergences with little damping: parts of a step are refused, and some steps whole.
        "max_kl": (2.0**-6, 0.25, 8.0, 0.5),
        "damping": (0.125, 2.0**-8, 2.0**-10, 2.0**-8),
        "cg_iterations": (10, 14),
        "cg_tolerance": (1e-10, 1e-12),
        "backtrack_coeff": (0.5, 0.75, 0.5, 0.75),
        "backtracks": (10, 2, 10, 10),
    },
    forms=("fixed",),
    off_policy=False,
    stages=_STAGES,
    terms=(Term(stages=tuple(stage.id for stage in _STAGES), compute=_assemble),),
    reference=_reference,
    target=None,
    planted=("length", "factor-two-missing"),
)  # fmt: skip

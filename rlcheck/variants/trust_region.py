"""Stages of a trust-region step before its length: credit, gradient, curvature, damping, solver.

Each is a function of the problem; the step is what they give one after the other.
"""

import torch
from torch import Tensor

from rlcheck.exact.trust_region import StepProblem
from rlcheck.variants.variant import Stage, convention, fault, right

_ITERATIONS = 10


def _given(problem: StepProblem) -> Tensor:
    return problem.advantages


def _centred(problem: StepProblem) -> Tensor:
    return problem.advantages - problem.advantages.mean()


def _signs(problem: StepProblem) -> Tensor:
    return problem.advantages.sign()


def _of_the_next_step(problem: StepProblem) -> Tensor:
    return problem.advantages.roll(-1)


STEP_CREDIT = Stage(
    id="step-credit",
    right=right("the advantages as they are given", _given),
    others=(
        convention(
            "advantages-centred",
            "advantages are whitened: centred, for their scale plays no part in a step",
            _centred,
        ),
        fault("advantages-clipped", "only the signs of the advantages count", _signs),
        fault("advantages-shifted", "every step has the next one's advantage", _of_the_next_step),
    ),
)
"""The advantages that a step is taken on."""


def _ascent(problem: StepProblem, credit: Tensor) -> Tensor:
    return problem.gradient_of(credit)


def _descent(problem: StepProblem, credit: Tensor) -> Tensor:
    return -problem.gradient_of(credit)


def _absolute(problem: StepProblem, credit: Tensor) -> Tensor:
    return problem.gradient_of(credit.abs())


STEP_GRADIENT = Stage(
    id="step-gradient",
    right=right("nabla mean(ratio A) at theta_old", _ascent),
    others=(
        fault("gradient-negated", "the step descends the surrogate", _descent),
        fault("gradient-of-sizes", "every action taken is made likelier", _absolute),
    ),
)
"""The gradient of the surrogate at the old parameters."""


def _fisher(problem: StepProblem) -> Tensor:
    return problem.fisher


def _empirical(problem: StepProblem) -> Tensor:
    return problem.scores.T @ problem.scores / len(problem.scores)


def _none(problem: StepProblem) -> Tensor:
    return torch.zeros_like(problem.fisher)


def _summed(problem: StepProblem) -> Tensor:
    return len(problem.scores) * problem.fisher


def _halved(problem: StepProblem) -> Tensor:
    return problem.fisher / 2


def _squared_gradient(problem: StepProblem) -> Tensor:
    mean = problem.scores.mean(0)
    return torch.outer(mean, mean)


CURVATURE = Stage(
    id="curvature",
    right=right(
        "the Hessian of the mean KL(pi_old || pi) at theta_old, actions summed out", _fisher
    ),
    others=(
        convention(
            "fisher-of-actions-taken",
            "the outer products of the scores of the actions taken, in place of all actions",
            _empirical,
        ),
        fault(
            "kl-of-itself",
            "nothing is held fixed in the divergence: its Hessian is zero",
            _none,
            "ajlangley/cpo-pytorch#10",
        ),
        fault("kl-summed", "the divergence is a sum over steps, the surrogate a mean", _summed),
        fault("kl-halved", "half the divergence", _halved),
        fault("mean-score-squared", "the outer product of the mean score", _squared_gradient),
    ),
)
"""What is multiplied by: the Hessian of a divergence, or what stands for it."""


def _damped(matrix: Tensor, damping: float) -> Tensor:
    return matrix + damping * torch.eye(len(matrix), dtype=matrix.dtype, device=matrix.device)


def _damped_twice(matrix: Tensor, damping: float) -> Tensor:
    return _damped(matrix, 2 * damping)


def _undamped(matrix: Tensor, damping: float) -> Tensor:
    return matrix


def _multiplied(matrix: Tensor, damping: float) -> Tensor:
    return (1 + damping) * matrix


STEP_DAMPING = Stage(
    id="damping",
    right=right("damping times the identity is added once", _damped),
    others=(
        fault("damping-twice", "damping is added twice", _damped_twice),
        fault("damping-never", "damping is not added", _undamped),
        fault("damping-multiplies", "damping multiplies the matrix", _multiplied),
    ),
)
"""What is added to the curvature along the diagonal."""


def _solved(problem: StepProblem, matrix: Tensor, g: Tensor) -> Tensor:
    """A^-1 g in the range of A, whose eigenvalues near zero are rounding."""
    values, vectors = torch.linalg.eigh(matrix)
    kept = values > len(values) * torch.finfo(torch.float64).eps * values[-1].clamp(min=0)
    return vectors[:, kept] @ ((vectors[:, kept].T @ g) / values[kept])


def iterated(matrix: Tensor, g: Tensor, iterations: int, *, exponent: float = 1.0) -> Tensor:
    """Conjugate gradients from zero; beta = (r'^T r' / r^T r)^exponent, 0 where it is dropped."""
    x, r, p = torch.zeros_like(g), g.clone(), g.clone()
    first = float(g @ g)
    for _ in range(iterations):
        square, curvature = float(r @ r), float(p @ matrix @ p)
        if square <= 1e-26 * first or curvature <= 0:
            break
        x = x + square / curvature * p
        r = r - square / curvature * (matrix @ p)
        ratio = float(r @ r) / square
        p = r + (ratio**exponent if ratio > 0 and exponent else 0.0) * p
    return x


def _one_iteration(problem: StepProblem, matrix: Tensor, g: Tensor) -> Tensor:
    return iterated(matrix, g, 1)


def _two_iterations(problem: StepProblem, matrix: Tensor, g: Tensor) -> Tensor:
    return iterated(matrix, g, 2)


def _steepest(problem: StepProblem, matrix: Tensor, g: Tensor) -> Tensor:
    return iterated(matrix, g, _ITERATIONS, exponent=0.0)


SOLVER = Stage(
    id="solver",
    right=right("A x = g, as far as conjugate gradients get", _solved),
    others=(
        fault("stops-at-once", "conjugate gradients end after one iteration", _one_iteration),
        fault("stops-early", "conjugate gradients end after two iterations", _two_iterations),
        fault("directions-not-conjugate", "every direction is the residual itself", _steepest),
    ),
)
"""How A x = g is solved."""

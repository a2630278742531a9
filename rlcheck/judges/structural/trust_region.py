"""What a trust-region step keeps to, whatever computed it; and its product and its solver."""

import math
from dataclasses import replace
from itertools import pairwise

import torch
from torch import Tensor

from rlcheck.exact.trust_region import StepProblem
from rlcheck.judges.measurement import Measurement
from rlcheck.judges.step_floors import error_allowed
from rlcheck.judges.structural.refusals import refusing
from rlcheck.judges.structural.trial import Measured, NotTried, Trial
from rlcheck.variants.step_problem import damped, problem_of, products

_CAPS = range(1, 7)


def fisher_of_scores(trial: Trial) -> Measured:
    """F v against mean E_a[score score^T] v, every action enumerated."""
    yield _against(trial, "fisher-of-scores", problem_of(trial.batch).fisher)


def fisher_of_divergence(trial: Trial) -> Measured:
    """F v against the Hessian of the mean KL(pi_old || pi), along every v."""
    yield _against(trial, "fisher-of-divergence", problem_of(trial.batch).curvature)


def _against(trial: Trial, name: str, matrix: Tensor) -> Measurement:
    """The products less damping v, against those of a matrix."""
    damping = trial.batch.settings["damping"]
    eye = torch.eye(len(matrix), dtype=torch.float64)
    found = trial.plain.vector - products(damping * eye)
    return trial.measure(name, found, products(matrix.cpu()))


def _matrix(trial: Trial) -> Tensor:
    size = len(problem_of(trial.batch).theta)
    return trial.plain.vector.reshape(size, size)


def product_symmetric(trial: Trial) -> Measured:
    """u^T F v = v^T F u."""
    found = _matrix(trial)
    yield trial.measure("product-symmetric", found.flatten(), found.T.flatten())


def product_positive(trial: Trial) -> Measured:
    """v^T F v >= 0 for every v: no eigenvalue below rounding."""
    matrix = _matrix(trial)
    smallest = float(torch.linalg.eigvalsh((matrix + matrix.T) / 2)[0])
    note = f"v^T F v = {smallest:.3g} for some v of length one"
    yield trial.decided("product-positive", smallest < -2 * trial.slack, note)


def solver_error_falls(trial: Trial) -> Measured:
    """|x_k - x|_A after k = 1, 2, ... iterations: it falls, and falls for good."""
    problem, settings = problem_of(trial.batch), trial.batch.settings
    for index, damping in enumerate((settings["damping"], 0.0)):
        matrix = damped(problem, damping)
        due = problem.solve(problem.gradient, damping)
        errors = [_energy(matrix, due)]
        for cap in _CAPS:
            shorter = replace(trial.batch, settings={**settings, "cg_iterations": cap})
            raw = trial.caller(shorter).raw
            assert raw is not None
            errors.append(_energy(matrix, raw[index].to(due.device) - due))
        rounding = error_allowed(trial.batch, damping, trial.eps)
        risen = any(b > a + rounding for a, b in pairwise(errors))
        note = f"the error in the norm of A: {', '.join(f'{e:.3g}' for e in errors)}"
        yield trial.decided("solver-error-falls", risen or errors[-1] > 0.9 * errors[0], note)


def _energy(matrix: Tensor, x: Tensor) -> float:
    return math.sqrt(max(float(x @ matrix @ x), 0.0))


def step_ascends(trial: Trial) -> Measured:
    """g^T step > 0, where there is a step."""
    step, problem = _step(trial), problem_of(trial.batch)
    slope = float(problem.gradient.cpu() @ step)
    yield trial.decided("step-ascends", slope <= 0, f"g^T step = {slope:.3g}")


def step_length(trial: Trial) -> Measured:
    """sqrt(step^T A step / 2 max_kl) is one of 1, b, b^2, ..."""
    step, problem, x = _step(trial), problem_of(trial.batch), trial.batch.settings
    seen = problem.in_range(step.to(problem.theta.device))
    matrix = damped(problem, x["damping"])
    found = math.sqrt(float(seen @ matrix @ seen) / (2 * x["max_kl"]))
    parts = [x["backtrack_coeff"] ** j for j in range(int(x["backtracks"]))]
    due = min(parts, key=lambda part: abs(math.log(part / found)) if found else part)
    largest = float(torch.linalg.eigvalsh(matrix)[-1])
    rounding = trial.slack * math.sqrt(largest / (2 * x["max_kl"]))
    one = torch.tensor([found], dtype=torch.float64), torch.tensor([due], dtype=torch.float64)
    note = f"sqrt(step^T A step / 2 max_kl) is {found:.6g}, and {due:.6g} is the nearest part"
    yield trial.relate("step-length", *one, rounding, note=note)


def kl_within_bound(trial: Trial) -> Measured:
    """KL(pi_old || pi) <= max_kl at the parameters that were left."""
    step, problem, x = _step(trial), problem_of(trial.batch), trial.batch.settings
    there = problem.divergence(step)
    slack = _rounding(trial, problem) * (1 + x["max_kl"])
    note = f"mean KL(pi_old || pi) = {there:.6g} with max_kl = {x['max_kl']:g}"
    # A divergence that is no number is beyond every bound.
    yield trial.decided("kl-within-bound", not there <= x["max_kl"] + slack, note)


def surrogate_improves(trial: Trial) -> Measured:
    """mean(ratio A) is larger at the parameters that were left."""
    step, problem = _step(trial), problem_of(trial.batch)
    gain = problem.improvement(step)
    slack = _rounding(trial, problem) * float(problem.advantages.abs().mean())
    note = f"the surrogate changes by {gain:.3g}"
    yield trial.decided("surrogate-improves", not gain > -slack, note)


def refused_step_restored(trial: Trial) -> Measured:
    """On a batch where no part may be taken, the parameters are what they were."""
    batch = refusing(trial.batch, trial.asks, own=getattr(trial.case, "own", None) is not None)
    raw = trial.caller(batch).raw
    assert raw is not None
    moved = float(raw.norm())
    rounding = 4 * trial.eps * float(problem_of(batch).theta.norm())
    note = f"no part improves the surrogate, and the parameters move by {moved:.3g}"
    yield trial.decided("refused-step-restored", moved > rounding, note)


def credit_scaled(trial: Trial) -> Measured:
    """Advantages twice as large: the same step."""
    twice = replace(trial.batch, advantages=2 * trial.batch.advantages)
    yield trial.measure("credit-scaled", trial.caller(twice).vector, trial.plain.vector)


def _step(trial: Trial) -> Tensor:
    """What was added to the parameters; where nothing was, there is nothing to measure."""
    raw = trial.plain.raw
    assert raw is not None
    if not bool(raw.any()):
        raise NotTried("no part of the step was taken")
    return raw


def _rounding(trial: Trial, problem: StepProblem) -> float:
    """Of a mean over the batch of numbers of size one."""
    return 64 * trial.eps * math.log2(len(problem.obs) + 2)

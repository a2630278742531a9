"""The step is the maximiser on the ellipsoid, and the line search keeps to what it promises."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rlcheck.errors import InvalidArgument
from rlcheck.steps import line_search, trust_region_step
from tests.unit.steps.test_conjugate_gradients import random_matrix, random_vector


@given(seed=st.integers(0, 10_000), size=st.integers(1, 6), delta=st.sampled_from([0.01, 0.5]))
def test_no_other_step_of_that_divergence_gains_more(seed: int, size: int, delta: float) -> None:
    matrix, g = random_matrix(seed, size, size), random_vector(seed, size)
    found = trust_region_step(g, lambda v: matrix @ v, delta, iterations=size + 2)
    assert float(found.step @ matrix @ found.step / 2) == pytest.approx(delta, rel=1e-8)
    # Cauchy-Schwarz in the norm of F: g^T d <= sqrt(2 delta g^T F^-1 g), met here.
    best = math.sqrt(2 * delta * float(g @ torch.linalg.solve(matrix, g)))
    assert float(g @ found.step) == pytest.approx(best, rel=1e-8)


def test_its_length_is_taken_with_the_product_that_was_solved() -> None:
    matrix, g = random_matrix(1, 5, 5), random_vector(1, 5)
    damped = matrix + 0.5 * torch.eye(5, dtype=torch.float64)
    found = trust_region_step(g, lambda v: damped @ v, 0.01, iterations=8)
    assert float(found.step @ damped @ found.step / 2) == pytest.approx(0.01, rel=1e-9)
    assert float(found.step @ matrix @ found.step / 2) < 0.01


def test_early_iterations_also_keep_to_the_divergence() -> None:
    """x^T F x and x^T g part where conjugate gradients were cut short."""
    matrix, g = random_matrix(2, 8, 8), random_vector(2, 8)
    found = trust_region_step(g, lambda v: matrix @ v, 0.01, iterations=1)
    assert not found.solution.converged
    assert float(found.step @ matrix @ found.step / 2) == pytest.approx(0.01, rel=1e-12)


def test_without_a_gradient_there_is_no_step() -> None:
    found = trust_region_step(torch.zeros(3, dtype=torch.float64), lambda v: v, 0.01)
    assert (found.step.tolist(), float(found.length)) == ([0.0] * 3, 0.0)


def searched(improvement, divergence, **options):
    tried = []

    def try_at(part):
        tried.append(part)
        return improvement(part), divergence(part)

    return line_search(try_at, 0.01, **options), tried


def test_the_first_part_that_improves_and_stays_near_is_taken() -> None:
    found, tried = searched(lambda part: 1.0, lambda part: 0.03 * part**2)
    assert (found.part, found.trials, tried) == (0.5, 2, [1.0, 0.5])
    assert found.accepted
    assert found.divergence == pytest.approx(0.0075)


def test_exactly_the_limit_is_near_enough() -> None:
    assert searched(lambda part: 1.0, lambda part: 0.01)[0].part == 1.0


@pytest.mark.parametrize(
    ("improvement", "divergence"),
    [(lambda part: 0.0, lambda part: 0.0), (lambda part: -1.0, lambda part: 0.0),
     (lambda part: 1.0, lambda part: 0.02), (lambda part: math.nan, lambda part: 0.0),
     (lambda part: 1.0, lambda part: math.nan), (lambda part: math.inf, lambda part: 0.0)],
)  # fmt: skip
def test_what_does_not_improve_or_goes_too_far_is_not_taken(improvement, divergence) -> None:
    found, tried = searched(improvement, divergence, trials=3, shrink=0.25)
    assert not found.accepted
    assert (found.part, found.trials, tried) == (0.0, 3, [1.0, 0.25, 0.0625])


@pytest.mark.parametrize("options", [{"shrink": 1.0}, {"shrink": 0.0}, {"trials": 0}])
def test_settings_out_of_range_are_refused(options) -> None:
    with pytest.raises(InvalidArgument):
        searched(lambda part: 1.0, lambda part: 0.0, **options)


@pytest.mark.parametrize("delta", [0.0, -1.0, math.inf, math.nan])
def test_a_divergence_that_is_none_is_refused(delta) -> None:
    with pytest.raises(InvalidArgument):
        trust_region_step(torch.ones(2), lambda v: v, delta)

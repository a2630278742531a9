"""Against dense linear algebra: regular, damped and singular matrices, and what the theory says."""

import itertools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rlcheck.errors import InvalidArgument
from rlcheck.steps import conjugate_gradients

SEEDS = st.integers(0, 10_000)


def random_matrix(seed: int, size: int, rank: int) -> torch.Tensor:
    """Symmetric, positive semi-definite, of a rank, its spectrum within a decade."""
    generator = torch.Generator().manual_seed(seed)
    basis, _ = torch.linalg.qr(
        torch.randn(size, size, generator=generator, dtype=torch.float64), mode="complete"
    )
    spectrum = torch.zeros(size, dtype=torch.float64)
    spectrum[:rank] = 1 + 9 * torch.rand(rank, generator=generator, dtype=torch.float64)
    return basis @ torch.diag(spectrum) @ basis.T


def random_vector(seed: int, size: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed + 1)
    return torch.randn(size, generator=generator, dtype=torch.float64)


@given(seed=SEEDS, size=st.integers(1, 8))
def test_as_many_iterations_as_dimensions_are_enough(seed: int, size: int) -> None:
    matrix, g = random_matrix(seed, size, size), random_vector(seed, size)
    found = conjugate_gradients(lambda v: matrix @ v, g, iterations=size + 2)
    due = torch.linalg.solve(matrix, g)
    assert found.converged
    assert (found.x - due).norm() <= 1e-9 * due.norm()
    assert (matrix @ found.x - g).norm() <= 1.01e-10 * g.norm() + 1e-14


@given(seed=SEEDS, size=st.integers(2, 8), data=st.data())
def test_a_singular_matrix_gives_the_pseudoinverse_within_its_range(seed, size, data) -> None:
    rank = data.draw(st.integers(1, size - 1))
    matrix = random_matrix(seed, size, rank)
    g = matrix @ random_vector(seed, size)
    found = conjugate_gradients(lambda v: matrix @ v, g, iterations=size + 2, tolerance=1e-9)
    due = torch.linalg.pinv(matrix, hermitian=True) @ g
    assert found.converged
    assert (found.x - due).norm() <= 1e-7 * due.norm()


@given(seed=SEEDS, size=st.integers(2, 8))
def test_the_error_falls_in_the_norm_of_the_matrix(seed: int, size: int) -> None:
    matrix, g = random_matrix(seed, size, size), random_vector(seed, size)
    due = torch.linalg.solve(matrix, g)
    errors = []
    for count in range(1, size + 1):
        error = conjugate_gradients(lambda v: matrix @ v, g, iterations=count).x - due
        errors.append(float(error @ matrix @ error))
    rounding = 1e-18 * float(due @ matrix @ due)
    assert all(b <= a + rounding for a, b in itertools.pairwise(errors))


def test_the_cap_is_told_from_convergence() -> None:
    matrix, g = random_matrix(3, 6, 6), random_vector(3, 6)
    capped = conjugate_gradients(lambda v: matrix @ v, g, iterations=2)
    assert not capped.converged
    assert int(capped.iterations) == 2
    told = float((matrix @ capped.x - g).norm() / g.norm())
    assert float(capped.residual) == pytest.approx(told, rel=1e-9)
    loose = conjugate_gradients(lambda v: matrix @ v, g, iterations=50, tolerance=told * 1.01)
    assert loose.converged
    assert int(loose.iterations) == 2


def test_nothing_is_asked_for_where_nothing_is_due() -> None:
    zero = conjugate_gradients(lambda v: v, torch.zeros(3, dtype=torch.float64))
    assert (zero.x.tolist(), int(zero.iterations), float(zero.residual)) == ([0.0] * 3, 0, 0.0)
    assert zero.converged


def test_without_curvature_it_stays() -> None:
    flat = conjugate_gradients(torch.zeros_like, torch.ones(3, dtype=torch.float64))
    assert (flat.x.tolist(), flat.converged.item()) == ([0.0] * 3, False)


def test_a_planted_slip_is_seen() -> None:
    """The residual that is told is the right side's: a matrix that is not the one solved."""
    matrix, g = random_matrix(5, 4, 4), random_vector(5, 4)
    found = conjugate_gradients(lambda v: 1.01 * matrix @ v, g, iterations=6)
    assert (matrix @ found.x - g).norm() > 1e-3 * g.norm()


@pytest.mark.parametrize(
    ("g", "options"),
    [
        (torch.ones(2, 2), {}),
        (torch.ones(2, dtype=torch.int64), {}),
        (torch.ones(2), {"iterations": 0}),
        (torch.ones(2), {"tolerance": 1.0}),
    ],
)
def test_wrong_use_is_refused(g, options) -> None:
    with pytest.raises(InvalidArgument):
        conjugate_gradients(lambda v: v, g, **options)

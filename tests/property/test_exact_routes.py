"""Every exact quantity by two or three routes that share no code, over random worlds.

The first 100 worlds are in the quick tier, 1,000 in the thorough one. `test_exact_power.py` shows
that each check fails on a planted fault.
"""

import pytest

from tests.property import exact_checks
from tests.property.exact_checks import Case
from tests.random_worlds import FAMILIES

BLOCK = 20
BLOCKS = [
    pytest.param(range(first, first + BLOCK), id=f"{first}-{first + BLOCK - 1}", marks=marks)
    for first in range(0, 1000, BLOCK)
    for marks in [[] if first < 100 else [pytest.mark.thorough]]
]
CHECKS = [
    exact_checks.check_values,
    exact_checks.check_objective,
    exact_checks.check_occupancy,
    exact_checks.check_state_law,
    exact_checks.check_slot_law,
    exact_checks.check_gradient,
    exact_checks.check_gradient_by_differences,
    exact_checks.check_hessian,
    exact_checks.check_fisher,
]


@pytest.mark.parametrize("seeds", BLOCKS)
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_routes_agree(check, seeds):
    for seed in seeds:
        check(seed)


def test_the_worlds_are_those_that_were_asked_for():
    cases = [Case.of(seed) for seed in range(100)]
    worlds = [case.world for case in cases]
    assert {world.name.split()[0] for world in worlds} == set(FAMILIES)
    assert max(world.n_states for world in worlds) == 8
    assert max(world.n_actions for world in worlds) == 4
    assert max(world.horizon or 0 for world in worlds) == 8
    assert sum(bool(world.terminal.any()) for world in worlds) >= 25
    assert sum(not world.fully_observed for world in worlds) >= 8
    assert sum(world.gamma == 1 and world.horizon is None for world in worlds) >= 8
    assert sum(float(case.pi.min()) < 1e-6 for case in cases) >= 5
    assert sum(bool(((w.transitions > 1 - 1e-7) & (w.transitions < 1)).any()) for w in worlds) >= 5
    assert sum(case.listable() for case in cases) >= 20

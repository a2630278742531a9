"""No false alarm: the suite on correct implementations, on worlds that nobody has seen before."""

import unittest

import pytest

from rlcheck.testing import checks_of
from rlcheck.testing.session import begin
from tests.zoo.entries import ZOO

_SETS = -(-300 // len(ZOO))
_QUICK = ZOO[:: len(ZOO) // 3]


def run_suite(entry):
    """Every check of an entry on new worlds; what cannot be tried there is skipped, never all."""
    options = {name: value for name, value in entry.kwargs.items() if name != "shrink"}
    seed = begin("dev").first_seed
    passed = 0
    for check in checks_of(entry.subject, claim=entry.claim, options=options):
        try:
            check()
            passed += 1
        except unittest.SkipTest:
            continue
        except AssertionError as failure:
            raise AssertionError(f"{entry.id}, worlds of seed {seed}: {failure}") from failure
    assert passed


@pytest.fixture(autouse=True)
def _session_of_its_own():
    yield
    begin("ci")


@pytest.mark.parametrize("entry", _QUICK, ids=lambda entry: entry.id)
def test_new_worlds_raise_no_false_alarm(entry):
    run_suite(entry)


@pytest.mark.thorough
@pytest.mark.parametrize("turn", range(_SETS))
@pytest.mark.parametrize("entry", ZOO, ids=lambda entry: entry.id)
def test_three_hundred_runs_raise_no_false_alarm(entry, turn):
    run_suite(entry)

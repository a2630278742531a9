"""Every bridge holds on worlds and policies that Hypothesis draws."""

import pytest
from hypothesis import given, settings

from rlcheck.bridge.catalogue import BRIDGES
from rlcheck.bridge.form import Bridge
from rlcheck.bridge.hold import hold
from tests.bridge.cases import MOST_ROLLOUTS, cases

EACH = pytest.mark.parametrize("bridge", BRIDGES, ids=lambda bridge: bridge.name)


def require_agreement(bridge: Bridge, case) -> None:
    wrong = [held for held in hold(bridge, case) if not held.agrees]
    assert not wrong, wrong


@EACH
@settings(max_examples=4)
@given(case=cases())
def test_formula_and_code_agree(bridge, case):
    require_agreement(bridge, case)


@pytest.mark.thorough
@EACH
@settings(max_examples=60)
@given(case=cases(MOST_ROLLOUTS))
def test_formula_and_code_agree_on_many_worlds(bridge, case):
    require_agreement(bridge, case)

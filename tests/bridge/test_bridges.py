"""Every bridge holds on worlds and policies that Hypothesis draws."""

import pytest
from hypothesis import given, settings

from rlcheck.bridge.catalogue import CHAPTERS
from rlcheck.bridge.hold import hold
from tests.bridge.cases import MOST_ROLLOUTS, cases

EACH = pytest.mark.parametrize("bridges", [pytest.param(b, id=name) for name, b in CHAPTERS])


def require_agreement(bridges, case) -> None:
    wrong = [held for bridge in bridges for held in hold(bridge, case) if not held.agrees]
    assert not wrong, wrong


@EACH
@settings(max_examples=2)
@given(case=cases())
def test_formula_and_code_agree(bridges, case):
    require_agreement(bridges, case)


@pytest.mark.thorough
@EACH
@settings(max_examples=100)
@given(case=cases(MOST_ROLLOUTS))
def test_formula_and_code_agree_on_many_worlds(bridges, case):
    require_agreement(bridges, case)

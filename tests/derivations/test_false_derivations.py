"""Each false derivation is refused, at its wrong line and not before."""

import pytest

from derivations.language.check import check, check_line
from derivations.language.refusal import Refused
from tests.derivations.false_derivations import FALSE_DERIVATIONS
from tests.derivations.independent.truth import true_on

BY_NAME = {false.derivation.name: false for false in FALSE_DERIVATIONS}

NOT_FALSE_BUT_NOT_SHOWN = {
    "an inequality by a certificate that may be negative",
    "an inequality by a certificate of something else",
    "a triangle inequality by Jensen's name",
    "regions that are not in order",
}
"""Their statement is true; their reason is none."""


def test_there_are_enough_and_no_two_have_the_same_name():
    assert len(BY_NAME) == len(FALSE_DERIVATIONS) >= 20


@pytest.mark.parametrize("name", BY_NAME)
def test_it_is_refused(name):
    with pytest.raises(Refused):
        check(BY_NAME[name].derivation)


@pytest.mark.parametrize("name", BY_NAME)
def test_it_is_refused_at_its_wrong_line_and_right_before(name):
    false = BY_NAME[name]
    for number in range(false.wrong):
        assert check_line(false.derivation, number)
    with pytest.raises(Refused):
        check_line(false.derivation, false.wrong)


@pytest.mark.parametrize("name", sorted(BY_NAME.keys() - NOT_FALSE_BUT_NOT_SHOWN))
def test_its_wrong_line_is_false_by_the_independent_route(name):
    false = BY_NAME[name]
    statement = false.derivation.statement(false.wrong)
    assert not all(true_on(false.derivation, statement, seed, (2, 2, 2)) for seed in range(12))

"""Every assumption that a line names is needed: without it the line is refused."""

from dataclasses import replace

import pytest

from derivations.catalogue import derivations
from derivations.language.check import check_line, needed
from derivations.language.refusal import Refused
from derivations.language.world import Relaxation

NEEDED = [
    pytest.param(derivation, number, assumption, id=f"{derivation.name}-{number}-{assumption.name}")
    for derivation in derivations()
    for number, line in enumerate(derivation.lines)
    for assumption in line.assumes
]


def test_there_are_assumptions():
    assert len(NEEDED) > 20


@pytest.mark.parametrize(("derivation", "number", "assumption"), NEEDED)
def test_a_line_is_refused_without_its_assumption(derivation, number, assumption):
    with pytest.raises(Refused):
        check_line(derivation, number, frozenset({Relaxation(assumption.relaxation)}))


@pytest.mark.parametrize(
    ("name", "number", "expected"),
    [
        ("log-derivative-trick", 0, {Relaxation.SIGN}),
        ("gae", 0, set()),
        ("importance-sampling", 1, {Relaxation.LAW_SUPPORT}),
        ("score-has-mean-zero", 2, {Relaxation.POLICY_SUMS}),
        (
            "reinforce",
            1,
            {Relaxation.SIGN, Relaxation.REWARD_SLOPE},
        ),
    ],
)
def test_what_a_line_cannot_do_without_is_computed(name, number, expected):
    by_name = {derivation.name: derivation for derivation in derivations()}
    small = replace(by_name[name], sizes=((2, 2, 2),))
    assert needed(small, number) == expected

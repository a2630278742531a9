"""Every planted fault is caught, and it is said how: the power of the three judges."""

import pytest

from tests.power.cases import CASES, CERTAIN, PowerCase
from tests.power.table import NEVER, by_fault, never_catching
from tests.power.verdicts import (
    caught_by_expectation,
    caught_by_structure,
    caught_on_same_batch,
    caught_without_reference,
    verdict,
)
from tests.tiers import spread

# A verdict on a memory takes as long as all others that are tried.
_REMEMBERING = [case for case in CASES if case.claim == "ppo-recurrent"]
TRIED = [
    *spread([case for case in CASES if case not in _REMEMBERING], quick=5),
    *spread(_REMEMBERING, quick=0),
]


@pytest.mark.parametrize("case", TRIED, ids=lambda case: case.id)
def test_the_fault_is_caught(case: PowerCase) -> None:
    found = verdict(case.id)
    assert found.outcome in ("biased", "not reproducible"), found.notes
    assert found.placebo["sound"], "the worlds could not tell right from wrong"


def test_the_table_is_as_rich_as_promised() -> None:
    certain = [case for case in CASES if case.source == "corpus" and case.basis in CERTAIN]
    systematic = [case for case in CASES if case.source == "systematic"]
    assert len(certain) >= 30
    assert len(systematic) >= 20
    for claim in {case.claim for case in CASES}:
        assert sum(case.claim == claim for case in systematic) >= 3, claim


@pytest.mark.thorough
def test_expectation_alone_catches_most_that_alter_it() -> None:
    altering = [case for case in CASES if case.alters_expectation]
    caught = [case for case in altering if caught_by_expectation(case.id)]
    missed = sorted({case.id for case in altering} - {case.id for case in caught})
    print(f"\nexact expectation, reference removed: {len(caught)} of {len(altering)}; not {missed}")
    assert len(caught) >= 0.7 * len(altering)


@pytest.mark.thorough
def test_expectation_accuses_nobody_who_leaves_it_alone() -> None:
    keeping = [case for case in CASES if not case.alters_expectation]
    assert keeping
    assert [case.id for case in keeping if caught_by_expectation(case.id)] == []


@pytest.mark.thorough
def test_structure_alone_catches_some() -> None:
    caught = [case.id for case in CASES if caught_by_structure(case.id)]
    print(f"\nreference-free properties alone: {len(caught)} of {len(CASES)}")
    assert len(caught) >= 0.3 * len(CASES)


@pytest.mark.thorough
def test_each_is_caught_by_one_of_the_three() -> None:
    judges = (caught_by_expectation, caught_by_structure, caught_on_same_batch)
    same = [case.id for case in CASES if caught_on_same_batch(case.id)]
    print(f"\non the same batch: {len(same)} of {len(CASES)}")
    assert [case.id for case in CASES if not any(judge(case.id) for judge in judges)] == []


@pytest.mark.thorough
def test_every_property_catches_something_or_says_why_not() -> None:
    assert sorted(never_catching(by_fault())) == sorted(NEVER)


@pytest.mark.thorough
def test_most_are_caught_without_any_reference() -> None:
    caught = [case.id for case in CASES if caught_without_reference(case.id)]
    print(f"\nwithout any reference: {len(caught)} of {len(CASES)}")
    assert len(caught) >= 0.8 * len(CASES)


@pytest.mark.thorough
def test_the_planted_variant_is_among_the_first_suspects() -> None:
    planted = [
        case for case in CASES if case.variant is not None and verdict(case.id).error is None
    ]
    named = [c for c in planted if c.variant in [s.id for s in verdict(c.id).suspects[:3]]]
    missed = sorted({c.id for c in planted} - {c.id for c in named})
    print(
        f"\nplanted variant among the first three suspects: "
        f"{len(named)} of {len(planted)}; {missed}"
    )
    assert len(planted) >= 30
    assert len(named) >= 0.8 * len(planted)

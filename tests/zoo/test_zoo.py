"""Correct implementations in other people's styles: not one of them may be called biased."""

import pytest

from rlcheck import api
from tests.tiers import spread
from tests.zoo.entries import CONVENTIONS, REPORTED, REWRITES, ZOO, ZooEntry


def _plain(names: tuple[str, ...]) -> set[str]:
    return {name.partition("(")[0] for name in names}


@pytest.mark.parametrize("entry", spread(ZOO, quick=7), ids=lambda entry: entry.id)
def test_it_is_not_called_biased(entry: ZooEntry) -> None:
    found = api.check(entry.subject, claim=entry.claim, **entry.kwargs)
    wrong = [(p.id, p.error, p.reason) for p in found.properties if p.status == "failed"]
    assert found.outcome in entry.expected_outcomes, (found.error, wrong, found.notes)
    if found.outcome == "convention":
        assert _plain(found.conventions) == set(entry.conventions)


def test_the_zoo_is_as_large_as_promised() -> None:
    assert len({entry.thread for entry in REPORTED}) >= 15
    assert len(REWRITES) >= 20
    assert max(len(entry.conventions) for entry in CONVENTIONS) >= 3

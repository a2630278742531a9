"""Which cases of a long list the quick tier tries; the large count carries the marker."""

from collections.abc import Sequence
from typing import Any

import pytest


def spread(cases: Sequence[Any], quick: int) -> list[Any]:
    """The cases as parameters: so many of them, evenly spread, in the quick tier, all in both.

    Args:
        cases: one parameter each, a tuple where a test takes several.
        quick: how many are to be tried each time.
    """
    kept = {round(i * (len(cases) - 1) / max(1, quick - 1)) for i in range(quick)}
    return [
        pytest.param(
            *(case if isinstance(case, tuple) else (case,)),
            marks=[] if index in kept else pytest.mark.thorough,
        )
        for index, case in enumerate(cases)
    ]


def one_in(count: int, cases: Sequence[Any], ids: Sequence[str]) -> list[Any]:
    """The cases as parameters: one of each so many in the quick tier, all in the thorough one.

    Which one moves on by one from block to block: where blocks are the combinations of each claim,
    every claim is tried in one of them, and every combination with some claim.

    Args:
        count: how many a block has.
        cases: one parameter each, a tuple where a test takes several.
        ids: of the tests, as many.
    """
    return [
        pytest.param(
            *(case if isinstance(case, tuple) else (case,)),
            id=name,
            marks=[] if index % count == index // count % count else pytest.mark.thorough,
        )
        for index, (case, name) in enumerate(zip(cases, ids, strict=True))
    ]

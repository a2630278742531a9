"""What can be reached is counted without listing it, and agrees with the list."""

import pytest

from rlcheck.judges.coverage import reachable
from tests.unit.judges import implementations as made


@pytest.mark.parametrize("form", ["fixed", "delayed", "ragged", "segments", "time-limit"])
@pytest.mark.parametrize("seed", range(3))
def test_reachable_slots_are_those_of_the_list(form, seed):
    case = made.case_of(form, seed=seed)
    rollout = case.listed.rollout
    columns = zip(rollout.states.T, rollout.actions.T, rollout.steps.T, rollout.mask.T, strict=True)
    listed = {
        (int(s), int(a), int(k))
        for column in columns
        for s, a, k, valid in zip(*column, strict=True)
        if valid
    }
    assert reachable(case) == len(listed)

"""A call draws the same numbers each time, and whoever called finds his generators as they were."""

import random

import numpy as np
import pytest
import torch

from rlcheck.judges.recorder import Recorder
from rlcheck.judges.response import SubjectFailure

DRAWS = {
    "python": random.random,
    "numpy": lambda: float(np.random.rand()),  # noqa: NPY002 - what user code draws from
    "torch": lambda: float(torch.rand(())),
}


@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
def test_calls_draw_the_same_and_the_caller_goes_on_where_he_was(draw):
    random.seed(5)
    np.random.seed(5)  # noqa: NPY002 - as above
    torch.manual_seed(5)
    due = [draw(), draw()]
    random.seed(5)
    np.random.seed(5)  # noqa: NPY002 - as above
    torch.manual_seed(5)
    found, inside, recorder = [draw()], [], Recorder()
    for _ in range(2):
        with recorder.listening():
            inside.append(draw())
    found.append(draw())
    assert found == due
    assert inside[0] == inside[1] not in due
    assert recorder.calls == 2


def test_also_where_the_call_seeds_for_itself_and_fails():
    np.random.seed(7)  # noqa: NPY002 - as above
    due = float(np.random.rand())  # noqa: NPY002 - as above
    np.random.seed(7)  # noqa: NPY002 - as above

    def call():
        with Recorder().listening():
            np.random.seed(1)  # noqa: NPY002 - as above
            raise KeyError("no such key")

    with pytest.raises(SubjectFailure, match="KeyError"):
        call()
    assert float(np.random.rand()) == due  # noqa: NPY002 - as above

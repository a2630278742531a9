"""What every test runs under: one thread, one seed, a Hypothesis profile."""

import os
import random
from collections.abc import Iterator

import hypothesis
import numpy as np
import pytest
import torch

from tests import devices

# The autograd engine counts devices at the first backward pass of the process, and not again. It
# keeps streams for one accelerator alone, and takes the emulated one where both are there.
if not torch.cuda.is_available():
    devices.register()

# Two spinning OpenMP workers on a busy machine were 20 times slower; parallelism is pytest -n.
torch.set_num_threads(1)

# Quick by default and the same examples every time, so that a red run can be repeated; "explore"
# looks for new ones. No deadlines: the first call of a compiled function takes seconds.
hypothesis.settings.register_profile("ci", derandomize=True, deadline=None, max_examples=50)
hypothesis.settings.register_profile("explore", deadline=None, max_examples=1000)
hypothesis.settings.load_profile(os.environ.get("RLCHECK_HYPOTHESIS", "ci"))


@pytest.fixture(autouse=True)
def _seeded() -> None:
    """Our own randomness is an explicit generator; other libraries' is global."""
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 - Stable-Baselines3 and Tianshou draw from it
    torch.manual_seed(0)


@pytest.fixture(params=[devices.NAME, pytest.param("cuda", marks=pytest.mark.gpu)])
def device(request: pytest.FixtureRequest) -> Iterator[str]:
    """A device that is not the CPU: CUDA where there is one, elsewhere an emulated one."""
    if request.param != devices.NAME:
        yield request.param
        return
    if torch.cuda.is_available():
        pytest.skip("CUDA is here and stands for itself")
    with devices.emulation():
        yield request.param


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if torch.cuda.is_available():
        return
    skip = pytest.mark.skip(reason="needs a CUDA device")
    for item in items:
        if "gpu" in item.keywords:
            item.add_marker(skip)

"""What is set around a call of an outside library, and put back afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

from rlcheck.subjects.randomness import seeded

_SEED = 0


@contextmanager
def double_precision() -> Iterator[None]:
    """Makes float64 torch's default type for the length of a call.

    TorchRL turns its coefficients and its boolean flags into tensors of the default type:
    under float32 a clip range of 0.2 is 0.2 + 3e-9, and its GAE is good to 1e-7 only.
    """
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


@contextmanager
def own_randomness(device: torch.device) -> Iterator[None]:
    """Seeds numpy's and torch's global generators for a call, and leaves them as they were.

    Of torch's there is one more where the library computes on a device.

    Stable-Baselines3 and Tianshou shuffle also a batch that they take whole, and Tianshou
    samples an action whenever it evaluates a policy. A fixed order makes two calls agree to
    the last bit; restoring keeps the caller's own stream untouched.
    """
    numpy_state = np.random.get_state()  # noqa: NPY002 - the libraries draw from it
    np.random.seed(_SEED)  # noqa: NPY002 - as above
    try:
        with seeded(_SEED, device):
            yield
    finally:
        np.random.set_state(numpy_state)  # noqa: NPY002 - as above

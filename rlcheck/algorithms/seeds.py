"""Seeds that are made of others."""

import numpy as np


def derived_seed(*numbers: int) -> int:
    """A seed below 2^31 that numbers determine: a run's seed, and where in the run it is used.

    Neighbouring numbers give seeds that have nothing to do with each other, which adding them up
    would not.
    """
    return int(np.random.SeedSequence(numbers).generate_state(1)[0]) >> 1

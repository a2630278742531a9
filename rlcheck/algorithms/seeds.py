"""Seeds that are made of others."""

import hashlib


def derived_seed(*numbers: int) -> int:
    """A seed below 2^31 that numbers determine: a run's seed, and where in the run it is used.

    Other numbers, or more of them, give seeds that have nothing to do with each other, which adding
    them up would not.
    """
    return int.from_bytes(hashlib.sha256(repr(numbers).encode()).digest()[:4], "big") >> 1

"""Holding a subject to a claim: on the same batch, by structure, in exact expectation."""

from rlcheck.judges.verify import verify

__all__ = ["verify"]

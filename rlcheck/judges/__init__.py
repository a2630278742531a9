"""Holding a subject to a claim: on the same batch, by structure, in exact expectation."""

from rlcheck.judges.judgement import Judgement
from rlcheck.judges.verify import examine, judge, verify

__all__ = ["Judgement", "examine", "judge", "verify"]

"""The doors: `check` gives a verdict, `assert_consistent` raises where there is a finding."""

from rlcheck.api.checking import assert_consistent, check

__all__ = ["assert_consistent", "check"]

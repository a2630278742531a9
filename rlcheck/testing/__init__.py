"""Property tests of an implementation, in pytest: one decorator, one test a property."""

from rlcheck.testing.checks import Check, CheckFailed, checks_of
from rlcheck.testing.decorator import parametrize_with_checks
from rlcheck.testing.profiles import PROFILES, Profile

__all__ = ["PROFILES", "Check", "CheckFailed", "Profile", "checks_of", "parametrize_with_checks"]

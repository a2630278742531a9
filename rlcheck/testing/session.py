"""What one run of tests shares: how hard to look, and what has been judged already."""

import random
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from rlcheck.testing.profiles import Profile, find_profile
from rlcheck.testing.records import record
from rlcheck.testing.suite import Judged, Suite


@dataclass(kw_only=True, eq=False)
class Session:
    """One run of tests in one process.

    Attributes:
        profile: how many sets of worlds.
        first_seed: of the first set.
    """

    profile: Profile
    first_seed: int
    _judged: dict[Suite, list[Judged]] = field(default_factory=dict)

    @cached_property
    def seeds(self) -> tuple[int, ...]:
        return self.profile.seeds(self.first_seed)

    def judged(self, suite: Suite) -> list[Judged]:
        """The outcome on every set of worlds; judged once, whichever test asks first."""
        if suite not in self._judged:
            self._judged[suite] = [suite.judged(seed) for seed in self.seeds]
        return self._judged[suite]

    def records(self) -> list[dict[str, Any]]:
        """What there is to report, as values that JSON can hold."""
        return [
            record(suite.identity, judged.seed, judged.verdict, list(judged.findings.values()))
            for suite, every in self._judged.items()
            for judged in every
        ]


_SESSION: list[Session] = []


def session() -> Session:
    """The session of this process; one of the profile that the environment names, at first."""
    return _SESSION[0] if _SESSION else begin(None)


def begin(
    profile: str | None, *, first_seed: int | None = None, drawn: int | None = None
) -> Session:
    """Begins a session, in which nothing has been judged.

    Args:
        profile: its name; None leaves it to the environment.
        first_seed: of the first set of worlds, where a run is to be repeated.
        drawn: the seed of a profile that looks at other worlds each time.

    Raises:
        InvalidArgument: there is no such profile.
    """
    chosen = find_profile(profile)
    if drawn is None:
        drawn = random.SystemRandom().randrange(2**31)
    candidates = (first_seed, chosen.first, drawn)
    first = next(seed for seed in candidates if seed is not None)
    _SESSION[:] = [Session(profile=chosen, first_seed=first)]
    return _SESSION[0]

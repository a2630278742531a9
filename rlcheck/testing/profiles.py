"""How hard to look: on one set of worlds, the same each time, or on new ones."""

import os
from dataclasses import dataclass

from rlcheck.errors import InvalidArgument

_APART = 1_000
"""Seeds of one examination lie within this distance of each other."""


@dataclass(frozen=True, kw_only=True)
class Profile:
    """How many sets of worlds a subject is tried on, and which.

    Attributes:
        name: what `--rlcheck-profile` and `RLCHECK_PROFILE` take.
        sets: how many.
        first: seed of the first set; None: another one each time, and the report says which.
    """

    name: str
    sets: int
    first: int | None = None

    def seeds(self, first: int) -> tuple[int, ...]:
        """The seed of every set of worlds."""
        return tuple(first + k * _APART for k in range(self.sets))


PROFILES = {
    profile.name: profile
    for profile in (
        Profile(name="ci", sets=1, first=0),
        Profile(name="dev", sets=1),
        Profile(name="thorough", sets=25),
    )
}
"""`ci`: the same worlds each time. `dev`: new ones each time. `thorough`: many new ones."""


def find_profile(name: str | None) -> Profile:
    """A profile by its name; without one `RLCHECK_PROFILE` says, else `ci`.

    Raises:
        InvalidArgument: there is none of that name.
    """
    name = name or os.environ.get("RLCHECK_PROFILE") or "ci"
    if name not in PROFILES:
        raise InvalidArgument.of(
            "profile", name, "there is no such profile", f"one of {', '.join(PROFILES)}"
        )
    return PROFILES[name]

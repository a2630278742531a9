"""The line that repeats a finding: the same call as was made, with a place for the token."""

import shlex
from collections.abc import Mapping
from typing import Any

from rlcheck.subjects.subject import PARTS, STEP_PARTS, Subject, name_of

PLACE = "{token}"


def again(subject: Any, name: str, claim: str, options: Mapping[str, Any]) -> str:
    """What to type to get the same numbers again; `PLACE` stands for the replay token.

    Args:
        subject: what was handed to `check`: a target as typed, or an object.
        name: how reports call it.
        claim: what it was held to.
        options: the options of the call that were not left to their defaults.
    """
    if isinstance(subject, str):
        flags = [part for key, value in options.items() for part in _flags(key, value)]
        return shlex.join(["rlcheck", "verify", subject, "--claim", claim, *flags, "--replay"]) + (
            f" {PLACE}"
        )
    given = {"claim": claim, **options}
    written = ", ".join(f"{key}={_source(value)}" for key, value in given.items())
    return f'rlcheck.check({_named(subject, name)}, {written}, replay="{PLACE}")'


def _named(subject: Any, name: str) -> str:
    """The subject as it would be written: a `Subject` of parts by its parts."""
    parts = {part: getattr(subject, part, None) for part in (*PARTS, "step", *STEP_PARTS)}
    given = {part: function for part, function in parts.items() if callable(function)}
    if isinstance(subject, Subject) and given:
        written = [f"{part}={name_of(function)}" for part, function in given.items()]
        if subject.names:
            written.append(f"names={dict(subject.names)!r}")
        return f"rlcheck.Subject({', '.join(written)})"
    return name


def _flags(key: str, value: Any) -> list[str]:
    if not isinstance(value, Mapping):
        return [f"--{key}", str(value)]
    option = "--set" if key == "settings" else f"--{key}"
    return [part for left, right in value.items() for part in (option, f"{left}={right}")]


def _source(value: Any) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    return repr(value) if isinstance(value, Mapping | int | float) else getattr(
        value, "__name__", type(value).__name__
    )  # fmt: skip

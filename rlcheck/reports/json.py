"""A verdict as JSON, and back.

Numbers that JSON does not have are written as the strings `NaN`, `Infinity` and `-Infinity` in
numeric fields, and read back as numbers there.
"""

import dataclasses
import json
import math
from typing import Any

from rlcheck.errors import InvalidArgument
from rlcheck.verdict import ClipPoint, Coverage, Finding, Outcome, PropertyResult, Suspect, Verdict

_NON_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_NUMERIC = {"error", "floor", "scale", "exact", "found", "seconds", "state_action_time"}


def to_json(verdict: Verdict, indent: int | None = 2) -> str:
    """The verdict as strict JSON: the fields of `Verdict`, in their order."""
    return json.dumps(_finite(verdict.to_dict()), indent=indent, allow_nan=False, default=repr)


def from_json(text: str) -> Verdict:
    """The verdict that `to_json` wrote.

    Raises:
        InvalidArgument: if the text is not such a verdict.
    """
    try:
        return _verdict(json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError) as problem:
        raise InvalidArgument.of(
            "text", text, f"is not a verdict ({problem})", "what `to_json` or `--json` wrote"
        ) from problem


def _verdict(fields: dict[str, Any]) -> Verdict:
    finding, coverage = fields["finding"], fields["coverage"]
    return Verdict(
        **_tuples(fields)
        | {
            "outcome": Outcome(fields["outcome"]),
            "properties": tuple(PropertyResult(**_tuples(p)) for p in fields["properties"]),
            "suspects": tuple(Suspect(**_tuples(s)) for s in fields["suspects"]),
            "clip_points": tuple(ClipPoint(**_tuples(p)) for p in fields["clip_points"]),
            "finding": None if finding is None else Finding(**_tuples(finding)),
            "coverage": None if coverage is None else Coverage(**_tuples(coverage)),
            "not_tried": tuple((name, reason) for name, reason in fields["not_tried"]),
        }
    )


def _tuples(fields: dict[str, Any]) -> dict[str, Any]:
    """The lists of a dataclass's fields as the tuples that they were."""
    return {name: _field(name, value) for name, value in fields.items()}


def _field(name: str, value: Any) -> Any:
    if name == "where":
        return tuple((t, s, a, _number(bias)) for t, s, a, bias in value)
    if isinstance(value, list):
        return tuple(value)
    return _number(value) if name in _NUMERIC else value


def _number(value: Any) -> Any:
    return _NON_FINITE.get(value, value) if isinstance(value, str) else value


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _finite(dataclasses.asdict(value))
    return value

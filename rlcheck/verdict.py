"""What came out: outcome, properties, findings, coverage. A leaf that everyone may import.

Nothing here computes, and nothing here knows torch: a verdict is made of plain Python values, so
that it can be printed, compared and written as JSON anywhere.
"""

import dataclasses
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

Status = Literal["passed", "failed", "skipped", "noted"]
"""What became of one property."""

Judge = Literal["same batch", "exact", "structural"]
"""By what it was judged."""


class Outcome(StrEnum):
    """What a verdict says; printed and in JSON exactly so."""

    CONSISTENT = "consistent"
    CONVENTION = "convention"
    BIASED = "biased"
    INCONCLUSIVE = "inconclusive"
    NOT_REPRODUCIBLE = "not reproducible"


_EXIT_CODES = {
    Outcome.CONSISTENT: 0,
    Outcome.CONVENTION: 0,
    Outcome.BIASED: 1,
    Outcome.NOT_REPRODUCIBLE: 1,
    Outcome.INCONCLUSIVE: 3,
}


@dataclass(frozen=True, kw_only=True)
class PropertyResult:
    """One property of a claim, tried or not.

    Attributes:
        id: kebab-case, public.
        sentence: what the property promises.
        status: `noted` is seen and told, and counts neither way.
        judge: how it was judged.
        error: relative to `scale`, the norm of the right value.
        floor: the rounding floor that `error` was held against.
        scale: the norm of the right value.
        reason: why it failed, was skipped or is noted.
    """

    id: str
    sentence: str = ""
    status: Status = "passed"
    judge: Judge = "exact"
    error: float | None = None
    floor: float | None = None
    scale: float | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The worst coordinate of a failure, on the smallest world that still shows it.

    Attributes:
        property: the id of the property that failed.
        coordinate: the name of the worst coordinate, such as `weight[0, 1]`.
        exact: the right value there.
        found: the subject's value there.
        where: rows (t, s, a, bias): how much of the bias sits at that time, state and action,
            none where the bias is not told apart by it.
        world: the smallest world, as plain values; `transitions` and `rewards` are nested lists
            indexed by s, a, s' and are printed as a table, everything else as `key = value`.
        replay: the token that gives the same numbers again.
        n_states: the world's number of states.
        horizon: the world's horizon, none where it is infinite.
        n_rollouts: how many rollouts the comparison used.
    """

    property: str
    coordinate: str = ""
    exact: float | None = None
    found: float | None = None
    where: tuple[tuple[Any, Any, Any, float], ...] = ()
    world: dict[str, Any] = field(default_factory=dict)
    replay: str = ""
    n_states: int | None = None
    horizon: int | None = None
    n_rollouts: int | None = None


@dataclass(frozen=True, kw_only=True)
class Suspect:
    """A catalogued variant that comes close to what the subject computes.

    Attributes:
        id: the variant's id.
        kind: `convention` or `fault`.
        sentence: what it does.
        threads: the public threads where it occurred.
        conventions: what had to be combined with it to reproduce the subject.
        error: the relative distance that is left to the subject.
    """

    id: str
    kind: str = "fault"
    sentence: str = ""
    threads: tuple[str, ...] = ()
    conventions: tuple[str, ...] = ()
    error: float | None = None


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """What the worlds and batches of a verdict reached.

    Attributes:
        state_action_time: the share of (s, a, t) that was reached, between 0 and 1.
        regions: sign of the advantage and clip region -> how many samples fell there.
        boundaries: kind of episode end -> how often it occurred.
        left_out: the regions that no batch reached.
    """

    state_action_time: float = 0.0
    regions: dict[str, int] = field(default_factory=dict)
    boundaries: dict[str, int] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ClipPoint:
    """One sampled step, and what it alone adds to the gradient of a clipped surrogate.

    Attributes:
        ratio: pi(a|s) / pi_old(a|s) of the step.
        advantage: the A that it was given.
        clip_eps: the clip range of its batch.
        due: the slope of its surrogate along log pi(a|s): ratio times A, or zero where clipped.
        found: the subject's slope there, a constant factor by convention taken out.
        is_right: whether the two agree within the rounding floor.
    """

    ratio: float
    advantage: float
    clip_eps: float
    due: float
    found: float
    is_right: bool


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The outcome for one subject under one claim, with its evidence.

    A verdict is neither true nor false: `bool(verdict)` raises.

    Attributes:
        subject: the name of the implementation.
        claim: the claim's id.
        outcome: what came out.
        properties: every property of the claim, tried or not.
        conventions: the ids of the conventions that reproduce every deviation, or were found
            beside a fault.
        suspects: the catalogued variants that come closest, best first.
        finding: the worst coordinate on the smallest world.
        clip_points: steps of off-policy batches one by one, where a clipped surrogate failed.
        coverage: what the worlds and batches reached.
        routes: the ways in which exact expectations were taken.
        grade: how exact they are: `exact` or `numerical`.
        assumed: settings that the subject did not ask for, and their assumed values.
        not_tried: (property id, reason).
        notes: what is worth telling and decides nothing.
        printed: what the subject printed.
        error: what the subject did instead of giving a result.
        again: the call that was made, with `{token}` where a finding's replay token goes.
        placebo: what the claim's reference and its planted variant came out as.
        seconds: how long it took.
    """

    subject: str
    claim: str
    outcome: Outcome
    properties: tuple[PropertyResult, ...] = ()
    conventions: tuple[str, ...] = ()
    suspects: tuple[Suspect, ...] = ()
    finding: Finding | None = None
    clip_points: tuple[ClipPoint, ...] = ()
    coverage: Coverage | None = None
    routes: tuple[str, ...] = ()
    grade: str = "exact"
    assumed: dict[str, Any] = field(default_factory=dict)
    not_tried: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    printed: str = ""
    error: str | None = None
    again: str = ""
    placebo: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0

    def __bool__(self) -> bool:
        raise TypeError(
            "a Verdict is neither true nor false: 'convention' and 'inconclusive' would be lost\n"
            f"  got:  bool() of the verdict on {self.subject!r}, which is {self.outcome!s}\n"
            "  pass: `verdict.outcome == 'consistent'`, or call `rlcheck.assert_consistent`"
        )

    def exit_code(self, strict: bool = False) -> int:
        """The exit status of `rlcheck verify`: 0, 1 or 3; 2 is wrong use and never a verdict.

        Args:
            strict: whether a convention counts as a failure.
        """
        if strict and self.outcome == Outcome.CONVENTION:
            return 1
        return _EXIT_CODES[Outcome(self.outcome)]

    def to_dict(self) -> dict[str, Any]:
        """The verdict as dicts, lists, strings and numbers, in the order of the fields."""
        return _plain(dataclasses.asdict(self))


def _plain(value: Any) -> Any:
    """Tuples become lists and an outcome its string, so that JSON gives the same value back."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, StrEnum):
        return str(value)
    return value

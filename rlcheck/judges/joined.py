"""One verdict for an implementation whose parts are judged one after the other."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from rlcheck.verdict import Outcome, PropertyResult, Verdict

_WORST_FIRST = (
    Outcome.NOT_REPRODUCIBLE,
    Outcome.BIASED,
    Outcome.INCONCLUSIVE,
    Outcome.CONVENTION,
    Outcome.CONSISTENT,
)
_STATUS = ("failed", "noted", "passed", "skipped")


def joined(name: str, verdicts: Sequence[Verdict]) -> Verdict:
    """The worst outcome, with what led to it; a property holds where it does for every part.

    Args:
        name: of the implementation.
        verdicts: of its parts, in the order in which they are told.
    """
    worst = min(verdicts, key=lambda v: _WORST_FIRST.index(v.outcome))
    tried = {p.id for v in verdicts for p in v.properties}
    return replace(
        worst,
        subject=name,
        properties=tuple(_properties(verdicts)),
        conventions=_unique(c for v in verdicts for c in v.conventions),
        assumed={key: value for v in verdicts for key, value in v.assumed.items()},
        not_tried=_unique(row for v in verdicts for row in v.not_tried if row[0] not in tried),
        notes=(*_unique(n for v in verdicts for n in v.notes), *_told(worst, verdicts)),
        printed="".join(v.printed for v in verdicts),
        placebo=_placebo(verdicts),
        seconds=sum(v.seconds for v in verdicts),
    )


def _properties(verdicts: Sequence[Verdict]) -> Iterable[PropertyResult]:
    every = [p for v in verdicts for p in v.properties]
    for name in dict.fromkeys(p.id for p in every):
        yield min((p for p in every if p.id == name), key=lambda p: _STATUS.index(p.status))


def _told(worst: Verdict, verdicts: Sequence[Verdict]) -> tuple[str, ...]:
    outcomes = ", ".join(f"{v.subject}: {v.outcome}" for v in verdicts)
    told = f"part by part: {outcomes}"
    return (told,) if worst.outcome != Outcome.CONSISTENT else ()


def _placebo(verdicts: Sequence[Verdict]) -> dict[str, object]:
    tried = [v.placebo for v in verdicts if v.placebo]
    if not tried:
        return {}
    soundest_last = sorted(tried, key=lambda placebo: bool(placebo["sound"]))
    return {
        **soundest_last[0],
        "variant": ", ".join(_unique(str(placebo["variant"]) for placebo in tried)),
    }


def _unique(items: Iterable) -> tuple:
    return tuple(dict.fromkeys(items))

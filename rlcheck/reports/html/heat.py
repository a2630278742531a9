"""Bias by time, state and action as a grid of coloured cells with their numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from rlcheck.reports.layout import number
from rlcheck.verdict import Finding

_SHADES = 3


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One (t, s, a): a number, and the class that colours it."""

    text: str
    shade: str


@dataclass(frozen=True, kw_only=True)
class Row:
    """One state and action, over all times."""

    name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, kw_only=True)
class HeatMap:
    """The grid, and the bounds of each shade.

    Attributes:
        times: headings of the columns.
        rows: one for each state and action.
        legend: (class, the range that it stands for), from the most negative on.
    """

    times: tuple[str, ...]
    rows: tuple[Row, ...]
    legend: tuple[tuple[str, str], ...]


def heat_map(finding: Finding) -> HeatMap | None:
    """Where the bias of a finding sits; none where it is not told apart by state.

    Where one (t, s, a) occurs more than once, its largest bias is shown.
    """
    worst: dict[tuple, float] = {}
    for t, s, a, bias in finding.where:
        if abs(bias) > abs(worst.get((t, s, a), 0.0)):
            worst[t, s, a] = bias
    if not worst:
        return None
    largest = max(map(abs, worst.values()))
    times = _ordered([t for t, _, _ in worst], [])
    if times != [None]:
        last = max(t for t in times if t is not None)
        times = list(range(max(last + 1, finding.horizon or 0)))
    rows = tuple(
        Row(name=_row(s, a), cells=tuple(_cell(worst.get((t, s, a)), largest) for t in times))
        for s, a in _places(finding, worst)
    )
    heads = tuple("all t" if t is None else f"t={t}" for t in times)
    return HeatMap(times=heads, rows=rows, legend=_legend(largest))


def _places(finding: Finding, worst: dict[tuple, float]) -> list[tuple]:
    """Every (s, a) of the world, also where no bias sits; those of the rows where it is unknown."""
    seen = _ordered([(s, a) for _, s, a in worst], [])
    pairs = finding.world.get("transitions")
    if pairs is None:
        return seen
    ends = finding.world.get("terminal states") or []
    every = [(s, a) for s, row in enumerate(pairs) for a in range(len(row)) if s not in ends]
    of_states = all(a is None for _, a in seen)
    return seen if of_states else _ordered(seen, every)


def _ordered(found: Sequence, beside: Sequence) -> list:
    """Without repeats; none comes last."""
    return sorted({*found, *beside}, key=_none_last)


def _none_last(key: object) -> tuple:
    parts = key if isinstance(key, tuple) else (key,)
    return tuple((part is None, 0 if part is None else part) for part in parts)


def _row(state: object, action: object) -> str:
    return f"s{state}" if action is None else f"s{state}, a{action}"


def _cell(bias: float | None, largest: float) -> Cell:
    if bias is None:
        return Cell(text="·", shade="none")
    # The bounds lie at thirds of the largest bias; the largest itself belongs to the last shade.
    strength = next(k for k in range(1, _SHADES + 1) if abs(bias) * _SHADES <= largest * k)
    return Cell(
        text=number(bias, 3).replace("-", "−"),
        shade=f"{'minus' if bias < 0 else 'plus'}-{strength}",
    )


def _legend(largest: float) -> tuple[tuple[str, str], ...]:
    bounds = [number(largest * k / _SHADES, 3) for k in range(_SHADES + 1)]
    below = [(f"minus-{k}", f"−{bounds[k]} to −{bounds[k - 1]}") for k in range(_SHADES, 1, -1)] + [
        ("minus-1", f"−{bounds[1]} to 0")
    ]
    above = [("plus-1", f"0 to {bounds[1]}")] + [
        (f"plus-{k}", f"{bounds[k - 1]} to {bounds[k]}") for k in range(2, _SHADES + 1)
    ]
    return (*below, ("none", "none beyond the floor"), *above)

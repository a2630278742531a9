"""What the bridges measured, as data: for the command, and for the pages of the results."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from rlcheck.bridge.catalogue import CHAPTERS
from rlcheck.bridge.draws import SHAPES, seeded_case
from rlcheck.bridge.form import Bridge
from rlcheck.bridge.hold import Held, hold
from rlcheck.bridge.limits import FALSE_ALARM, Deviation
from rlcheck.bridge.monte_carlo import DRAWS, Estimated, estimate

SAMPLED_CASE = 1
"""Of the seeded cases: two states, two actions, two steps, γ = 1/2."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One exact comparison, in several cases.

    Args:
        code: the functions that were held against the result.
        what: what was compared.
        errors: in each case, in units of its floor.
        sharpness: the bluntest floor, relative to what it is a floor of.
        agrees: whether every case does.
    """

    code: tuple[str, ...]
    what: str
    errors: tuple[float, ...]
    sharpness: float
    agrees: bool

    @property
    def error(self) -> float:
        """The largest."""
        return max(self.errors)


@dataclass(frozen=True, kw_only=True)
class Figures:
    """All comparisons of one bridge.

    Args:
        chapter: of the result.
        result: its name in `derivations`.
        at: where in its range it was held; empty where everywhere.
        held: the exact comparisons.
        estimated: the Monte Carlo ones.
    """

    chapter: str
    result: str
    at: str
    held: tuple[Comparison, ...]
    estimated: tuple[Estimated, ...]

    @property
    def agrees(self) -> bool:
        """Whether all of them do."""
        return all(one.agrees for one in (*self.held, *self.estimated))

    def as_data(self) -> dict[str, Any]:
        """Plain numbers, strings and lists, for JSON."""
        return {**asdict(self), "agrees": self.agrees, "false_alarm": FALSE_ALARM}


def from_data(data: dict[str, Any]) -> Figures:
    """What `Figures.as_data` made plain."""
    return Figures(
        chapter=data["chapter"],
        result=data["result"],
        at=data["at"],
        held=tuple(
            Comparison(**{**one, "code": tuple(one["code"]), "errors": tuple(one["errors"])})
            for one in data["held"]
        ),
        estimated=tuple(
            Estimated(
                result=one["result"],
                code=tuple(one["code"]),
                deviation=Deviation(**one["deviation"]),
                before=tuple(Deviation(**earlier) for earlier in one["before"]),
            )
            for one in data["estimated"]
        ),
    )


def figures(
    results: Iterable[str] = (), cases: int = len(SHAPES), draws: int = DRAWS
) -> Iterator[Figures]:
    """Holds every bridge on seeded cases.

    Args:
        results: names in `derivations`; none for all.
        cases: how many worlds, each with its policies, every exact comparison is made in.
        draws: of each Monte Carlo comparison.
    """
    wanted = frozenset(results)
    for chapter, bridges in CHAPTERS:
        for bridge in bridges:
            if not wanted or bridge.result.name in wanted:
                yield figures_of(chapter, bridge, cases, draws)


def figures_of(chapter: str, bridge: Bridge, cases: int, draws: int) -> Figures:
    """All comparisons of one bridge on seeded cases."""
    by_case = [hold(bridge, seeded_case(seed)) for seed in range(cases)]
    return Figures(
        chapter=chapter,
        result=bridge.result.name,
        at=bridge.at,
        held=tuple(_together(same) for same in zip(*by_case, strict=True)),
        estimated=tuple(estimate(bridge, seeded_case(SAMPLED_CASE), draws)),
    )


def _together(held: tuple[Held, ...]) -> Comparison:
    """One comparison over the cases."""
    return Comparison(
        code=held[0].code,
        what=held[0].what,
        errors=tuple(one.error for one in held),
        sharpness=max(one.sharpness for one in held),
        agrees=all(one.agrees for one in held),
    )

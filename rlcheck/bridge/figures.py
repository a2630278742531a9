"""What the bridges measured, as data: for the command, and for the pages of the results."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from rlcheck.bridge.catalogue import CHAPTERS
from rlcheck.bridge.draws import SHAPES, seeded_case
from rlcheck.bridge.form import Bridge
from rlcheck.bridge.hold import Held, hold
from rlcheck.bridge.limits import FALSE_ALARM
from rlcheck.bridge.monte_carlo import DRAWS, Estimated, estimate

SAMPLED_CASE = 1
"""Of the seeded cases: two states, two actions, two steps, γ = 1/2."""


@dataclass(frozen=True, kw_only=True)
class Figures:
    """All comparisons of one bridge.

    Args:
        chapter: of the result.
        result: its name in `derivations`.
        at: where in its range it was held; empty where everywhere.
        held: the worst of each exact comparison over the cases.
        estimated: the Monte Carlo ones.
    """

    chapter: str
    result: str
    at: str
    held: tuple[Held, ...]
    estimated: tuple[Estimated, ...]

    @property
    def agrees(self) -> bool:
        return all(one.agrees for one in (*self.held, *self.estimated))

    def as_data(self) -> dict[str, Any]:
        """Plain numbers, strings and lists, for JSON."""
        return {
            **asdict(self),
            "agrees": self.agrees,
            "cases": len(SHAPES),
            "false_alarm": FALSE_ALARM,
        }


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
        held=tuple(_worst(same) for same in zip(*by_case, strict=True)),
        estimated=tuple(estimate(bridge, seeded_case(SAMPLED_CASE), draws)),
    )


def _worst(held: tuple[Held, ...]) -> Held:
    """The largest error and the bluntest floor of one comparison over the cases."""
    return Held(
        result=held[0].result,
        code=held[0].code,
        what=held[0].what,
        error=max(one.error for one in held),
        sharpness=max(one.sharpness for one in held),
    )

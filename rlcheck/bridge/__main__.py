"""`python -m rlcheck.bridge [RESULT ...]`: every bridge with its figures; exit 1 if one fails."""

import sys
from collections.abc import Sequence
from time import perf_counter

import torch

from derivations.catalogue import RESULTS
from rlcheck.bridge.figures import Comparison, Figures, figures
from rlcheck.bridge.limits import FALSE_ALARM
from rlcheck.bridge.monte_carlo import Estimated

WIDTH = 62


def main(wanted: Sequence[str]) -> int:
    """Holds and prints the bridges of the results, or of all.

    Args:
        wanted: names in `derivations`.

    Returns:
        0 where all hold, 1 where one fails, 2 for a name that no result has.
    """
    torch.set_num_threads(1)
    unknown = sorted(set(wanted) - {result.name for result in RESULTS})
    if unknown:
        print(f"no result is called {', '.join(unknown)}; python -m derivations lists them")
        return 2
    start, failed, chapter = perf_counter(), 0, ""
    for one in figures(wanted):
        if one.chapter != chapter:
            chapter = one.chapter
            print(f"\n{chapter}")
        _print(one)
        failed += not one.agrees
    print("\nerrors are in floors: at most one where code and formula agree")
    print(
        f"Monte Carlo is in standard errors; a false alarm has a probability below {FALSE_ALARM:g}"
    )
    print(f"{perf_counter() - start:.0f} s; {f'{failed} FAIL' if failed else 'all hold'}")
    return 1 if failed else 0


def _print(one: Figures) -> None:
    place = f"  ({one.at})" if one.at else ""
    print(f"  {one.result}{place}")
    for held in one.held:
        print(f"    {_named(held):{WIDTH}} {held.error:8.2g} floors{_mark(held)}")
    for estimated in one.estimated:
        d = estimated.deviation
        name = f"Monte Carlo  {_short(estimated.code)}"
        found = f"{d.errors:8.2f} of {d.limit:.2f}, {d.draws} draws"
        print(f"    {name:{WIDTH}} {found}{_mark(estimated)}")


def _named(held: Comparison) -> str:
    return f"{held.what:12} {_short(held.code)}".rstrip()


def _short(code: tuple[str, ...]) -> str:
    return ", ".join(name.removeprefix("rlcheck.") for name in code)


def _mark(one: Comparison | Estimated) -> str:
    return "" if one.agrees else "  FAILS"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

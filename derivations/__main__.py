"""`python -m derivations`: every result with its label, steps and time; exit 1 if one fails.

`python -m derivations NAME ...` checks those results and errata alone; exit 2 for an unknown name.
"""

import sys
from collections.abc import Iterator, Sequence
from time import perf_counter

from derivations.catalogue import CHAPTERS
from derivations.errata import ERRATA
from derivations.errata.form import Erratum
from derivations.inventory import inventory
from derivations.language.check import Checked, check, check_induction
from derivations.language.refusal import Refused
from derivations.language.statement import Derivation, Induction

WIDTH = 44


def main(names: Sequence[str] = ()) -> int:
    """Checks and prints everything, or what is named; the number to exit with."""
    if unknown := set(names) - _known():
        print(f"no result or erratum of that name: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    start = perf_counter()
    failed = sum(not _print_chapter(name, results) for name, results in _chapters(names))
    if errata := [erratum for erratum in ERRATA if not names or erratum.name in names]:
        print("\nerrata")
        failed += sum(not _print_erratum(erratum) for erratum in errata)
    if not names:
        _print_open_rows()
    print(f"\n{perf_counter() - start:.0f} s; {'all hold' if not failed else 'SOME FAIL'}")
    return 1 if failed else 0


def _known() -> set[str]:
    results = {result.name for _, results in CHAPTERS for result in results}
    return results | {erratum.name for erratum in ERRATA}


def _chapters(names: Sequence[str]) -> Iterator[tuple[str, tuple[Derivation | Induction, ...]]]:
    """Every chapter; with names, those that hold one, with what is named alone."""
    for chapter, results in CHAPTERS:
        if chosen := tuple(r for r in results if not names or r.name in names):
            yield chapter, chosen


def _print_chapter(name: str, results: tuple[Derivation | Induction, ...]) -> bool:
    print(f"\n{name}")
    return not sum(not _print_result(result) for result in results)


def _print_result(result: Derivation | Induction) -> bool:
    try:
        checked = check_induction(result) if isinstance(result, Induction) else check(result)
    except Refused as refusal:
        print(f"  {result.name:{WIDTH}} REFUSED  {refusal}")
        return False
    print(
        f"  {result.name:{WIDTH}} {len(checked.lines)} steps {checked.seconds:5.1f} s  "
        f"{checked.reach}  {_error(checked)}".rstrip()
    )
    return True


def _error(checked: Checked) -> str:
    """The probability that a false step passed, summed over all its evaluations."""
    errors = [proof.log2_error for line in checked.lines for proof in line.proofs]
    if not errors:
        return ""
    redrawn = sum(proof.redrawn for line in checked.lines for proof in line.proofs)
    total = sum(2.0**error for error in errors)
    return f"(error < {total:.0e}, {redrawn} points redrawn)"


def _print_erratum(erratum: Erratum) -> bool:
    try:
        found = erratum.counterexample()
    except Refused as refusal:
        print(f"  {erratum.name:{WIDTH}} NOT REFUTED  {refusal}")
        return False
    left, right = found.printed
    relation = erratum.printed.relation
    print(f"  {erratum.name:{WIDTH}} |S|, |A|, T = {found.size}: printed {left} {relation} {right}")
    return True


def _print_open_rows() -> None:
    rows = {name: row.open for name, row in inventory().items() if row.open}
    print(f"\nopen: {len(rows)} rows of the inventory")
    for name, parts in rows.items():
        print(f"  {name:4} {'; '.join(parts)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

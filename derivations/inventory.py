"""The table of row -> result, read from `inventory.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("inventory.toml")


@dataclass(frozen=True, kw_only=True)
class Row:
    """What became of one row of the inventory.

    Args:
        prove: names of results.
        refute: names of errata.
        build: paths in the repository.
        open: what is asked and not yet here, in words.
    """

    prove: tuple[str, ...] = ()
    refute: tuple[str, ...] = ()
    build: tuple[str, ...] = ()
    open: tuple[str, ...] = ()


def inventory() -> Mapping[str, Row]:
    """Every row, by its id."""
    table = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {
        name: Row(**{part: tuple(entries) for part, entries in row.items()})
        for name, row in table.items()
    }

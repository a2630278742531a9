"""How parts of a report are laid out: lines, pairs, tables. Text is never read as markup."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text


def number(value: float | None, digits: int = 10) -> str:
    """A number with so many significant digits, an empty cell for none."""
    return "" if value is None else f"{value:.{digits}g}"


def percent(error: float) -> str:
    """A relative error for people: in percent where that is readable."""
    if not 1e-4 <= error < 10:
        return f"{error:.1e} of its norm"
    return f"{100 * error:.0f} %" if error >= 0.1 else f"{100 * error:.2g} %"


def shown(value: Any) -> str:
    """A plain value for people: numbers short, mappings as `name = value`."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} = {shown(item)}" for name, item in value.items())
    if isinstance(value, list | tuple):
        return f"[{', '.join(shown(item) for item in value)}]"
    return number(value, 6) if isinstance(value, float) else str(value)


def lines(texts: Iterable[str]) -> RenderableType:
    """One text under the other."""
    return Group(*(Text(text) for text in texts))


def pairs(rows: Sequence[tuple[str, str]]) -> Table:
    """Names and values in two columns."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    width = max(len(name) for name, _ in rows)
    grid.add_column(min_width=width, overflow="fold")
    grid.add_column(overflow="fold")
    for name, value in rows:
        grid.add_row(Text(name, style="dim"), Text(value))
    return grid


def columns(rows: Iterable[Sequence[Text]], widths: Sequence[int]) -> Table:
    """Rows without a header; all columns but the last have these widths and are never folded."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    for width in widths:
        grid.add_column(min_width=width, no_wrap=True)
    grid.add_column(overflow="fold")
    for row in rows:
        grid.add_row(*row)
    return grid


def table(header: Sequence[str], rows: Iterable[Sequence[Any]], boxed: bool) -> Table:
    """A table with a header, ruled on a terminal."""
    out = Table(
        box=box.SIMPLE_HEAD if boxed else None, show_edge=False, pad_edge=False, header_style="dim"
    )
    for name in header:
        out.add_column(name, overflow="fold")
    for row in rows:
        out.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    return out

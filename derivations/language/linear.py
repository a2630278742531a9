"""Linear systems over any arithmetic, for the values and occupancies of the infinite horizon."""

from typing import Any


def solve(matrix: list[list[Any]], right: list[Any]) -> list[Any]:
    """x with matrix · x = right, by Gauss and Jordan's elimination.

    No pivot is searched: the leading minors of I − γP are not zero as functions of its symbols, and
    a point where one is zero is drawn again by the caller.
    """
    size = len(right)
    rows = [[*row, entry] for row, entry in zip(matrix, right, strict=True)]
    for column in range(size):
        pivot = rows[column][column]
        rows[column] = [entry / pivot for entry in rows[column]]
        for other in range(size):
            if other != column:
                factor = rows[other][column]
                pairs = zip(rows[other], rows[column], strict=True)
                rows[other] = [entry - factor * above for entry, above in pairs]
    return [row[-1] for row in rows]

"""`rlcheck demo`: real libraries, planted faults and correct rewrites, judged before your eyes.

Nothing is recorded: every outcome in the table is computed while you watch.
"""

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def run(every: bool, console: "Console") -> int:
    """Judges every row in child processes and prints the table.

    Args:
        every: every adapter in full as well.
        console: where to; its `is_terminal` decides between a progress bar and plain lines.

    Returns:
        The exit status: 0 exactly where every planted fault is caught, every correct
        implementation passes, and each outside library's outcome is the expected one.
    """
    from rlcheck.demo.lanes import judge_all
    from rlcheck.demo.result import exit_code
    from rlcheck.demo.rows import rows_of
    from rlcheck.demo.table import progress, show_report, show_table

    began = time.monotonic()
    rows = rows_of(every)
    results = []
    with progress(console, rows) as telling:
        for result in judge_all(rows):
            telling.tell(result)
            results.append(result)
    results.sort(key=lambda result: rows.index(result.row))
    for result in results:
        if result.row.shown:
            show_report(console, result)
    show_table(console, results, time.monotonic() - began)
    return exit_code(results)

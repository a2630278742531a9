"""Judging one row, in a child process: outside libraries change global state on import."""

import os
import traceback
from collections.abc import Sequence
from multiprocessing.connection import Connection

from rlcheck.demo.result import Result
from rlcheck.demo.rows import Row


def work(rows: Sequence[Row], pipe: Connection) -> None:
    """Judges rows one after the other and sends each result as soon as it is there."""
    import torch

    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS") or 1))
    for row in rows:
        pipe.send(judge(row))
    pipe.close()


def judge(row: Row) -> Result:
    """The row's verdict; what breaks in rlcheck itself is told, and is never a pass."""
    from rlcheck.judges import verify

    try:
        verdict = verify(_subject(row), claim=row.claim, shrink=row.shown)
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{os.path.basename(last.filename)}:{last.lineno}"
        return Result(row=row, problem=f"{type(error).__name__}: {error} ({place})")
    return Result(row=row, verdict=verdict, seconds=verdict.seconds)


def _subject(row: Row):
    from rlcheck.adapters import adapter
    from rlcheck.subjects import find, make_subject

    if row.section == "library":
        entry = adapter(row.target)
        return make_subject(
            entry.load(),
            name=entry.name,
            kind="update" if entry.kind == "update" else "function",
            settings=entry.settings,
            flags_as_bool=entry.flags_as_bool,
        )
    return make_subject(
        find(row.target).value, name=row.target, layout=row.layout, arrays=row.arrays
    )

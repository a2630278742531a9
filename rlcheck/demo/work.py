"""Judging one row, in a child process: outside libraries change global state on import."""

import os
import traceback
from collections.abc import Sequence
from multiprocessing.connection import Connection

from rlcheck.adapters import ADAPTERS
from rlcheck.demo.result import Result
from rlcheck.demo.rows import Row
from rlcheck.verdict import Verdict


def work(rows: Sequence[Row], pipe: Connection) -> None:
    """Judges rows one after the other and sends each result as soon as it is there."""
    import torch

    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS") or 1))
    for row in rows:
        pipe.send(judge(row))
    pipe.close()


def judge(row: Row) -> Result:
    """The row's verdict; what breaks in rlcheck itself is told, and is never a pass."""
    try:
        verdict = _verdict(row)
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{os.path.basename(last.filename)}:{last.lineno}"
        return Result(row=row, problem=f"{type(error).__name__}: {error} ({place})")
    return Result(row=row, verdict=verdict, seconds=verdict.seconds)


def _verdict(row: Row) -> Verdict:
    # Not at the top: the parent process does without torch.
    from rlcheck.adapters import from_live
    from rlcheck.api.checking import check_adapter, live_subject
    from rlcheck.judges import verify
    from rlcheck.subjects import find, make_subject

    if row.target in ADAPTERS:
        return check_adapter(row.target, row.claim, shrink=row.shown, actions=row.actions)
    value = find(row.target).value
    if row.library:
        live = live_subject(from_live(value()))
        return verify(live, claim=row.claim, shrink=row.shown)
    subject = make_subject(value, name=row.target, layout=row.layout, arrays=row.arrays)
    return verify(subject, claim=row.claim, shrink=row.shown)

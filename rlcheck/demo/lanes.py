"""Two child processes at a time, each a bundle of rows; results come as they are reached."""

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from rlcheck.adapters import is_installed
from rlcheck.adapters.entry import extra_of
from rlcheck.demo.result import Result
from rlcheck.demo.rows import Row
from rlcheck.demo.work import work

LANES = 2


def judge_all(rows: Sequence[Row]) -> Iterator[Result]:
    """The result of every row, in the order in which they are reached."""
    waiting: list[list[Row]] = []
    for bundle in bundles(rows):
        library = bundle[0].library
        if library and not is_installed(library):
            yield from (_absent(row) for row in bundle)
        else:
            waiting.append(bundle)
    yield from _run(waiting)


def bundles(rows: Sequence[Row]) -> list[list[Row]]:
    """Rows that may share a process: one for each outside library, the slowest first.

    A process spends two seconds on importing torch, so there are two for the rest: ours, and what
    was written anew after a thread.
    """
    grouped: dict[tuple[str, bool], list[Row]] = {}
    for row in rows:
        grouped.setdefault((row.library, row.section == "own"), []).append(row)
    return sorted(grouped.values(), key=lambda bundle: (not bundle[0].library, -len(bundle)))


def _run(waiting: list[list[Row]]) -> Iterator[Result]:
    running: dict[Connection, tuple[BaseProcess, list[Row]]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < LANES:
                bundle = waiting.pop(0)
                process, pipe = _start(bundle)
                running[pipe] = (process, list(bundle))
            for pipe in wait(list(running)):
                assert isinstance(pipe, Connection)
                yield from _receive(pipe, running)
    finally:
        for process, _ in running.values():
            process.terminate()


def _start(bundle: list[Row]) -> tuple[BaseProcess, Connection]:
    # Spawned and not forked: a fork inherits torch's threads in whatever state they are.
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=work, args=(bundle, theirs), daemon=True)
    process.start()
    theirs.close()
    return process, ours


def _receive(
    pipe: Connection, running: dict[Connection, tuple[BaseProcess, list[Row]]]
) -> Iterator[Result]:
    process, left = running[pipe]
    try:
        result: Result = pipe.recv()
        left.remove(result.row)
        yield result
    except EOFError:
        del running[pipe]
        process.join()
        pipe.close()
        problem = f"its process ended with status {process.exitcode}"
        yield from (Result(row=row, problem=problem) for row in left)


def _absent(row: Row) -> Result:
    extra = extra_of(row.library)
    required = os.environ.get("RLCHECK_REQUIRE", "").replace(" ", "").split(",")
    problem = f"not installed: pip install 'rlcheck[{extra}]'"
    return Result(row=row, problem=problem, absent=True, due=extra in required)

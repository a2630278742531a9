"""What rlcheck says of its own updates: judged while the site is built, or kept from it.

Each is judged in a process of its own, as many at once as there are cores.
"""

import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path

from rlcheck.site.held import fingerprint, found_or_made
from rlcheck.training.updates import UPDATES, Update
from rlcheck.verdict import PropertyResult

KEPT = Path("build") / "verdicts"


@dataclass(frozen=True, kw_only=True)
class Told:
    """A verdict on an update, as far as a page tells of it.

    Attributes:
        claim: the id of what was promised.
        outcome: in one word.
        held: how many properties hold.
        tried: how many were tried.
        largest: the largest relative error of those that are held exactly, in rounding floors.
        command: that judges it again.
    """

    claim: str
    outcome: str
    held: int
    tried: int
    largest: float
    command: str


Verdicts = Mapping[str, tuple[Told, ...]]
"""Name of an algorithm -> what is said of it, claim by claim."""


class OwnUpdateFails(Exception):
    """An update of the project's own is not what it promises, so that there is no site."""


def verdicts(root: Path, updates: Iterable[Update] = UPDATES) -> Verdicts:
    """What is said of every algorithm.

    Args:
        root: the clone; verdicts are kept in its `build/verdicts`.
        updates: what is judged.

    Raises:
        OwnUpdateFails: one is not consistent.
    """
    judged = tuple(updates)
    kept = found_or_made(
        root / KEPT / f"{fingerprint(root, len(judged))}.json",
        lambda: [asdict(told) for told in _judge_all(judged)],
    )
    found: dict[str, tuple[Told, ...]] = {}
    for update, data in zip(judged, kept, strict=True):
        told = Told(**data)
        if told.outcome != "consistent":
            raise OwnUpdateFails(f"{told.outcome}: {told.command}")
        found[update.algorithm] = (*found.get(update.algorithm, ()), told)
    return found


def _judge_all(updates: tuple[Update, ...]) -> list[Told]:
    # Spawned: a forked process would share the threads of a library that has begun to compute.
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        return list(pool.map(judge, updates))


def judge(update: Update) -> Told:
    """The verdict on one update."""
    import torch

    import rlcheck
    from rlcheck.training import updates

    torch.set_num_threads(1)
    verdict = rlcheck.check(
        getattr(updates, update.name), claim=update.claim, settings=dict(update.settings),
        shrink=False,
    )  # fmt: skip
    tried = [p for p in verdict.properties if p.status in ("passed", "failed")]
    return Told(
        claim=update.claim,
        outcome=str(verdict.outcome),
        held=sum(p.status == "passed" for p in tried),
        tried=len(tried),
        largest=max(_in_floors(p) for p in tried),
        command=update.command,
    )


def _in_floors(prop: PropertyResult) -> float:
    return prop.error / prop.floor if prop.error is not None and prop.floor else 0.0

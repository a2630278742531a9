"""The pytest plugin. It stands outside the package and imports nothing of it until it is used:

a pytest run that has no test of rlcheck's pays for neither torch nor SymPy.
"""

import json
import os
import random
import sys
from pathlib import Path
from typing import Any

import pytest

_RECORDS = pytest.StashKey[list]()
_DRAWN = pytest.StashKey[int]()
_SENT = "rlcheck"
PROFILES = ("ci", "dev", "thorough")
"""Their names; what they are is in `rlcheck.testing.profiles`."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("rlcheck", "policy-gradient implementations against exact gradients")
    group.addoption(
        "--rlcheck-profile", metavar="NAME",
        help="how hard to look: ci (the same worlds each time; the default), dev, thorough",
    )  # fmt: skip
    group.addoption(
        "--rlcheck-seed", metavar="NUMBER", type=int, help="the first seed, to repeat a run of dev"
    )
    group.addoption(
        "--rlcheck-report", metavar="FILE", type=Path, help="write all verdicts: .json or .html"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_RECORDS] = []
    # Every worker of pytest-xdist looks at the same worlds, whichever they are.
    sent = getattr(config, "workerinput", {}).get(_SENT)
    config.stash[_DRAWN] = random.SystemRandom().randrange(2**31) if sent is None else sent
    _refuse_profile(config.getoption("--rlcheck-profile") or os.environ.get("RLCHECK_PROFILE"))
    path = config.getoption("--rlcheck-report")
    if path is None:
        return
    if path.is_dir():
        raise pytest.UsageError(f"--rlcheck-report {path}: it is a folder; pass a file in it")
    if path.suffix not in (".json", ".html"):
        raise pytest.UsageError(f"--rlcheck-report {path}: pass a FILE.json or a FILE.html")
    if not path.parent.is_dir():
        raise pytest.UsageError(f"--rlcheck-report {path}: there is no folder {path.parent}")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput[_SENT] = node.config.stash[_DRAWN]


def pytest_collection_finish(session: pytest.Session) -> None:
    if not _is_used():
        return
    from rlcheck.testing.session import begin

    config = session.config
    begin(
        config.getoption("--rlcheck-profile"),
        first_seed=config.getoption("--rlcheck-seed"),
        drawn=config.stash[_DRAWN],
    )


def pytest_sessionfinish(session: pytest.Session) -> None:
    if not _is_used():
        return
    from rlcheck.testing.session import session as current

    records = current().records()
    session.config.stash[_RECORDS] += records
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput[_SENT] = json.dumps(records)  # pyright: ignore


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """What a worker judged comes back when it ends."""
    sent = getattr(node, "workeroutput", {}).get(_SENT)
    if sent:
        node.config.stash[_RECORDS] += json.loads(sent)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    records = config.stash[_RECORDS]
    path = config.getoption("--rlcheck-report")
    if config.option.collectonly:
        return  # nothing was judged, and a report of an earlier run is not to be lost
    if not records and path is None:
        return
    from rlcheck.testing.profiles import find_profile
    from rlcheck.testing.records import merged
    from rlcheck.testing.summary import summary, write_report

    records = merged(records)
    if records:
        terminalreporter.section("rlcheck")
        for line in summary(records):
            terminalreporter.write_line(line)
    if path is not None:
        profile = find_profile(config.getoption("--rlcheck-profile")).name
        try:
            write_report(path, records, profile)
        except OSError as problem:
            terminalreporter.write_line(f"rlcheck: {path} cannot be written: {problem.strerror}")
            return
        terminalreporter.write_line(f"rlcheck: {len(records)} verdicts written to {path}")


def _refuse_profile(name: str | None) -> None:
    if name is not None and name not in PROFILES:
        raise pytest.UsageError(f"rlcheck profile {name!r}: pass one of {', '.join(PROFILES)}")


def _is_used() -> bool:
    return "rlcheck.testing" in sys.modules

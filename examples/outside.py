"""Runs `your_project` as a project of its own, in its own folder, with rlcheck from a given place.

    python examples/outside.py SITE    # SITE: a folder into which a wheel of rlcheck is installed

As it stands its tests must pass; with each fault of `plant.py` they must not, the property that
the fault names must be among those that fail, and the world in the report must be small.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plant import FAULTS, Fault, copy_project, plant

MOST_STATES = 2
"""In the world that a report shows."""


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A run of the project's tests: pytest's exit status, what it printed, and the report."""

    status: int
    printed: str
    report: dict[str, Any]


def run(folder: Path, site: Path, *arguments: str) -> Ran:
    """Runs the tests that lie in a folder, with rlcheck from `site`, in a process of their own."""
    file = folder / "report.json"
    command = ["pytest", "-q", "-p", "no:cacheprovider", f"--rlcheck-report={file}", *arguments]
    ended = _python(folder, site, "-m", *command)
    report = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {"verdicts": []}
    return Ran(status=ended.returncode, printed=ended.stdout + ended.stderr, report=report)


def run_with(fault: Fault, folder: Path, site: Path) -> Ran:
    """Runs the test that is to find a fault, on a copy of the project that has it."""
    test = f"tests/test_gradients.py::{fault.test}"
    return run(plant(fault, folder), site, "--tb=no", test)


def where_it_is_from(folder: Path, site: Path) -> Path:
    """The file that `import rlcheck` loads in a run."""
    ended = _python(folder, site, "-c", "import rlcheck; print(rlcheck.__file__)")
    return Path(ended.stdout.strip())


def complaints(fault: Fault, ran: Ran) -> Iterator[str]:
    """What is wrong with a run of the project with a fault in it; nothing where it was found."""
    if ran.status != 1:
        yield f"{fault.id}: pytest ended with {ran.status} and not with 1"
    found = {k: f for v in ran.report["verdicts"] for k, f in v["findings"].items()}
    if fault.found_by not in found:
        yield f"{fault.id}: {fault.found_by} does not fail, but {', '.join(found) or 'nothing'}"
    smallest = min((f["n_states"] for f in found.values() if f["n_states"]), default=None)
    if smallest is None or smallest > MOST_STATES:
        yield f"{fault.id}: the smallest world has {smallest} states"


def main(site: Path) -> int:
    """Every run, one after another; the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        project = copy_project(Path(folder) / "your_project")
        loaded = where_it_is_from(project, site)
        if not loaded.is_relative_to(site):
            print(f"rlcheck comes from {loaded}, and not from {site}")
            return 1
        ran = run(project, site)
        wrong = [f"as it stands, pytest ended with {ran.status}"] if ran.status else []
        print(ran.printed)
        for fault in FAULTS.values():
            print(f"\n-- with a fault: {fault.sentence} ({fault.thread})")
            ran = run_with(fault, Path(folder) / fault.id, site)
            print(ran.printed)
            wrong += complaints(fault, ran)
    print("\n".join(wrong) or f"right as it stands, and all {len(FAULTS)} faults are found")
    return 1 if wrong else 0


def _python(folder: Path, site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # What PYTHONPATH names comes before an editable install of the same interpreter.
    set_here = {"PYTHONPATH": str(site), "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env={**os.environ, **set_here},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


if __name__ == "__main__":
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        sys.exit("usage: python examples/outside.py SITE, a folder with rlcheck in it")
    sys.exit(main(Path(sys.argv[1]).resolve()))

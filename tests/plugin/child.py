"""A child pytest on a user's project: what it prints, and how it ends."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PROJECTS = Path(__file__).parent / "projects"
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a run ended."""

    status: int
    printed: str

    @property
    def outcomes(self) -> dict[str, int]:
        """passed, failed and so on -> how many, from pytest's last line."""
        last = self.printed.strip().splitlines()[-1]
        return {word: int(count) for count, word in re.findall(r"(\d+) (\w+)", last)}

    @property
    def section(self) -> list[str]:
        """The lines of rlcheck's section, without what takes another time each time."""
        lines = self.printed.splitlines()
        heads = [i for i, line in enumerate(lines) if re.fullmatch(r"=+ rlcheck =+", line)]
        if not heads:
            return []
        told = []
        for line in lines[heads[0] + 1 :]:
            if line.startswith(("=", "FAILED")):
                break
            told.append(re.sub(r"\d+\.\d s$", "- s", line))
        return told


def run_pytest(folder: Path, project: str, *arguments: str, **environment: str) -> Ended:
    """Runs pytest on a copy of a project, in a process of its own."""
    shutil.copy(PROJECTS / f"{project}.py", folder / f"test_{project}.py")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    path = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "COLUMNS": "100"}
    ended = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, **path, **environment},
    )  # fmt: skip
    return Ended(status=ended.returncode, printed=ended.stdout + ended.stderr)

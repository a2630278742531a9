"""A page of documentation, played from top to bottom as a reader would.

A Python block that begins with `# name.py` is a file; another one is run. A shell block is run, a
diff block is one line replaced in a file, and a text block is held against what was printed last.
"""

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", flags=re.DOTALL | re.MULTILINE)
_FILE = re.compile(r"# (\w+\.py)\n")


@dataclass(kw_only=True)
class Player:
    """Plays a page in a folder.

    Attributes:
        folder: where the reader sits.
        not_run: commands that somebody else tests.
        edited: the file that diffs are about.
        printed: what the last command printed.
        missing: lines of the page that were not printed, in order.
    """

    folder: Path
    not_run: frozenset[str] = frozenset()
    edited: str = ""
    printed: str = ""
    missing: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)

    def play(self, page: str) -> None:
        for kind, block in _BLOCK.findall(page):
            {"python": self._python, "sh": self._shell, "text": self._text, "diff": self._diff}[
                kind
            ](block)

    def _python(self, block: str) -> None:
        named = _FILE.match(block)
        if named:
            self.edited = self.edited or named[1]
            (self.folder / named[1]).write_text(block, encoding="utf-8")
        else:
            self._run([sys.executable, "-c", block])

    def _shell(self, block: str) -> None:
        for command in block.splitlines():
            if command not in self.not_run:
                self.commands.append(command)
                self._run(["bash", "-c", command])

    def _diff(self, block: str) -> None:
        old, new = (line[1:] for line in block.splitlines())
        file = self.folder / self.edited
        text = file.read_text(encoding="utf-8")
        assert text.count(f"{old}\n") == 1
        file.write_text(text.replace(f"{old}\n", f"{new}\n"), encoding="utf-8")

    def _text(self, block: str) -> None:
        # pytest puts an E before every line of a report.
        there = [re.sub(r"^E +", "", line).strip() for line in self.printed.splitlines()]
        for line in filter(None, (line.strip() for line in block.splitlines())):
            wanted = re.compile(".*".join(map(re.escape, line.split("..."))))
            if not any(wanted.search(found) for found in there):
                self.missing.append(line)

    def _run(self, command: list[str]) -> None:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        set_here = {"PATH": path, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "COLUMNS": "100"}
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "RLCHECK_"))}
        ended = subprocess.run(
            command, cwd=self.folder, env={**kept, **set_here}, capture_output=True, text=True,
            check=False, timeout=600,
        )  # fmt: skip
        self.printed = ended.stdout + ended.stderr

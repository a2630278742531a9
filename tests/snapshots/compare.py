"""What is printed against what was printed when somebody last looked at it."""

import os
from pathlib import Path

EXPECTED = Path(__file__).parent / "expected"
WRITE = os.environ.get("RLCHECK_SNAPSHOTS") == "write"


def compare(name: str, printed: str) -> None:
    """Holds a text to its snapshot, word for word."""
    path = EXPECTED / name
    if WRITE:
        path.parent.mkdir(exist_ok=True)
        path.write_text(printed, encoding="utf-8")
    assert printed == path.read_text(encoding="utf-8")

"""Outside libraries are judged in a child process: they keep their globals to themselves.

The parent hands the child a request and a file, `python -m rlcheck.api.child REQUEST FILE`, and
reads the verdict from that file: what the library prints lands in neither.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from rlcheck.errors import InvalidArgument
from rlcheck.reports.json import from_json, to_json
from rlcheck.verdict import Outcome, Verdict


def in_a_child(request: dict[str, Any]) -> Verdict:
    """Judges an adapter in a child process, and gives back its verdict.

    Args:
        request: `name` and `claim` of the adapter, and the options of `rlcheck.judges.verify`.

    Raises:
        InvalidArgument: as the child raised it.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "answer.json"
        command = [sys.executable, "-m", "rlcheck.api.child", json.dumps(request), str(file)]
        ended = subprocess.run(
            command, capture_output=True, text=True, check=False, env=_environment()
        )
        if not file.exists():
            return _died(request, ended)
        answer = json.loads(file.read_text(encoding="utf-8"))
    if "wrong use" in answer:
        raise InvalidArgument(answer["wrong use"])
    return from_json(json.dumps(answer))


def main(request: str, file: str) -> None:
    """The child's side."""
    import torch

    from rlcheck.api.checking import check_adapter

    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    asked = json.loads(request)
    try:
        text = to_json(check_adapter(asked.pop("name"), asked.pop("claim"), **asked))
    except InvalidArgument as problem:
        text = json.dumps({"wrong use": str(problem)})
    Path(file).write_text(text, encoding="utf-8")


def _environment() -> dict[str, str]:
    # The child finds what the parent finds, also where the parent's path was set in its process.
    path = os.pathsep.join(part for part in sys.path if part)
    return {"OMP_NUM_THREADS": "1", **os.environ, "PYTHONPATH": path}


def _died(request: dict[str, Any], ended: "subprocess.CompletedProcess[str]") -> Verdict:
    last = (ended.stderr.strip().splitlines() or [""])[-1][:300]
    return Verdict(
        subject=request["name"],
        claim=request["claim"] or "",
        outcome=Outcome.BIASED,
        error=f"the child process ended with status {ended.returncode}: {last}",
        printed=ended.stdout[:4000],
    )


if __name__ == "__main__":
    main(*sys.argv[1:])

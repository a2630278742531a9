"""The folder of a run: begun where there is none, taken up where one was begun."""

import json
from pathlib import Path
from typing import Any

from rlcheck.errors import InvalidArgument
from rlcheck.training import checkpoint as checkpoints
from rlcheck.training.checkpoint import Checkpoint
from rlcheck.training.configuration import Configuration, require_same
from rlcheck.training.files import PARTIAL, write_whole

CONFIG = "config.json"
CHECKPOINT = "checkpoint.safetensors"
METRICS = "metrics.jsonl"
CURVES = "curves.svg"


def begun(configuration: Configuration, folder: Path) -> None:
    """Makes the folder of a new run.

    Raises:
        InvalidArgument: it exists, or cannot be made.
    """
    try:
        folder.mkdir(parents=True)
    except FileExistsError as problem:
        raise InvalidArgument.of(
            "--out", str(folder), "it exists, and nothing in it is overwritten",
            "another folder, or --resume to go on",
        ) from problem  # fmt: skip
    except OSError as problem:
        raise InvalidArgument.of(
            "--out", str(folder), f"it cannot be made ({problem.strerror})", "a folder to write to"
        ) from problem
    write_configuration(configuration, folder)


def taken_up(configuration: Configuration, folder: Path) -> Checkpoint | None:
    """What a run left in its folder; nothing where it was ended before its first checkpoint.

    Raises:
        InvalidArgument: the folder holds another run or none, or the checkpoint is cut off.
    """
    if not folder.exists():
        begun(configuration, folder)
        return None
    if not folder.is_dir():
        raise InvalidArgument.of("--out", str(folder), "it is no folder", "the folder of a run")
    if all(file.name == CONFIG + PARTIAL for file in folder.iterdir()):
        write_configuration(configuration, folder)
        return None
    require_same(read_configuration(folder), configuration)
    path = folder / CHECKPOINT
    return checkpoints.read(path) if path.exists() else None


def read_configuration(folder: Path) -> dict[str, Any]:
    """`config.json`.

    Raises:
        InvalidArgument: there is none that can be read.
    """
    try:
        found = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise InvalidArgument.of(
            "folder", str(folder), f"there is no run in it: {CONFIG} cannot be read",
            "the folder of a run",
        ) from problem  # fmt: skip
    if not isinstance(found, dict):
        raise InvalidArgument.of(CONFIG, found, "it is no run's", "the folder of a run")
    return found


def write_configuration(configuration: Configuration, folder: Path) -> None:
    """Writes `config.json`."""
    text = json.dumps(configuration.as_json(), indent=2) + "\n"
    write_whole(folder / CONFIG, text.encode())

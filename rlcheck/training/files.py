"""Files that are there whole or not at all."""

import os
from pathlib import Path

PARTIAL = ".partial"


def write_whole(path: Path, data: bytes) -> None:
    """Replaces a file: whoever reads sees the old one or the new one, whenever the power goes.

    The bytes are on the disk before the name changes, and the change of name before this returns.
    A write that did not come to its end leaves a `.partial` beside the file, and the next one
    writes over it.
    """
    partial = path.with_name(path.name + PARTIAL)
    with partial.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

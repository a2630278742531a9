"""Options that commands share, and what is done with their words."""

import os
from typing import Annotated

import typer

from rlcheck.errors import InvalidArgument

Device = Annotated[str, typer.Option(help="Where tensors live.")]
Threads = Annotated[int, typer.Option(min=1, help="Threads that torch may use.")]
Seed = Annotated[int, typer.Option(help="Seed of everything random.")]


def limit_threads(threads: int) -> None:
    """Two spinning OpenMP workers on a busy machine are many times slower than one."""
    # Read by torch when it is imported, and by child processes.
    os.environ["OMP_NUM_THREADS"] = str(threads)
    import torch

    torch.set_num_threads(threads)


def pairs(texts: list[str], option: str, form: str) -> dict[str, str]:
    """The words NAME=VALUE of one option, by name.

    Raises:
        InvalidArgument: one is no pair, or a name is given twice.
    """
    found: dict[str, str] = {}
    for name, value in (_pair(text, option, form) for text in texts):
        if name in found:
            raise InvalidArgument.of(option, name, "it is given twice", f"{option} {form} once")
        found[name] = value
    return found


def number(text: str) -> tuple[str, float]:
    """The name and the number of one `--set NAME=NUMBER`.

    Raises:
        InvalidArgument: it is no pair, or its value is no number.
    """
    name, value = _pair(text, "--set", "NAME=NUMBER")
    try:
        return name, float(value)
    except ValueError:
        raise InvalidArgument.of(
            "--set", text, f"{value!r} is not a number", f"--set {name}=0.2"
        ) from None


def _pair(text: str, option: str, form: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise InvalidArgument.of(option, text, "is not a pair", f"{option} {form}")
    return name.strip(), value.strip()

"""Whether a loss is compiled: the same gradient from fewer and larger kernels.

It pays where updates are many, for the first one waits for the compiler; `benchmarks/compiled.py`
says what each costs and wins. On a GPU `reduce-overhead` records the kernels as a CUDA graph, which
is launched as one. Sums may be added up in another order than without, so that a run is the same
only as another one that is compiled.
"""

from collections.abc import Callable
from typing import Any, Literal, ParamSpec, TypeVar, get_args

import torch

from rlcheck.errors import InvalidArgument

Compiling = Literal["no", "default", "reduce-overhead"]
MODES: tuple[Compiling, ...] = get_args(Compiling)

P = ParamSpec("P")
R = TypeVar("R")


def require_mode(settings: Any) -> None:
    """Refuses what is no way to compile.

    Raises:
        InvalidArgument: with what there is.
    """
    if settings.compile not in MODES:
        raise InvalidArgument.of("compile", settings.compile, "no such way", " or ".join(MODES))


def compiled(function: Callable[P, R], mode: Compiling) -> Callable[P, R]:
    """The function as one graph, which `mode` says how to run; or as it is."""
    if mode == "no":
        return function
    return torch.compile(function, mode=mode, fullgraph=True)

"""The table of planted faults, read from `cases.toml`."""

import importlib.util
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

_HERE = Path(__file__).parent
CERTAIN = ("statement-or-label", "merged", "reporter-withdrew", "review-finding")


@dataclass(frozen=True, kw_only=True)
class PowerCase:
    """One faulty implementation.

    Attributes:
        id: the claim and the function's name, kebab-case.
        claim: what the function claims to be.
        function: the faulty function itself, which asks for the vocabulary's words.
        sentence: what is wrong with it.
        thread: where it was seen, `owner/repo#number`; None for a systematic variant.
        basis: how the thread's verdict is known; better than "status-only" in `CERTAIN`.
        alters_expectation: whether the expected gradient (or output) differs from the claim's.
        why: the argument where it does not.
        variant: the catalogue's variant that it plants, where there is one.
        kwargs: what `rlcheck.check` needs to call it (layout, arrays, actions).
        file: where the function stands, for `rlcheck verify FILE:NAME`.
    """

    id: str
    claim: str
    function: Callable[..., Any]
    sentence: str
    alters_expectation: bool
    file: Path
    thread: str | None = None
    basis: str | None = None
    why: str | None = None
    variant: str | None = None
    kwargs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def source(self) -> Literal["corpus", "systematic"]:
        return "corpus" if self.thread else "systematic"


@cache
def _module(file: Path) -> ModuleType:
    # As a user's file is loaded, under a name that clashes with nothing.
    spec = importlib.util.spec_from_file_location(f"rlcheck_power_faults_{file.stem}", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _load() -> tuple[PowerCase, ...]:
    rows = tomllib.loads((_HERE / "cases.toml").read_text(encoding="utf-8"))["case"]
    cases = []
    for row in rows:
        stem, name = row.pop("function").split(":")
        file = _HERE / "faults" / f"{stem}.py"
        cases.append(PowerCase(function=getattr(_module(file), name), file=file, **row))
    return tuple(cases)


CASES = _load()

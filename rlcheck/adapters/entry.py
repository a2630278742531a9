"""One row of the table of outside libraries: which callable, under which claim, expected how."""

import importlib
import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from rlcheck.errors import InvalidArgument

Kind = Literal["loss", "update", "estimator"]
Expectation = Literal["consistent", "convention", "biased"]

_INSTALL = {
    "stable-baselines3": ("stable_baselines3", "sb3"),
    "sb3-contrib": ("sb3_contrib", "sb3-contrib"),
    "torchrl": ("torchrl", "torchrl"),
    "tianshou": ("tianshou", "tianshou"),
}


@dataclass(frozen=True, kw_only=True)
class AdapterEntry:
    """A subject that can be named, for instance `stable-baselines3:ppo`.

    Attributes:
        name: library and callable, as the command line takes them.
        target: `module:function`; imported by `load`, not before.
        claim: what the library's documentation promises, as an id of a claim.
        kind: "loss" returns a scalar, "update" steps an optimiser, "estimator" returns arrays.
        settings: settings that the library fixes itself, so that the claim must know them.
        expected: the outcome that the installed versions have when they are looked into by hand.
        precision: relative error that the library's own arithmetic brings (float32 inside).
        note: what the entry leaves out, and why an expected outcome is not `consistent`.
    """

    name: str
    target: str
    claim: str
    kind: Kind
    settings: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    expected: Expectation = "consistent"
    precision: float = 1e-12
    note: str = ""

    @property
    def library(self) -> str:
        """The library's name in the registry of Python packages."""
        return self.name.partition(":")[0]

    @property
    def flags_as_bool(self) -> bool:
        """Estimators of the libraries check that flags are plain boolean arrays."""
        return self.kind == "estimator"

    def load(self) -> Callable[..., Any]:
        """Imports the adapter and returns the callable; its library must be installed.

        Raises:
            InvalidArgument: the library is not installed; the message has the line to type.
        """
        require_library(self.library)
        module, _, function = self.target.partition(":")
        return getattr(importlib.import_module(module), function)


def is_installed(library: str) -> bool:
    """Whether the outside library can be imported, found without importing it."""
    package, _ = _INSTALL[library]
    return importlib.util.find_spec(package) is not None


def extra_of(library: str) -> str:
    """The extra of `pip install 'rlcheck[...]'` that brings an outside library."""
    return _INSTALL[library][1]


def require_library(library: str) -> None:
    """Refuses a library that is not there, with the line that installs it."""
    if not is_installed(library):
        _, extra = _INSTALL[library]
        raise InvalidArgument.of(
            "subject",
            library,
            f"{library} is not installed",
            f"a subject of your own, or first run: pip install 'rlcheck[{extra}]'",
        )

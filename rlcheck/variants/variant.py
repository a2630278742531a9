"""A stage of a method: its right form, the conventions in use, and the faults that occurred."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from rlcheck.errors import InvalidArgument


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One way in which a stage has been written.

    Attributes:
        id: kebab-case, public.
        kind: "right", "convention" (a known choice) or "fault".
        sentence: what it does, for a report.
        compute: the stage itself, a pure function of a `Workspace` and of earlier stages.
        threads: public threads where it occurred, `owner/repo#number`.
    """

    id: str
    kind: Literal["right", "convention", "fault"]
    sentence: str
    compute: Callable[..., Any]
    threads: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A place in a method, with everything that is known to have stood there."""

    id: str
    right: Variant
    others: tuple[Variant, ...] = ()

    @property
    def variants(self) -> tuple[Variant, ...]:
        """The right form and all others."""
        return (self.right, *self.others)

    @property
    def conventions(self) -> tuple[Variant, ...]:
        """The known choices among them."""
        return tuple(v for v in self.others if v.kind == "convention")

    @property
    def faults(self) -> tuple[Variant, ...]:
        """The faults among them."""
        return tuple(v for v in self.others if v.kind == "fault")

    def __getitem__(self, variant_id: str) -> Variant:
        for variant in self.variants:
            if variant.id == variant_id:
                return variant
        raise InvalidArgument.of(
            "variant", variant_id, f"stage {self.id!r} has none of that id",
            f"one of {', '.join(v.id for v in self.variants)}",
        )  # fmt: skip


def right(sentence: str, compute: Callable[..., Any]) -> Variant:
    """The right form of a stage."""
    return Variant(id="right", kind="right", sentence=sentence, compute=compute)


def convention(name: str, sentence: str, compute: Callable[..., Any], *threads: str) -> Variant:
    """A known choice, with the threads where it was discussed."""
    return Variant(id=name, kind="convention", sentence=sentence, compute=compute, threads=threads)


def fault(name: str, sentence: str, compute: Callable[..., Any], *threads: str) -> Variant:
    """A fault, with the threads where it occurred."""
    return Variant(id=name, kind="fault", sentence=sentence, compute=compute, threads=threads)

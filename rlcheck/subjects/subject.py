"""The thing under check: a callable, what each of its parameters asks for, and its layout."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from rlcheck.errors import InvalidArgument
from rlcheck.subjects.binding import bind
from rlcheck.subjects.layouts import ARRAYS, LAYOUTS, Layout, check_choice
from rlcheck.vocabulary import FLAGS, SETTINGS

Kind = Literal["function", "update"]
Actions = Literal["discrete", "continuous", "both"]
ACTIONS: tuple[Actions, ...] = ("discrete", "continuous", "both")


@dataclass(frozen=True, kw_only=True, eq=False)
class Subject:
    """Somebody's implementation, as rlcheck calls it.

    Attributes:
        name: how reports call it.
        call: the code itself, unedited.
        bound: its parameters -> words of the vocabulary.
        kind: "function" returns its result; "update" steps an optimiser, where its gradient
            is caught.
        layout: "TN" ([T, N]), "BT" ([N, T]) or "flat" ([B], whole episodes in order).
        arrays: "torch" or "numpy".
        own: the implementation's own networks, where it brings them (see `rlcheck.subjects.own`).
        flags_as_bool: hand over plain boolean tensors (libraries that check types).
        fixed: settings that the implementation holds itself and that the claim must know.
        actions: "discrete" (int64 [T, N]), "continuous" (float64 [T, N, D]) or "both".
        printed: what importing it printed.
    """

    name: str
    call: Callable[..., Any]
    bound: Mapping[str, str]
    kind: Kind = "function"
    layout: Layout = "TN"
    arrays: str = "torch"
    own: Any = None
    flags_as_bool: bool = False
    fixed: Mapping[str, float] = field(default_factory=dict)
    actions: Actions = "discrete"
    printed: str = ""

    @property
    def asks(self) -> frozenset[str]:
        """The words that it asks for."""
        return frozenset(self.bound.values())

    @property
    def sees_ends(self) -> bool:
        """Whether it can learn where an episode ends."""
        return bool(self.asks & FLAGS)

    @property
    def takes_padding(self) -> bool:
        """Whether it can be given rollouts of unequal length."""
        return "mask" in self.asks or (self.layout == "flat" and self.sees_ends)


def make_subject(
    call: Any,
    *,
    name: str | None = None,
    names: Mapping[str, str] | None = None,
    layout: str = "TN",
    arrays: str = "torch",
    kind: Kind = "function",
    own: Any = None,
    settings: Mapping[str, float] | None = None,
    flags_as_bool: bool = False,
    actions: str = "discrete",
) -> Subject:
    """Makes a subject of any callable.

    Raises:
        InvalidArgument: a parameter that nothing is known of, a layout or a setting that
            does not exist.
    """
    check_choice("layout", layout, LAYOUTS)
    check_choice("arrays", arrays, ARRAYS)
    fixed = dict(settings or {})
    for key, value in fixed.items():
        check_setting(key, value)
    return Subject(
        name=name or getattr(call, "__name__", None) or type(call).__name__,
        call=call,
        bound=bind(call, names),
        kind=kind,
        layout=layout,  # type: ignore[arg-type] - narrowed by check_choice
        arrays=arrays,
        own=own,
        flags_as_bool=flags_as_bool,
        fixed=fixed,
        actions=acted_with(actions, own),
    )


def acted_with(actions: str, own: Any) -> Actions:
    """The kinds of action to try: those asked for, or the one that the own networks act with.

    Raises:
        InvalidArgument: there is no such kind, or the networks act with another.
    """
    check_choice("actions", actions, ACTIONS)
    kind = getattr(getattr(own, "action", None), "kind", None)
    if kind is None:
        return actions  # type: ignore[return-value] - narrowed by check_choice
    # "discrete" is what nobody has to say: networks of another kind are taken as they are.
    if actions not in (kind, "discrete"):
        raise InvalidArgument.of(
            "actions", actions, f"the networks that it brings act with {kind} actions", repr(kind)
        )
    return kind


def check_setting(key: str, value: Any) -> None:
    """Refuses a setting that does not exist or is no finite number."""
    if key not in SETTINGS:
        raise InvalidArgument.of(
            "settings", {key: value}, f"{key!r} is no setting", f"one of {', '.join(SETTINGS)}"
        )
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or value != value or abs(value) == float("inf"):
        raise InvalidArgument.of("settings", {key: value}, "it is no number", f"{key}=NUMBER")

"""The thing under check: a callable, what each of its parameters asks for, and its layout."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from rlcheck.errors import InvalidArgument
from rlcheck.subjects.binding import bind, parameters_of
from rlcheck.subjects.layouts import ARRAYS, LAYOUTS, Layout, check_choice
from rlcheck.subjects.parts import Part, compose, make_part
from rlcheck.vocabulary import FLAGS, SETTINGS

Kind = Literal["function", "update"]
Actions = Literal["discrete", "continuous", "both"]
ACTIONS: tuple[Actions, ...] = ("discrete", "continuous", "both")
PARTS = ("returns", "advantages", "loss")
"""The parts that can be judged by themselves."""
STEP_PARTS = ("fisher_vector_product", "conjugate_gradients")
"""The parts of a trust-region step, which are judged by themselves alone."""


def _made_of_parts() -> None:
    """Stands where the code will, until the parts have been put together."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Subject:
    """Somebody's implementation, as rlcheck calls it.

    `Subject(loss=f)` is one function. `Subject(returns=f, advantages=g, loss=h)` is what they do
    together, `loss` on what the others give; a `step` calls them itself, and steps an optimiser.
    `Subject(fisher_vector_product=f, conjugate_gradients=g, step=h)` are the parts of a step in a
    trust region, each judged by itself.

    Attributes:
        name: how reports call it.
        returns: gives value targets [T, N]; a part.
        advantages: gives advantages [T, N], or a pair with the returns; a part.
        loss: gives the scalar loss.
        step: one update that steps an optimiser over what it is handed, calling the other parts.
        fisher_vector_product: gives F v + damping v, flat.
        conjugate_gradients: gives x with A x = rhs.
        names: the vocabulary's word for parameters that are spelled otherwise.
        call: the code itself, unedited; made of the parts where it is not given.
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

    Raises:
        InvalidArgument: there is neither a loss nor a step nor an array to judge, or a parameter
            of a part asks for nothing that is known.
    """

    name: str = ""
    returns: Callable[..., Any] | None = None
    advantages: Callable[..., Any] | None = None
    loss: Callable[..., Any] | None = None
    step: Callable[..., Any] | None = None
    fisher_vector_product: Callable[..., Any] | None = None
    conjugate_gradients: Callable[..., Any] | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    call: Callable[..., Any] = _made_of_parts
    bound: Mapping[str, str] = field(default_factory=dict)
    kind: Kind = "function"
    layout: Layout = "TN"
    arrays: str = "torch"
    own: Any = None
    flags_as_bool: bool = False
    fixed: Mapping[str, float] = field(default_factory=dict)
    actions: Actions = "discrete"
    printed: str = ""

    def __post_init__(self) -> None:
        if self.call is _made_of_parts:
            for attribute, value in _whole(self).items():
                object.__setattr__(self, attribute, value)

    @property
    def asks(self) -> frozenset[str]:
        """The words that it asks for."""
        return frozenset(self.bound.values())

    @property
    def sees_ends(self) -> bool:
        """Whether it can learn where an episode ends."""
        return bool(self.asks & FLAGS)

    @property
    def parts(self) -> dict[str, "Subject"]:
        """Each part as a subject of its own, on what the parts before it give; none of one."""
        given = {name: getattr(self, name) for name in PARTS if getattr(self, name) is not None}
        if len(given) < 2 and self.step is None:
            given = {}
        return {name: self._alone(name, self._needed_by(name)) for name in given}

    @property
    def step_parts(self) -> dict[str, "Subject"]:
        """Product, solver and step of a trust region, each as a subject of its own."""
        given = {n: getattr(self, n) for n in (*STEP_PARTS, "step") if getattr(self, n) is not None}
        if not set(STEP_PARTS) & set(given) or len(given) < 2:
            return {}
        return {name: self._alone(name, {name: part}) for name, part in given.items()}

    def _alone(self, name: str, needed: Mapping[str, Callable[..., Any]]) -> "Subject":
        """The subject of some of the functions, told by the name of one."""
        nothing: dict[str, Any] = dict.fromkeys((*PARTS, "step", *STEP_PARTS))
        return replace(
            self, name=f"{name} of {self.name}", call=_made_of_parts, bound={}, kind="function",
            names=self._names_of(needed), **{**nothing, **needed},
        )  # fmt: skip

    def _names_of(self, functions: Mapping[str, Callable[..., Any]]) -> dict[str, str]:
        there = {name for function in functions.values() for name in parameters_of(function)}
        return {name: word for name, word in self.names.items() if name in there}

    def _needed_by(self, name: str) -> dict[str, Callable[..., Any]]:
        """A part, and what computes what it asks for; a loss is handed that ready."""
        part = getattr(self, name)
        other = {"returns": "advantages", "advantages": "returns"}.get(name, "")
        computes_it = getattr(self, other, None)
        if computes_it is None or other not in make_part(part, self.names).words:
            return {name: part}
        return {name: part, other: computes_it}

    @property
    def takes_padding(self) -> bool:
        """Whether it can be given rollouts of unequal length."""
        return "mask" in self.asks or (self.layout == "flat" and self.sees_ends)


def advantages_of(returns: Subject) -> Subject:
    """Returns minus values: what a part that gives lambda-returns promises to be."""

    def minus_values(returns: Any, values: Any) -> Any:
        return returns - values

    return Subject(
        name=returns.name, returns=returns.returns, advantages=minus_values, names=returns.names,
        layout=returns.layout, arrays=returns.arrays, fixed=returns.fixed, actions=returns.actions,
    )  # fmt: skip


def _whole(subject: Subject) -> dict[str, Any]:
    """What the parts are together: name, call, bound and kind."""
    given = {name: getattr(subject, name) for name in (*PARTS, "step", *STEP_PARTS)}
    made = {n: make_part(call, subject.names) for n, call in given.items() if call is not None}
    if not made:
        raise InvalidArgument.of(
            "Subject", subject.name, "it has no part to judge",
            "loss=, advantages=, returns=, step=, fisher_vector_product= or conjugate_gradients=, "
            "each a function",
        )  # fmt: skip
    _refuse_foreign_names(subject.names, given)
    last = _last(made)
    alone = last == "step" or last in STEP_PARTS
    before = {} if alone else {w: p for w, p in made.items() if w != last}
    composed = compose(before, made[last])
    return {
        "name": subject.name or name_of(given[last]),
        "call": composed if before else made[last].call,
        "bound": {word: word for word in sorted(composed.words)} if before else made[last].bound,
        "kind": "update" if last == "step" else "function",
    }


def _refuse_foreign_names(names: Mapping[str, str], given: Mapping[str, Any]) -> None:
    there = {name for part in given.values() if part is not None for name in parameters_of(part)}
    for name, word in names.items():
        if name not in there:
            raise InvalidArgument.of(
                "names", {name: word}, f"no part has a parameter {name!r}",
                f"one of {', '.join(sorted(there))}",
            )  # fmt: skip


def _last(made: Mapping[str, Part]) -> str:
    """The part that gives the result: what nothing else is computed from."""
    if "step" in made or "loss" in made:
        return "step" if "step" in made else "loss"
    for part in STEP_PARTS:
        if part in made:
            return part
    if len(made) == 2:
        return "returns" if "advantages" in made["returns"].words else "advantages"
    return next(iter(made))


def name_of(call: Any) -> str:
    """How reports call a callable that nobody has named."""
    return getattr(call, "__name__", None) or type(call).__name__


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
        name=name or name_of(call),
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

"""Binds a function's parameters to the vocabulary by name, and refuses what it cannot bind."""

import difflib
import functools
import inspect
from collections.abc import Mapping
from typing import Any

from rlcheck.errors import InvalidArgument
from rlcheck.vocabulary import SYNONYMS, WORDS

_SKIPPED = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def bind(function: Any, names: Mapping[str, str] | None = None) -> dict[str, str]:
    """Finds what each parameter asks for.

    Args:
        function: any callable with a signature: a function, a partial, an object.
        names: the vocabulary's word for parameters that are spelled otherwise.

    Returns:
        Parameter name -> vocabulary word. Parameters with a default that are not in the
        vocabulary are left to their default.

    Raises:
        InvalidArgument: a parameter without a default is in no vocabulary, or `names` names
            a parameter or a word that does not exist.
    """
    names = dict(names or {})
    parameters = parameters_of(function)
    for parameter, word in names.items():
        _check_mapping(parameter, word, parameters)
    bound: dict[str, str] = {}
    unknown: list[str] = []
    for name, parameter in parameters.items():
        word = names.get(name) or (name if name in WORDS else SYNONYMS.get(name))
        if word is not None:
            bound[name] = word
        elif parameter.default is inspect.Parameter.empty:
            unknown.append(name)
    if unknown:
        raise _unknown(unknown)
    _refuse_twice(bound)
    return bound


def left_to_default(function: Any, bound: Mapping[str, str]) -> dict[str, Any]:
    """Parameters that nothing is known of, with the default that they keep."""
    found = parameters_of(function).items()
    return {name: p.default for name, p in found if name not in bound}


def parameters_of(function: Any) -> dict[str, inspect.Parameter]:
    """The parameters of a callable that can be bound by name.

    Raises:
        InvalidArgument: it cannot be called, or its signature cannot be read.
    """
    if not callable(function):
        raise InvalidArgument.of(
            "subject", function, "it cannot be called", "a function, or a callable object"
        )
    try:
        found = inspect.signature(function).parameters
    except (TypeError, ValueError) as error:
        raise InvalidArgument.of(
            "subject",
            function,
            f"its signature cannot be read ({error})",
            "a Python function that calls it, with parameters named by the vocabulary",
        ) from error
    # What a partial has fixed by keyword is its own affair.
    fixed = function.keywords if isinstance(function, functools.partial) else {}
    return {n: p for n, p in found.items() if p.kind not in _SKIPPED and n not in fixed}


def _check_mapping(parameter: str, word: str, parameters: Mapping[str, Any]) -> None:
    if parameter not in parameters:
        raise InvalidArgument.of(
            "names",
            {parameter: word},
            f"the function has no parameter {parameter!r}",
            f"one of {sorted(parameters)} = a word of the vocabulary",
        )
    if word not in WORDS:
        raise InvalidArgument.of(
            "names", {parameter: word}, f"{word!r} is not a word of the vocabulary", _listing()
        )


def _unknown(names: list[str]) -> InvalidArgument:
    """One error for all parameters that nothing is known of: nobody wants to run once for each."""
    told = ", ".join(f"{name!r}{_hint(name)}" for name in names)
    one = len(names) == 1
    pairs = ", ".join(f"{name!r}: WORD" for name in names)
    typed = " ".join(f"--names {name}=WORD" for name in names)
    return InvalidArgument.of(
        "subject",
        names[0] if one else names,
        f"the parameter {told} is not in the vocabulary and has no default" if one
        else f"the parameters {told} are not in the vocabulary and have no defaults",
        f"names={{{pairs}}} ({typed}) where WORD is {_listing()}",
    )  # fmt: skip


def _hint(name: str) -> str:
    close = difflib.get_close_matches(name, [*WORDS, *SYNONYMS], n=1, cutoff=0.75)
    return f" (close to {SYNONYMS.get(close[0], close[0])!r})" if close else ""


def _refuse_twice(bound: Mapping[str, str]) -> None:
    for word in bound.values():
        asking = [name for name, other in bound.items() if other == word]
        if len(asking) > 1:
            raise InvalidArgument.of(
                "subject",
                asking,
                f"two parameters ask for {word!r}",
                "names={...} that says which of them is which",
            )


def _listing() -> str:
    return "one of " + ", ".join(WORDS)

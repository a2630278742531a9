"""The value of an expression of the language in a world, in whatever arithmetic the world has."""

from collections.abc import Mapping
from typing import Any, ClassVar

from derivations.language.meaning.of_functionals import OF_FUNCTIONALS
from derivations.language.meaning.of_operators import OF_OPERATORS
from derivations.language.meaning.of_sums import OF_SUMS
from derivations.language.meaning.of_terms import OF_TERMS
from derivations.language.meaning.reading import Reading
from derivations.language.meaning.scope import Scope

__all__ = ["Evaluator", "Scope"]


class Evaluator(Reading):
    """Gives every expression its value in one world."""

    rules: ClassVar[Mapping[type, Any]] = {**OF_TERMS, **OF_SUMS, **OF_FUNCTIONALS, **OF_OPERATORS}

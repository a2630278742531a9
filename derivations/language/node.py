"""The base of every object that the derivations write: a SymPy expression that knows its parts."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Self

from sympy import Expr, Symbol, sympify
from sympy.core.basic import Basic


class Node(Expr):
    """A SymPy expression with named arguments and no evaluation of its own.

    A subclass lists its arguments' names in `fields`, those that are bound variables in `binds`,
    and those in whose scope the bound variables are in `scope`. Optional arguments come last.
    SymPy may reorder sums and products of nodes; it never looks inside one.
    """

    is_commutative = True
    fields: tuple[str, ...] = ()
    optional: int = 0
    binds: tuple[str, ...] = ()
    scope: tuple[str, ...] = ()

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """The fields, which `__init_subclass__` makes properties."""

    def __init_subclass__(cls) -> None:
        """A field that SymPy already uses as a name would silently be SymPy's."""
        if taken := [name for name in cls.fields if hasattr(Expr, name)]:
            raise TypeError(f"{cls.__name__}: {taken} are names of SymPy's own")
        for position, name in enumerate(cls.fields):
            setattr(cls, name, property(_argument(position)))

    def __new__(cls, *args: Any) -> Self:
        least = len(cls.fields) - cls.optional
        if not least <= len(args) <= len(cls.fields):
            raise TypeError(f"{cls.__name__} takes {', '.join(cls.fields)}; got {len(args)}")
        parts = [Symbol(part) if isinstance(part, str) else sympify(part) for part in args]
        return Expr.__new__(cls, *parts)

    @property
    def free_symbols(self) -> set[Basic]:
        """The symbols that stand for something outside, as every binder of SymPy has it."""
        bound = {getattr(self, name) for name in self.binds}
        free: set[Basic] = set()
        for name, part in zip(self.fields, self.args, strict=False):
            if name in self.binds:
                continue
            free |= part.free_symbols - (bound if name in self.scope else set())
        return free

    def _hashable_content(self) -> tuple[Any, ...]:
        return self.args


def _argument(position: int) -> Callable[[Node], Any]:
    """The argument at a position; None for an optional one that is not given."""

    def argument(node: Node) -> Any:
        arguments = node.args
        return arguments[position] if position < len(arguments) else None

    return argument


def bracketed(printer: Any, parts: Iterable[Basic]) -> str:
    """The arguments of a function, separated by commas."""
    return ", ".join(printer._print(part) for part in parts)


def wrapped(printer: Any, body: Basic) -> str:
    """A body behind a sum or ∇: in parentheses where it is itself a sum of terms."""
    text = printer._print(body)
    return rf"\left({text}\right)" if body.is_Add else text


def grouped(printer: Any, body: Basic) -> str:
    """A body behind ∇, which reaches over one factor only."""
    text = printer._print(body)
    return rf"\left({text}\right)" if body.is_Add or body.is_Mul or body.is_Pow else text

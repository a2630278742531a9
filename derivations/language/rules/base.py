"""What a rule is: it gives what an expression may be replaced by, whatever the sizes.

A rule must hold in every world in which the facts hold; what it does not recognise it leaves alone.
"""

from collections.abc import Iterator
from typing import Any, Protocol

from sympy import Expr

from derivations.language.facts import Facts
from derivations.language.rewriting import rewritten


class Rule(Protocol):
    """Gives what an expression may be replaced by."""

    def rewrites(self, expr: Expr, facts: Facts) -> Iterator[Expr]:
        """Every result of the rule, at one place or at all."""
        ...


class LocalRule:
    """A rule that looks at one node at a time."""

    def rewrites(self, expr: Expr, facts: Facts) -> Iterator[Expr]:
        yield from rewritten(expr, self.local, facts)

    def local(self, expr: Any, facts: Facts) -> Expr | None:
        raise NotImplementedError

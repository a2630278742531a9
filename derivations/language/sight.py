"""What of its surroundings the value of an expression depends on: so that values can be kept."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sympy import Expr, Symbol

from derivations.language import functionals, operators, terms
from derivations.language.node import Node


@dataclass(frozen=True, kw_only=True)
class Sight:
    """Bound variables from outside, and the states and actions of the trajectory at hand.

    Args:
        symbols: the free symbols.
        leaves: s_t and a_t that are looked at, if those are all; their times are of `symbols`.
        far: whether it may look at the whole trajectory, or at other ones.
    """

    symbols: tuple[Symbol, ...]
    leaves: tuple[Expr, ...]
    far: bool


_NEAR = (
    terms.StateAt,
    terms.ActionAt,
    terms.Pi,
    terms.Reward,
    terms.Dynamics,
    terms.Initial,
    terms.Table,
    operators.Gradient,
    operators.Log,
    functionals.Value,
    functionals.ActionValue,
    functionals.Advantage,
    functionals.BestActionValue,
)
"""Nodes that look no further than their arguments."""


@lru_cache(maxsize=65536)
def sight_of(expr: Any) -> Sight:
    """What the expression looks at; anything not known to be near-sighted looks far."""
    nodes = expr.atoms(Node)
    far = not all(isinstance(node, _NEAR) for node in nodes)
    leaves = sorted(expr.atoms(terms.StateAt, terms.ActionAt), key=str)
    symbols = sorted(expr.free_symbols, key=str)
    return Sight(symbols=tuple(symbols), leaves=tuple(leaves), far=far)

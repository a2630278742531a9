"""The values of whole sides in one world, for every choice of the quantified variables."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sympy import Expr, sympify

from derivations.language.evaluate import Evaluator, Scope
from derivations.language.problem import Problem
from derivations.language.refusal import Refused
from derivations.language.statement import Each, Kind
from derivations.language.world import Relaxation, Size, World

Bindings = tuple[tuple[Expr, Expr], ...]
"""What symbols and arbitrary functions stand for, in a region."""

MOST_SIDES = 512
"""Sides whose values are kept; two lines of a derivation share one."""


class Sheet:
    """One world, and the values of the sides that were asked for in it.

    Args:
        size: of the world.
        relaxed: assumptions taken away.
        point: its arithmetic.
        bindings: of a region.
        problem: whose numbers the world has, in place of free symbols.
    """

    def __init__(
        self,
        size: Size,
        relaxed: frozenset[Relaxation],
        point: Any,
        bindings: Bindings = (),
        problem: Problem | None = None,
    ) -> None:
        self.point = point
        world = World(size, point, relaxed)
        self._evaluate = Evaluator(world, dict(bindings))
        for name, number in () if problem is None else problem.numbers():
            world.give(name, self._evaluate(sympify(number), Scope(values={})))
        self._sides: dict[Any, list[tuple[Scope, Any]]] = {}

    def values(self, side: Expr, forall: tuple[Each, ...]) -> list[tuple[Scope, Any]]:
        """The side's value for every choice of the quantified variables.

        Raises:
            Refused: there is no choice, or the side has no value.
        """
        key = (side, forall)
        if key not in self._sides:
            if len(self._sides) >= MOST_SIDES:
                self._sides.clear()
                self._evaluate.forget()
            self._sides[key] = self._values(side, forall)
        return self._sides[key]

    def _values(self, side: Expr, forall: tuple[Each, ...]) -> list[tuple[Scope, Any]]:
        scopes = quantified(forall, self._evaluate, Scope(values={}))
        values = [(scope, self._evaluate(side, scope)) for scope in scopes]
        if not values:
            raise Refused("nothing to check: a range of times is empty")
        return values


def quantified(forall: tuple[Each, ...], evaluate: Evaluator, scope: Scope) -> Iterator[Scope]:
    """Every choice of the quantified variables."""
    if not forall:
        yield scope
        return
    each, rest = forall[0], forall[1:]
    for chosen in _choices(each, evaluate, scope):
        yield from quantified(rest, evaluate, chosen)


def _choices(each: Each, evaluate: Evaluator, scope: Scope) -> Iterator[Scope]:
    if each.kind is Kind.TRAJECTORY:
        for states, actions in evaluate.world.trajectories(evaluate.world.size.steps):
            yield replace(scope, states=states, actions=actions)
        return
    for value in _values(each, evaluate, scope):
        yield scope.bind(each.variable, value)


def _values(each: Each, evaluate: Evaluator, scope: Scope) -> range:
    size = evaluate.world.size
    if each.kind is Kind.TIME:
        first, last = (evaluate.integer(bound, scope) for bound in (each.first, each.last))
        return range(first, last + 1)
    counts = {Kind.STATE: size.states, Kind.ACTION: size.actions, Kind.OUTCOME: size.outcomes}
    return range(counts[each.kind])

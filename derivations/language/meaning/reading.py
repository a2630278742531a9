"""How an expression is read in a world: whole numbers, policies, trajectories, and what is kept."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import prod
from typing import Any, ClassVar

from sympy import Add, Expr, Integer, Mul, Symbol

from derivations.language import binders, functionals, operators, terms
from derivations.language.functions import PolicyNumbers, TimedPolicyNumbers
from derivations.language.meaning.scope import Scope
from derivations.language.refusal import Undefined
from derivations.language.sight import Sight, sight_of
from derivations.language.world import COORDINATES, World

_KEPT = frozenset({operators.Gradient, binders.TimeSum, functionals.Return, Mul})
"""Kinds of expression whose values are kept, as they are asked for on many trajectories."""


_MISSING = object()
"""Kept by no key."""


class Reading:
    """Gives every expression its value in one world; `Evaluator` says what each kind means.

    Args:
        world: the world.
        bindings: symbols and parametric functions that stand for an expression, in a region.
    """

    rules: ClassVar[Mapping[type, Any]] = {}
    """Kind of expression -> its meaning, a function of the reading, the expression, the scope."""

    def __init__(self, world: World, bindings: Mapping[Expr, Expr] | None = None) -> None:
        self.world = world
        self.bindings = dict(bindings or {})
        self._values: dict[Any, Any] = {}

    def __call__(self, expr: Expr, scope: Scope) -> Any:
        kind = type(expr)
        rule = self.rules.get(kind) or self._rule_of_base(expr)
        if kind not in _KEPT:
            return rule(self, expr, scope)
        sight = sight_of(expr)
        if kind is Mul and sight.far:
            return rule(self, expr, scope)  # each trajectory has a value of its own
        seen = self._seen(sight, scope)
        key = (expr, scope.coordinate, scope.slopes, scope.at_old, *seen)
        found = self._values.get(key, _MISSING)
        if found is _MISSING:
            found = self._values[key] = rule(self, expr, scope)
        return found

    def _rule_of_base(self, expr: Expr) -> Any:
        for base in type(expr).__mro__:
            if base in self.rules:
                return self.rules[base]
        raise Undefined(f"{type(expr).__name__} has no meaning in this language: {expr}")

    def bound(self, expr: Any) -> Any:
        """The expression in the region's own symbols."""
        for variable, value in reversed(self.bindings.items()):
            expr = expr.xreplace({variable: value})
        return expr

    def forget(self) -> None:
        """Drops the values that were kept; the world stays."""
        self._values.clear()

    def _seen(self, sight: Sight, scope: Scope) -> tuple[Any, ...]:
        """All that the value of an expression with this sight depends on, besides the world."""
        given = scope.values.get
        values = tuple([given(symbol) for symbol in sight.symbols])
        if sight.far:
            return (values, scope.states, scope.actions, scope.samples)
        return (values, *[self.integer(leaf, scope) for leaf in sight.leaves])

    def integer(self, expr: Any, scope: Scope) -> int:
        """The value of a time, a bound or an exponent; of a state or an action, its number."""
        if isinstance(expr, Symbol):
            return self._integer_symbol(expr, scope)
        if isinstance(expr, terms.StateAt):
            return self._at(scope.states, expr, scope)
        if isinstance(expr, terms.ActionAt):
            return self._at(scope.actions, expr, scope)
        if isinstance(expr, Integer):
            return int(expr)
        if isinstance(expr, Add):
            return sum([self.integer(part, scope) for part in expr.args])
        if isinstance(expr, Mul):
            return prod([self.integer(part, scope) for part in expr.args])
        raise Undefined(f"{expr} is not a whole number here")

    def _integer_symbol(self, symbol: Symbol, scope: Scope) -> int:
        value = scope.values.get(symbol)
        if value is not None:
            return value
        if symbol == terms.T:
            return self.world.size.steps
        raise Undefined(f"nothing gives {symbol} a value here")

    def _at(self, line: tuple[int, ...] | None, expr: Any, scope: Scope) -> int:
        if line is None:
            raise Undefined(f"{expr} stands outside any trajectory")
        time = self.integer(expr.args[0], scope)
        if not 0 <= time < len(line):
            raise Undefined(f"{expr} at time {time}: a trajectory has times 0 to {len(line) - 1}")
        return line[time]

    def state(self, expr: Expr, scope: Scope) -> int:
        """The number of a state."""
        if isinstance(expr, terms.ActionAt):
            raise Undefined(f"{expr} stands where a state must")
        return self.below(self.integer(expr, scope), self.world.size.states, expr)

    def action(self, expr: Expr, scope: Scope) -> int:
        """The number of an action."""
        if isinstance(expr, terms.StateAt):
            raise Undefined(f"{expr} stands where an action must")
        return self.below(self.integer(expr, scope), self.world.size.actions, expr)

    def below(self, number: int, count: int, expr: Expr) -> int:
        """The number, if there are that many."""
        if not 0 <= number < count:
            raise Undefined(f"{expr} has the value {number}, out of {count}")
        return number

    def policy_numbers(self, policy: Any, scope: Scope) -> PolicyNumbers:
        """V, Q, J and the laws of a policy, dual numbers inside ∇."""
        key = ("numbers", policy, scope.slopes, scope.at_old)
        return self.world.kept(key, lambda: self._make_numbers(policy, scope))

    def _make_numbers(self, policy: Any, scope: Scope) -> PolicyNumbers:
        states, times = range(self.world.size.states), range(self.world.size.steps)
        if policy == terms.GREEDY_IN_TIME:
            timed = [[self.world.greedy(state, time) for state in states] for time in times]
            return TimedPolicyNumbers(self.world, timed)
        rows = [self.world.policy(policy, state, scope.slopes, scope.at_old) for state in states]
        return PolicyNumbers(self.world, rows, scope.slopes)

    def weighted_trajectories(self, policy: Any, length: int, scope: Scope) -> list[Any]:
        """(probability, states, actions) of every trajectory."""

        def make() -> list[Any]:
            numbers = self.policy_numbers(policy, scope)
            return [
                (numbers.trajectory_probability(states, actions), states, actions)
                for states, actions in self.world.trajectories(length)
            ]

        key = ("weighted", policy, length, scope.slopes, scope.at_old)
        return self.world.kept(key, make)

    def over_coordinates(self, scope: Scope, body: Callable[[Scope], Any]) -> Any:
        """Σ_i body, i the coordinates of θ."""
        parts = (body(replace(scope, coordinate=i)) for i in range(COORDINATES))
        return sum(parts, self.world.zero)

    def known(self, key: Any, scope: Scope, make: Callable[[], Any]) -> Any:
        """A table of this policy's numbers, made once a world and kind of scope."""
        return self.world.kept((key, scope.slopes, scope.at_old), make)

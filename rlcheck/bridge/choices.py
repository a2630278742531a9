"""Comparisons of tracked numbers: min, max, clip, cases, and the largest over states or actions.

Where exact numbers are compared, a choice that rounding turns round is one between numbers that
rounding cannot tell apart. |max f̂ − max f| ≤ max |f̂ − f|: the largest has the largest error.
"""

from collections.abc import Callable, Mapping
from itertools import product
from typing import Any

from sympy import Integer

from derivations.language.dual import value_of
from derivations.language.functionals import ActionValue, BestActionValue
from derivations.language.meaning.scope import Scope
from derivations.language.operators import (
    Clip,
    IfBelow,
    Largest,
    Maximum,
    Minimum,
    PairMaximum,
    StateMaximum,
)
from rlcheck.bridge.tracked import Tracked, stacked


def _smaller(first: Any, second: Any) -> bool:
    return bool(value_of(first).value <= value_of(second).value)


def _minimum(reading: Any, expr: Any, scope: Scope) -> Any:
    first, second = (reading(part, scope) for part in expr.args)
    return first if _smaller(first, second) else second


def _maximum(reading: Any, expr: Any, scope: Scope) -> Any:
    first, second = (reading(part, scope) for part in expr.args)
    return second if _smaller(first, second) else first


def _clip(reading: Any, expr: Clip, scope: Scope) -> Any:
    return reading(Minimum(Maximum(expr.body, expr.low), expr.high), scope)


def _if_below(reading: Any, expr: IfBelow, scope: Scope) -> Any:
    """Only the branch that is taken is read."""
    first, second, below, otherwise = expr.args
    taken = below if not _smaller(reading(second, scope), reading(first, scope)) else otherwise
    return reading(taken, scope)


def largest(numbers: list[Tracked]) -> Tracked:
    """The largest of them, with the largest of their errors."""
    together = stacked(numbers)
    return Tracked(
        together.value.amax(0),
        together.size.amax(0),
        together.sensitivity.amax(0),
        together.depth,
    )


def _largest(reading: Any, expr: Largest, scope: Scope) -> Tracked:
    size = reading.world.size
    counts = (size.states, size.actions)[: len(expr.variables)]
    numbers = []
    for place in product(*(range(count) for count in counts)):
        here = scope
        for variable, number in zip(expr.variables, place, strict=True):
            here = here.bind(variable, number)
        numbers.append(reading(expr.body, here))
    return largest(numbers)


def _best_action_value(reading: Any, expr: BestActionValue, scope: Scope) -> Tracked:
    """max_a Q itself: that a policy is greedy is then seen, and not supposed."""
    policy, discount, state, *time = expr.args
    return largest(
        [
            reading(ActionValue(policy, discount, state, Integer(a), *time), scope)
            for a in range(reading.world.size.actions)
        ]
    )


CHOICES: Mapping[type, Callable[..., Any]] = {
    Minimum: _minimum,
    Maximum: _maximum,
    Clip: _clip,
    IfBelow: _if_below,
    StateMaximum: _largest,
    PairMaximum: _largest,
    BestActionValue: _best_action_value,
}
"""What each kind of comparison means, by the numbers."""

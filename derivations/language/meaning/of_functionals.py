"""The meaning of P(τ), R(τ), J, V, Q, A, Pr(s_t = s) and d^π: recursions and linear solves."""

from dataclasses import replace
from typing import Any

from sympy import Rational, Symbol

from derivations.language import binders, functionals, terms
from derivations.language.meaning.reading import Reading
from derivations.language.meaning.scope import Scope
from derivations.language.refusal import Undefined


def _trajectory_table(ev: Reading, expr: terms.TrajectoryTable, scope: Scope) -> Any:
    if scope.states is None or scope.actions is None:
        raise Undefined(f"{expr} outside any trajectory")
    return ev.world.table(expr.args[0], (*scope.states, *scope.actions), scope.slopes)


def _trajectory_probability(ev: Reading, expr: Any, scope: Scope) -> Any:
    length = ev.integer(expr.length, scope)
    if scope.states is None or scope.actions is None or len(scope.actions) < length:
        raise Undefined(f"{expr} where no trajectory of {length} steps is at hand")
    numbers = ev.policy_numbers(expr.policy, scope)
    return numbers.trajectory_probability(scope.states[: length + 1], scope.actions[:length])


def _return(ev: Reading, expr: functionals.Return, scope: Scope) -> Any:
    _require_constant_discount(expr, scope)
    rewards = terms.reward_at(terms.t) * expr.discount**terms.t
    outside = replace(scope, values={})
    return ev(binders.TimeSum(terms.t, 0, terms.T - 1, rewards), outside)


def _discount(ev: Reading, expr: Any, scope: Scope) -> Any:
    return ev(expr.discount, replace(scope, differentiating=False))


def _require_constant_discount(expr: Any, scope: Scope) -> None:
    """What is kept for a discount must not depend on where in the expression it was asked for."""
    plain = isinstance(expr.discount, (Rational, Symbol)) and expr.discount != terms.T
    if not plain or expr.discount in scope.values:
        raise Undefined(f"{expr.discount} is not a constant discount")


def _values(ev: Reading, expr: Any, scope: Scope) -> list[Any]:
    """V of that time, or of the infinite horizon."""
    _require_constant_discount(expr, scope)
    numbers = ev.policy_numbers(expr.policy, scope)
    if expr.time is None:
        key = ("forever", expr.policy, expr.discount)
        return ev.known(key, scope, lambda: numbers.values_forever(_discount(ev, expr, scope)))
    time = ev.integer(expr.time, scope)
    left = ev.world.size.steps - time
    if time < 0 or left < 0:
        raise Undefined(f"a value at time {time}, outside 0 to {ev.world.size.steps}")
    return _values_with(ev, expr, left, scope)


def _values_with(ev: Reading, expr: Any, left: int, scope: Scope) -> list[Any]:
    _require_constant_discount(expr, scope)
    numbers = ev.policy_numbers(expr.policy, scope)
    key = ("values", expr.policy, expr.discount, left)
    return ev.known(key, scope, lambda: numbers.values(_discount(ev, expr, scope), left))


def _value(ev: Reading, expr: functionals.Value, scope: Scope) -> Any:
    return _values(ev, expr, scope)[ev.state(expr.state, scope)]


def _action_values(ev: Reading, expr: Any, scope: Scope) -> list[list[Any]]:
    _require_constant_discount(expr, scope)
    numbers = ev.policy_numbers(expr.policy, scope)
    if expr.time is None:
        later, key = _values(ev, expr, scope), ("q forever", expr.policy, expr.discount)
    else:
        left = ev.world.size.steps - ev.integer(expr.time, scope) - 1
        if not 0 <= left < ev.world.size.steps:
            raise Undefined(f"Q at time {expr.time}, where no action is taken")
        later = _values_with(ev, expr, left, scope)
        key = ("q", expr.policy, expr.discount, left)
    return ev.known(key, scope, lambda: numbers.action_values(_discount(ev, expr, scope), later))


def _action_value(ev: Reading, expr: functionals.ActionValue, scope: Scope) -> Any:
    q = _action_values(ev, expr, scope)
    return q[ev.state(expr.state, scope)][ev.action(expr.action, scope)]


def _advantage(ev: Reading, expr: functionals.Advantage, scope: Scope) -> Any:
    state = ev.state(expr.state, scope)
    q = _action_values(ev, expr, scope)[state][ev.action(expr.action, scope)]
    return q - _values(ev, expr, scope)[state]


def _best_action_value(ev: Reading, expr: functionals.BestActionValue, scope: Scope) -> Any:
    """The greedy policy's mean of Q; `World.greedy` says why."""
    if expr.policy != terms.OLD or expr.discount != terms.gamma:
        raise Undefined(f"{expr}: the greedy policies are those of Q of the old one, under γ")
    state = ev.state(expr.state, scope)
    time = None if expr.time is None else ev.integer(expr.time, scope)
    values = _action_values(ev, expr, scope)[state]
    row = ev.world.greedy(state, time)
    return sum((p * q for p, q in zip(row, values, strict=True)), ev.world.zero)


def _objective(ev: Reading, expr: functionals.Objective, scope: Scope) -> Any:
    values = _values_with(ev, expr, ev.world.size.steps, scope)
    return sum((ev.world.initial(i) * v for i, v in enumerate(values)), ev.world.zero)


def _objective_forever(ev: Reading, expr: Any, scope: Scope) -> Any:
    _require_constant_discount(expr, scope)
    numbers = ev.policy_numbers(expr.policy, scope)
    key = ("forever", expr.policy, expr.discount)
    values = ev.known(key, scope, lambda: numbers.values_forever(_discount(ev, expr, scope)))
    return sum((ev.world.initial(i) * v for i, v in enumerate(values)), ev.world.zero)


def _first(ev: Reading, expr: Any, scope: Scope) -> int | None:
    return None if expr.first is None else ev.state(expr.first, scope)


def _state_law(ev: Reading, expr: functionals.StateLaw, scope: Scope) -> Any:
    time = ev.integer(expr.time, scope)
    if time < 0:
        raise Undefined(f"the law of the state at time {time}")
    numbers = ev.policy_numbers(expr.policy, scope)
    first = _first(ev, expr, scope)
    key = ("law", expr.policy, time, first)
    law = ev.known(key, scope, lambda: numbers.state_law(time, first))
    return law[ev.state(expr.state, scope)]


def _occupancy(ev: Reading, expr: functionals.Occupancy, scope: Scope) -> Any:
    _require_constant_discount(expr, scope)
    numbers = ev.policy_numbers(expr.policy, scope)
    first = _first(ev, expr, scope)
    key = ("occupancy", expr.policy, expr.discount, first)
    law = ev.known(key, scope, lambda: numbers.occupancy(_discount(ev, expr, scope), first))
    return law[ev.state(expr.state, scope)]


OF_FUNCTIONALS = {
    functionals.TrajectoryProbability: _trajectory_probability,
    functionals.Return: _return,
    functionals.Value: _value,
    functionals.ActionValue: _action_value,
    functionals.Advantage: _advantage,
    functionals.BestActionValue: _best_action_value,
    functionals.Objective: _objective,
    functionals.ObjectiveForever: _objective_forever,
    functionals.StateLaw: _state_law,
    functionals.Occupancy: _occupancy,
    terms.TrajectoryTable: _trajectory_table,
}

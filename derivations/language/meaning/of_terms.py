"""The meaning of numbers, sums, products, and of what a problem and a policy give."""

from typing import Any

from sympy import Add, Integer, Mul, Pow, Rational, S, Symbol

from derivations.language import terms
from derivations.language.dual import Dual
from derivations.language.meaning.reading import Reading
from derivations.language.meaning.scope import Scope
from derivations.language.refusal import Undefined


def _rational(ev: Reading, expr: Rational, scope: Scope) -> Any:
    return ev.world.point.number(expr)


def _symbol(ev: Reading, expr: Symbol, scope: Scope) -> Any:
    if expr in ev.bindings:
        return ev(ev.bindings[expr], scope)
    if expr in scope.values or expr == terms.T:
        return ev.world.point.number(Integer(ev.integer(expr, scope)))
    if expr.is_integer:
        raise Undefined(f"nothing gives {expr} a value here")
    return ev.world.constant(expr)


def _add(ev: Reading, expr: Add, scope: Scope) -> Any:
    return sum((ev(part, scope) for part in expr.args), ev.world.zero)


def _mul(ev: Reading, expr: Mul, scope: Scope) -> Any:
    total = ev(expr.args[0], scope)
    for part in expr.args[1:]:
        total = total * ev(part, scope)
    return total


def _pow(ev: Reading, expr: Pow, scope: Scope) -> Any:
    exponent = ev.integer(expr.exp, scope)
    if exponent < 0 and terms.GREEDY_POLICIES & expr.base.free_symbols:
        raise Undefined(f"{expr}: a greedy policy gives some actions the probability zero")
    base = ev(expr.base, scope)
    power = ev.world.point.number(S.One)
    for _ in range(abs(exponent)):
        power = power * base
    return 1 / power if exponent < 0 else power


def _initial(ev: Reading, expr: terms.Initial, scope: Scope) -> Any:
    return ev.world.initial(ev.state(expr.state, scope))


def _dynamics(ev: Reading, expr: terms.Dynamics, scope: Scope) -> Any:
    row = ev.world.dynamics(
        ev.state(expr.state, scope), ev.action(expr.action, scope), scope.slopes
    )
    return row[ev.state(expr.next_state, scope)]


def _reward(ev: Reading, expr: terms.Reward, scope: Scope) -> Any:
    return ev.world.reward(ev.state(expr.state, scope), ev.action(expr.action, scope), scope.slopes)


def _pi(ev: Reading, expr: terms.Pi, scope: Scope) -> Any:
    row = ev.world.policy(expr.policy, ev.state(expr.state, scope), scope.slopes, scope.at_old)
    return row[ev.action(expr.action, scope)]


def _table(ev: Reading, expr: terms.Table, scope: Scope) -> Any:
    arguments = tuple(ev.integer(part, scope) for part in expr.args[1:])
    return ev.world.table(expr.args[0], arguments, scope.slopes)


def _parametric(ev: Reading, expr: terms.Parametric, scope: Scope) -> Any:
    arguments = tuple(ev.integer(part, scope) for part in expr.args[1:])
    free = ev.world.parametric(expr.args[0], arguments, scope.slopes)
    if expr not in ev.bindings:
        return free
    value = ev(ev.bindings[expr], scope)
    return value if scope.slopes is None else Dual(value, free.slope)


def _law(ev: Reading, expr: terms.Law, scope: Scope) -> Any:
    row = ev.world.finite_law(expr.args[0])
    return row[ev.below(ev.integer(expr.outcome, scope), len(row), expr.outcome)]


OF_TERMS = {
    Rational: _rational,
    Symbol: _symbol,
    Add: _add,
    Mul: _mul,
    Pow: _pow,
    terms.Initial: _initial,
    terms.Dynamics: _dynamics,
    terms.Reward: _reward,
    terms.Pi: _pi,
    terms.Table: _table,
    terms.Parametric: _parametric,
    terms.Law: _law,
}

"""The value of an expression of the language in a world, in whatever arithmetic the world has."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from sympy import Add, Expr, Integer, Mul, Pow, Rational, S, Symbol

from derivations.language import binders, functionals, operators, terms
from derivations.language.dual import Dual, slope_of, value_of
from derivations.language.functions import PolicyNumbers
from derivations.language.positivity import known_non_negative, known_positive
from derivations.language.refusal import Refused, Undefined
from derivations.language.sight import sight_of
from derivations.language.world import COORDINATES, Relaxation, World


@dataclass(frozen=True, slots=True)
class Scope:
    """Where in an expression we are: bound variables, trajectory, and what ∇ is doing.

    Args:
        values: bound and quantified variables.
        states: of the trajectory at hand; None outside one.
        actions: likewise.
        coordinate: of θ, that a gradient gives.
        differentiating: inside ∇, where π_θ carries its slope.
        at_old: θ = θ_old.
        samples: the trajectories of an expectation over several.
    """

    values: Mapping[Symbol, int]
    states: tuple[int, ...] | None = None
    actions: tuple[int, ...] | None = None
    coordinate: int = 0
    differentiating: bool = False
    at_old: bool = False
    samples: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...] = ()

    def along(self, states: tuple[int, ...], actions: tuple[int, ...]) -> "Scope":
        """The same place, on another trajectory."""
        return Scope(
            self.values,
            states,
            actions,
            self.coordinate,
            self.differentiating,
            self.at_old,
            self.samples,
        )

    @property
    def slopes(self) -> int | None:
        return self.coordinate if self.differentiating else None

    def bind(self, variable: Symbol, value: int) -> "Scope":
        return Scope(
            {**self.values, variable: value},
            self.states,
            self.actions,
            self.coordinate,
            self.differentiating,
            self.at_old,
            self.samples,
        )


class Evaluator:
    """Gives every expression its value in one world.

    Args:
        world: the world.
        bindings: symbols and parametric functions that stand for an expression, in a region.
    """

    def __init__(self, world: World, bindings: Mapping[Expr, Expr] | None = None) -> None:
        self.world = world
        self.bindings = dict(bindings or {})
        self._values: dict[Any, Any] = {}

    def __call__(self, expr: Expr, scope: Scope) -> Any:
        rule = _RULES.get(type(expr)) or _rule_of_base(expr)
        if type(expr) not in _KEPT or not _worth_keeping(expr):
            return rule(self, expr, scope)
        key = (
            expr,
            scope.coordinate,
            scope.differentiating,
            scope.at_old,
            *self._seen(expr, scope),
        )
        if key not in self._values:
            self._values[key] = rule(self, expr, scope)
        return self._values[key]

    def forget(self) -> None:
        """Drops the values that were kept; the world stays."""
        self._values.clear()

    def _seen(self, expr: Expr, scope: Scope) -> tuple[Any, ...]:
        """All that the value of the expression depends on, besides the world."""
        sight = sight_of(expr)
        values = tuple(scope.values.get(symbol) for symbol in sight.symbols)
        if sight.far:
            return (values, scope.states, scope.actions, scope.samples)
        return (values, *(self.integer(leaf, scope) for leaf in sight.leaves))

    def integer(self, expr: Expr, scope: Scope) -> int:
        """The value of a time, a bound or an exponent; of a state or an action, its number."""
        if isinstance(expr, Integer):
            return int(expr)
        if isinstance(expr, Symbol):
            return self._integer_symbol(expr, scope)
        if isinstance(expr, Add):
            return sum(self.integer(part, scope) for part in expr.args)
        if isinstance(expr, Mul):
            total = 1
            for part in expr.args:
                total *= self.integer(part, scope)
            return total
        if isinstance(expr, terms.StateAt):
            return self._at(scope.states, expr, scope)
        if isinstance(expr, terms.ActionAt):
            return self._at(scope.actions, expr, scope)
        raise Undefined(f"{expr} is not a whole number here")

    def _integer_symbol(self, symbol: Symbol, scope: Scope) -> int:
        if symbol in scope.values:
            return scope.values[symbol]
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
        return self._below(self.integer(expr, scope), self.world.size.states, expr)

    def action(self, expr: Expr, scope: Scope) -> int:
        """The number of an action."""
        if isinstance(expr, terms.StateAt):
            raise Undefined(f"{expr} stands where an action must")
        return self._below(self.integer(expr, scope), self.world.size.actions, expr)

    def _below(self, number: int, count: int, expr: Expr) -> int:
        if not 0 <= number < count:
            raise Undefined(f"{expr} has the value {number}, out of {count}")
        return number

    def policy_numbers(self, policy: Any, scope: Scope) -> PolicyNumbers:
        """V, Q, J and the laws of a policy, dual numbers inside ∇."""
        key = ("numbers", policy, scope.slopes, scope.at_old)
        return self.world.kept(key, lambda: self._make_numbers(policy, scope))

    def _make_numbers(self, policy: Any, scope: Scope) -> PolicyNumbers:
        if policy not in (terms.THETA, terms.OLD):
            raise Undefined(f"{policy} names no policy")
        rows = [
            self.world.policy(policy, state, scope.slopes, scope.at_old)
            for state in range(self.world.size.states)
        ]
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

    def known(self, key: Any, scope: Scope, make: Callable[[], Any]) -> Any:
        """A table of this policy's numbers, made once a world and kind of scope."""
        return self.world.kept((key, scope.slopes, scope.at_old), make)


Rule = Callable[[Evaluator, Any, Scope], Any]


def _rule_of_base(expr: Expr) -> Rule:
    for base in type(expr).__mro__:
        if base in _RULES:
            return _RULES[base]
    raise Undefined(f"{type(expr).__name__} has no meaning in this language: {expr}")


def _rational(ev: Evaluator, expr: Rational, scope: Scope) -> Any:
    return ev.world.point.number(expr)


def _symbol(ev: Evaluator, expr: Symbol, scope: Scope) -> Any:
    if expr in ev.bindings:
        return ev(ev.bindings[expr], scope)
    if expr in scope.values or expr == terms.T:
        return ev.world.point.number(Integer(ev.integer(expr, scope)))
    if expr.is_integer:
        raise Undefined(f"nothing gives {expr} a value here")
    return ev.world.constant(expr)


def _add(ev: Evaluator, expr: Add, scope: Scope) -> Any:
    return sum((ev(part, scope) for part in expr.args), ev.world.zero)


def _mul(ev: Evaluator, expr: Mul, scope: Scope) -> Any:
    total = ev(expr.args[0], scope)
    for part in expr.args[1:]:
        total = total * ev(part, scope)
    return total


def _pow(ev: Evaluator, expr: Pow, scope: Scope) -> Any:
    exponent = ev.integer(expr.exp, scope)
    base = ev(expr.base, scope)
    power = ev.world.point.number(S.One)
    for _ in range(abs(exponent)):
        power = power * base
    return 1 / power if exponent < 0 else power


def _initial(ev: Evaluator, expr: terms.Initial, scope: Scope) -> Any:
    return ev.world.initial(ev.state(expr.state, scope))


def _dynamics(ev: Evaluator, expr: terms.Dynamics, scope: Scope) -> Any:
    row = ev.world.dynamics(
        ev.state(expr.state, scope), ev.action(expr.action, scope), scope.slopes
    )
    return row[ev.state(expr.next_state, scope)]


def _reward(ev: Evaluator, expr: terms.Reward, scope: Scope) -> Any:
    return ev.world.reward(ev.state(expr.state, scope), ev.action(expr.action, scope), scope.slopes)


def _pi(ev: Evaluator, expr: terms.Pi, scope: Scope) -> Any:
    if expr.policy not in (terms.THETA, terms.OLD):
        raise Undefined(f"{expr.policy} names no policy")
    row = ev.world.policy(expr.policy, ev.state(expr.state, scope), scope.slopes, scope.at_old)
    return row[ev.action(expr.action, scope)]


def _table(ev: Evaluator, expr: terms.Table, scope: Scope) -> Any:
    arguments = tuple(ev.integer(part, scope) for part in expr.args[1:])
    return ev.world.table(expr.args[0], arguments, scope.slopes)


def _parametric(ev: Evaluator, expr: terms.Parametric, scope: Scope) -> Any:
    arguments = tuple(ev.integer(part, scope) for part in expr.args[1:])
    free = ev.world.parametric(expr.args[0], arguments, scope.slopes)
    if expr not in ev.bindings:
        return free
    value = ev(ev.bindings[expr], scope)
    return value if scope.slopes is None else Dual(value, free.slope)


def _law(ev: Evaluator, expr: terms.Law, scope: Scope) -> Any:
    row = ev.world.finite_law(expr.args[0])
    return row[ev._below(ev.integer(expr.outcome, scope), len(row), expr.outcome)]


def _time_range(ev: Evaluator, expr: Any, scope: Scope) -> range:
    return range(ev.integer(expr.first, scope), ev.integer(expr.last, scope) + 1)


def _time_sum(ev: Evaluator, expr: binders.TimeSum, scope: Scope) -> Any:
    times = _time_range(ev, expr, scope)
    return sum((ev(expr.body, scope.bind(expr.index, i)) for i in times), ev.world.zero)


def _time_product(ev: Evaluator, expr: binders.TimeProduct, scope: Scope) -> Any:
    total = ev.world.point.number(S.One)
    for i in _time_range(ev, expr, scope):
        total = total * ev(expr.body, scope.bind(expr.index, i))
    return total


def _sum_over(count: Callable[[World], int]) -> Rule:
    def rule(ev: Evaluator, expr: Any, scope: Scope) -> Any:
        numbers = range(count(ev.world))
        parts = (ev(expr.body, scope.bind(expr.variable, i)) for i in numbers)
        return sum(parts, ev.world.zero)

    return rule


def _action_expectation(ev: Evaluator, expr: binders.ActionExpectation, scope: Scope) -> Any:
    state = ev.state(expr.state, scope)
    row = ev.world.policy(expr.policy, state, scope.slopes, scope.at_old)
    parts = (p * ev(expr.body, scope.bind(expr.variable, i)) for i, p in enumerate(row))
    return sum(parts, ev.world.zero)


def _outcome_expectation(ev: Evaluator, expr: binders.OutcomeExpectation, scope: Scope) -> Any:
    """Outcomes of probability zero do not count, whatever the body is there."""
    row = ev.world.finite_law(expr.law)
    empty = Relaxation.LAW_SUPPORT in ev.world.relaxed and expr.law == Symbol("q")
    parts = (
        p * ev(expr.body, scope.bind(expr.variable, i))
        for i, p in enumerate(row)
        if not (empty and i == 0)
    )
    return sum(parts, ev.world.zero)


def _trajectory_sum(ev: Evaluator, expr: binders.TrajectorySum, scope: Scope) -> Any:
    length = ev.integer(expr.length, scope)
    return sum(
        (
            ev(expr.body, scope.along(states, actions))
            for states, actions in ev.world.trajectories(length)
        ),
        ev.world.zero,
    )


def _unreachable(ev: Evaluator, policy: Any, actions: tuple[int, ...]) -> bool:
    """Whether the relaxed world gives the trajectory probability zero."""
    return Relaxation.POLICY_SUPPORT in ev.world.relaxed and policy == terms.OLD and 0 in actions


def _mean_over(ev: Evaluator, policy: Any, scope: Scope, body: Callable[[Scope], Any]) -> Any:
    weighted = ev.weighted_trajectories(policy, ev.world.size.steps, scope)
    parts = (
        probability * body(scope.along(states, actions))
        for probability, states, actions in weighted
        if not _unreachable(ev, policy, actions)
    )
    return sum(parts, ev.world.zero)


def _expectation(ev: Evaluator, expr: binders.Expectation, scope: Scope) -> Any:
    return _mean_over(ev, expr.policy, scope, lambda inner: ev(expr.body, inner))


def _conditional(ev: Evaluator, expr: binders.ConditionalExpectation, scope: Scope) -> Any:
    time = ev.integer(expr.time, scope)
    state = ev.state(expr.state, scope)
    action = None if expr.action is None else ev.action(expr.action, scope)
    last = ev.world.size.steps - (action is not None)
    if not 0 <= time <= last:
        raise Undefined(f"a condition at time {time}, beyond the trajectory")
    total, mass = ev.world.zero, ev.world.zero
    for weight, states, actions in ev.weighted_trajectories(
        expr.policy, ev.world.size.steps, scope
    ):
        if states[time] == state and (action is None or actions[time] == action):
            mass = mass + weight
            total = total + weight * ev(expr.body, scope.along(states, actions))
    return total / mass


def _sample_expectation(ev: Evaluator, expr: binders.SampleExpectation, scope: Scope) -> Any:
    """All tuples of trajectories, each with the product of the probabilities."""
    count = ev.integer(expr.samples, scope)
    weighted = ev.weighted_trajectories(expr.policy, ev.world.size.steps, scope)
    total = ev.world.zero
    for chosen in product(weighted, repeat=count):
        samples = tuple((states, actions) for _, states, actions in chosen)
        value = ev(expr.body, replace(scope, samples=samples, states=None, actions=None))
        for probability, _, _ in chosen:
            value = probability * value
        total = total + value
    return total


def _of_sample(ev: Evaluator, expr: binders.OfSample, scope: Scope) -> Any:
    number = ev.integer(expr.index, scope)
    if not 1 <= number <= len(scope.samples):
        raise Undefined(f"sample {number} of {len(scope.samples)}")
    states, actions = scope.samples[number - 1]
    return ev(expr.body, scope.along(states, actions))


def _trajectory_table(ev: Evaluator, expr: terms.TrajectoryTable, scope: Scope) -> Any:
    if scope.states is None or scope.actions is None:
        raise Undefined(f"{expr} outside any trajectory")
    return ev.world.table(expr.args[0], (*scope.states, *scope.actions), scope.slopes)


def _trajectory_probability(ev: Evaluator, expr: Any, scope: Scope) -> Any:
    length = ev.integer(expr.length, scope)
    if scope.states is None or scope.actions is None or len(scope.actions) < length:
        raise Undefined(f"{expr} where no trajectory of {length} steps is at hand")
    numbers = ev.policy_numbers(expr.policy, scope)
    return numbers.trajectory_probability(scope.states[: length + 1], scope.actions[:length])


def _return(ev: Evaluator, expr: functionals.Return, scope: Scope) -> Any:
    _require_constant_discount(expr, scope)
    rewards = terms.reward_at(terms.t) * expr.discount**terms.t
    outside = replace(scope, values={})
    return ev(binders.TimeSum(terms.t, 0, terms.T - 1, rewards), outside)


def _discount(ev: Evaluator, expr: Any, scope: Scope) -> Any:
    return ev(expr.discount, replace(scope, differentiating=False))


def _require_constant_discount(expr: Any, scope: Scope) -> None:
    """What is kept for a discount must not depend on where in the expression it was asked for."""
    plain = isinstance(expr.discount, (Rational, Symbol)) and expr.discount != terms.T
    if not plain or expr.discount in scope.values:
        raise Undefined(f"{expr.discount} is not a constant discount")


def _values(ev: Evaluator, expr: Any, scope: Scope) -> list[Any]:
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


def _values_with(ev: Evaluator, expr: Any, left: int, scope: Scope) -> list[Any]:
    _require_constant_discount(expr, scope)
    numbers = ev.policy_numbers(expr.policy, scope)
    key = ("values", expr.policy, expr.discount, left)
    return ev.known(key, scope, lambda: numbers.values(_discount(ev, expr, scope), left))


def _value(ev: Evaluator, expr: functionals.Value, scope: Scope) -> Any:
    return _values(ev, expr, scope)[ev.state(expr.state, scope)]


def _action_values(ev: Evaluator, expr: Any, scope: Scope) -> list[list[Any]]:
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


def _action_value(ev: Evaluator, expr: functionals.ActionValue, scope: Scope) -> Any:
    q = _action_values(ev, expr, scope)
    return q[ev.state(expr.state, scope)][ev.action(expr.action, scope)]


def _advantage(ev: Evaluator, expr: functionals.Advantage, scope: Scope) -> Any:
    state = ev.state(expr.state, scope)
    q = _action_values(ev, expr, scope)[state][ev.action(expr.action, scope)]
    return q - _values(ev, expr, scope)[state]


def _objective(ev: Evaluator, expr: functionals.Objective, scope: Scope) -> Any:
    values = _values_with(ev, expr, ev.world.size.steps, scope)
    return sum((ev.world.initial(i) * v for i, v in enumerate(values)), ev.world.zero)


def _objective_forever(ev: Evaluator, expr: Any, scope: Scope) -> Any:
    _require_constant_discount(expr, scope)
    numbers = ev.policy_numbers(expr.policy, scope)
    key = ("forever", expr.policy, expr.discount)
    values = ev.known(key, scope, lambda: numbers.values_forever(_discount(ev, expr, scope)))
    return sum((ev.world.initial(i) * v for i, v in enumerate(values)), ev.world.zero)


def _state_law(ev: Evaluator, expr: functionals.StateLaw, scope: Scope) -> Any:
    time = ev.integer(expr.time, scope)
    if time < 0:
        raise Undefined(f"the law of the state at time {time}")
    numbers = ev.policy_numbers(expr.policy, scope)
    law = ev.known(("law", expr.policy, time), scope, lambda: numbers.state_law(time))
    return law[ev.state(expr.state, scope)]


def _occupancy(ev: Evaluator, expr: functionals.Occupancy, scope: Scope) -> Any:
    _require_constant_discount(expr, scope)
    numbers = ev.policy_numbers(expr.policy, scope)
    key = ("occupancy", expr.policy, expr.discount)
    law = ev.known(key, scope, lambda: numbers.occupancy(_discount(ev, expr, scope)))
    return law[ev.state(expr.state, scope)]


def _gradient(ev: Evaluator, expr: operators.Gradient, scope: Scope) -> Any:
    if scope.differentiating:
        raise Refused("a gradient of a gradient: only first derivatives are computed")
    return slope_of(ev(expr.body, replace(scope, differentiating=True)))


def _log(ev: Evaluator, expr: operators.Log, scope: Scope) -> Any:
    signs_known = Relaxation.SIGN not in ev.world.relaxed
    if not signs_known or not known_positive(expr.body):
        raise Undefined(f"the logarithm of {expr.body}, which is not known to be positive")
    return _log_of(ev, expr.body, scope)


def _log_of(ev: Evaluator, body: Expr, scope: Scope) -> Any:
    """log of a product as the sum of logs: every factor is known to be positive."""
    if isinstance(body, Mul) and all(known_positive(part) for part in body.args):
        return sum((_log_of(ev, part, scope) for part in body.args), ev.world.zero)
    if isinstance(body, Pow) and known_positive(body.base):
        return ev.integer(body.exp, scope) * _log_of(ev, body.base, scope)
    if isinstance(body, binders.TimeProduct):
        times = _time_range(ev, body, scope)
        parts = (_log_of(ev, body.body, scope.bind(body.index, i)) for i in times)
        return sum(parts, ev.world.zero)
    if isinstance(body, functionals.TrajectoryProbability):
        return _log_of(ev, unfolded_probability(body), replace(scope, values={}))
    number = ev(body, scope)
    if body == S.One:
        return ev.world.zero
    log = ev.world.point.log(value_of(number))
    return Dual(log, number.slope / number.value) if isinstance(number, Dual) else log


def unfolded_probability(expr: Any) -> Expr:
    """μ(s_0) ∏ₜ π(aₜ | sₜ) ∏ₜ P(sₜ₊₁ | sₜ, aₜ)."""
    t, last = terms.t, expr.length - 1
    step = terms.Dynamics(terms.StateAt(t + 1), terms.StateAt(t), terms.ActionAt(t))
    return (
        terms.Initial(terms.StateAt(0))
        * binders.TimeProduct(t, 0, last, terms.pi_at(expr.policy, t))
        * binders.TimeProduct(t, 0, last, step)
    )


def _root(ev: Evaluator, expr: operators.Root, scope: Scope) -> Any:
    if not known_non_negative(expr.body):
        raise Undefined(f"the square root of {expr.body}, which is not known to be non-negative")
    number = ev(expr.body, scope)
    root = ev.world.point.root(value_of(number))
    return Dual(root, number.slope / (2 * root)) if isinstance(number, Dual) else root


def _absolute(ev: Evaluator, expr: operators.Absolute, scope: Scope) -> Any:
    """The root of the square: either sign is tried, so only what holds for both is accepted."""
    if scope.differentiating:
        raise Refused("the gradient of an absolute value")
    number = ev(expr.body, scope)
    return ev.world.point.root(number * number)


def _ordered(ev: Evaluator, expr: Any, scope: Scope) -> Any:
    raise Refused(f"{type(expr).__name__} needs a split into regions")


def _each_coordinate(ev: Evaluator, scope: Scope, body: Callable[[Scope], Any]) -> Any:
    if scope.differentiating:
        raise Refused("the gradient of a norm: only first derivatives are computed")
    parts = (body(replace(scope, coordinate=i)) for i in range(COORDINATES))
    return sum(parts, ev.world.zero)


def _squared_norm(ev: Evaluator, expr: operators.SquaredNorm, scope: Scope) -> Any:
    def square(inner: Scope) -> Any:
        value = ev(expr.body, inner)
        return value * value

    return _each_coordinate(ev, scope, square)


def _variance(ev: Evaluator, expr: operators.Variance, scope: Scope) -> Any:
    """Σ_i E[(X_i − E X_i)²]; X is a vector exactly where it contains a gradient."""

    def of_coordinate(inner: Scope) -> Any:
        mean = _mean_over(ev, expr.policy, inner, lambda scope: ev(expr.body, scope))

        def squared_deviation(scope: Scope) -> Any:
            deviation = ev(expr.body, scope) - mean
            return deviation * deviation

        return _mean_over(ev, expr.policy, inner, squared_deviation)

    if expr.body.has(operators.Gradient):
        return _each_coordinate(ev, scope, of_coordinate)
    return of_coordinate(scope)


def _outcome_variance(ev: Evaluator, expr: operators.OutcomeVariance, scope: Scope) -> Any:
    mean = ev(binders.OutcomeExpectation(expr.law, expr.variable, expr.body), scope)
    row = ev.world.finite_law(expr.law)
    total = ev.world.zero
    for i, p in enumerate(row):
        deviation = ev(expr.body, scope.bind(expr.variable, i)) - mean
        total = total + p * deviation * deviation
    return total


def _frozen(ev: Evaluator, expr: operators.Frozen, scope: Scope) -> Any:
    return ev(expr.body, replace(scope, differentiating=False))


def _at_old(ev: Evaluator, expr: operators.AtOld, scope: Scope) -> Any:
    return ev(expr.body, replace(scope, at_old=True))


_KEPT = frozenset({operators.Gradient, binders.TimeSum, functionals.Return, Mul})
"""Kinds of expression whose values are kept, as they are asked for on many trajectories."""


def _worth_keeping(expr: Expr) -> bool:
    """A product only where it looks at single states and actions: then few values serve all."""
    return type(expr) is not Mul or not sight_of(expr).far


_RULES: dict[type, Rule] = {
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
    terms.TrajectoryTable: _trajectory_table,
    terms.Parametric: _parametric,
    terms.Law: _law,
    binders.TimeSum: _time_sum,
    binders.TimeProduct: _time_product,
    binders.StateSum: _sum_over(lambda world: world.size.states),
    binders.ActionSum: _sum_over(lambda world: world.size.actions),
    binders.OutcomeSum: _sum_over(lambda world: world.size.outcomes),
    binders.ActionExpectation: _action_expectation,
    binders.OutcomeExpectation: _outcome_expectation,
    binders.TrajectorySum: _trajectory_sum,
    binders.Expectation: _expectation,
    binders.ConditionalExpectation: _conditional,
    binders.SampleExpectation: _sample_expectation,
    binders.OfSample: _of_sample,
    functionals.TrajectoryProbability: _trajectory_probability,
    functionals.Return: _return,
    functionals.Value: _value,
    functionals.ActionValue: _action_value,
    functionals.Advantage: _advantage,
    functionals.Objective: _objective,
    functionals.ObjectiveForever: _objective_forever,
    functionals.StateLaw: _state_law,
    functionals.Occupancy: _occupancy,
    operators.Gradient: _gradient,
    operators.Log: _log,
    operators.Root: _root,
    operators.Absolute: _absolute,
    operators.Minimum: _ordered,
    operators.Maximum: _ordered,
    operators.Clip: _ordered,
    operators.SquaredNorm: _squared_norm,
    operators.Variance: _variance,
    operators.OutcomeVariance: _outcome_variance,
    operators.Frozen: _frozen,
    operators.AtOld: _at_old,
}

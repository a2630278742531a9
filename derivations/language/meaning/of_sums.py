"""The meaning of sums, products and expectations: everything is enumerated."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

from sympy import S, Symbol

from derivations.language import binders, terms
from derivations.language.meaning.reading import Reading
from derivations.language.meaning.scope import Scope
from derivations.language.refusal import Undefined
from derivations.language.world import Relaxation, World


def time_range(ev: Reading, expr: Any, scope: Scope) -> range:
    """The times that a sum or product runs through."""
    return range(ev.integer(expr.first, scope), ev.integer(expr.last, scope) + 1)


def _time_sum(ev: Reading, expr: binders.TimeSum, scope: Scope) -> Any:
    times = time_range(ev, expr, scope)
    return sum((ev(expr.body, scope.bind(expr.index, i)) for i in times), ev.world.zero)


def _time_product(ev: Reading, expr: binders.TimeProduct, scope: Scope) -> Any:
    total = ev.world.point.number(S.One)
    for i in time_range(ev, expr, scope):
        total = total * ev(expr.body, scope.bind(expr.index, i))
    return total


def _sum_over(count: Callable[[World], int]) -> Callable[[Reading, Any, Scope], Any]:
    def rule(ev: Reading, expr: Any, scope: Scope) -> Any:
        numbers = range(count(ev.world))
        parts = (ev(expr.body, scope.bind(expr.variable, i)) for i in numbers)
        return sum(parts, ev.world.zero)

    return rule


def _action_expectation(ev: Reading, expr: binders.ActionExpectation, scope: Scope) -> Any:
    state = ev.state(expr.state, scope)
    row = ev.world.policy(expr.policy, state, scope.slopes, scope.at_old)
    parts = (p * ev(expr.body, scope.bind(expr.variable, i)) for i, p in enumerate(row))
    return sum(parts, ev.world.zero)


def _outcome_expectation(ev: Reading, expr: binders.OutcomeExpectation, scope: Scope) -> Any:
    """Outcomes of probability zero do not count, whatever the body is there."""
    row = ev.world.finite_law(expr.law)
    empty = Relaxation.LAW_SUPPORT in ev.world.relaxed and expr.law == Symbol("q")
    parts = (
        p * ev(expr.body, scope.bind(expr.variable, i))
        for i, p in enumerate(row)
        if not (empty and i == 0)
    )
    return sum(parts, ev.world.zero)


def _trajectory_sum(ev: Reading, expr: binders.TrajectorySum, scope: Scope) -> Any:
    length = ev.integer(expr.length, scope)
    return sum(
        (
            ev(expr.body, scope.along(states, actions))
            for states, actions in ev.world.trajectories(length)
        ),
        ev.world.zero,
    )


def _unreachable(ev: Reading, policy: Any, actions: tuple[int, ...]) -> bool:
    """Whether the relaxed world gives the trajectory probability zero."""
    return Relaxation.POLICY_SUPPORT in ev.world.relaxed and policy == terms.OLD and 0 in actions


def mean_over(ev: Reading, policy: Any, scope: Scope, body: Callable[[Scope], Any]) -> Any:
    """The body's mean over the policy's trajectories of T steps."""
    weighted = ev.weighted_trajectories(policy, ev.world.size.steps, scope)
    parts = (
        probability * body(scope.along(states, actions))
        for probability, states, actions in weighted
        if not _unreachable(ev, policy, actions)
    )
    return sum(parts, ev.world.zero)


def _expectation(ev: Reading, expr: binders.Expectation, scope: Scope) -> Any:
    return mean_over(ev, expr.policy, scope, lambda inner: ev(expr.body, inner))


def _conditional(ev: Reading, expr: binders.ConditionalExpectation, scope: Scope) -> Any:
    time = ev.integer(expr.time, scope)
    state = ev.state(expr.state, scope)
    action = None if expr.action is None else ev.action(expr.action, scope)
    last = ev.world.size.steps - (action is not None)
    if action is not None and expr.policy in terms.GREEDY_POLICIES:
        raise Undefined("a condition on an action that a greedy policy may never take")
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


def _sample_expectation(ev: Reading, expr: binders.SampleExpectation, scope: Scope) -> Any:
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


def _of_sample(ev: Reading, expr: binders.OfSample, scope: Scope) -> Any:
    number = ev.integer(expr.index, scope)
    if not 1 <= number <= len(scope.samples):
        raise Undefined(f"sample {number} of {len(scope.samples)}")
    states, actions = scope.samples[number - 1]
    return ev(expr.body, scope.along(states, actions))


OF_SUMS = {
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
}

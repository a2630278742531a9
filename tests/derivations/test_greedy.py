"""The greedy policies: what is known of them, and what is refused."""

import pytest
from sympy import S

from derivations.language.binders import ActionSum, ConditionalExpectation
from derivations.language.equality import Claim, prove_equal
from derivations.language.functionals import ActionValue, BestActionValue, Value
from derivations.language.operators import Log
from derivations.language.positivity import known_non_negative, known_positive
from derivations.language.refusal import Refused, Undefined
from derivations.language.statement import Relation, Statement, each_action, each_state
from derivations.language.terms import (
    GREEDY,
    GREEDY_IN_TIME,
    OLD,
    THETA,
    Pi,
    a,
    a_other,
    gamma,
    s,
    s_next,
    t,
)
from derivations.language.world import Size
from tests.derivations.independent.interpreter import Reader
from tests.derivations.independent.worlds import random_world

SMALL = Size(states=2, actions=2, steps=2)
BEST = BestActionValue(OLD, gamma, s)
Q = ActionValue(OLD, gamma, s, a)
MEAN = ActionSum(a, Pi(GREEDY, a, s) * Q)


def statement(left, right, *forall):
    return Statement(left=left, relation=Relation.EQUAL, right=right, forall=forall)


def accepted(left, right, *forall):
    try:
        prove_equal(Claim(statement=statement(left, right, *forall), size=SMALL))
    except Refused:
        return False
    return True


def test_the_greedy_mean_of_q_is_the_largest():
    assert accepted(MEAN, BEST, each_state(s))
    assert all(
        Reader(random_world(seed, 2, 3, 2)).holds(statement(MEAN, BEST, each_state(s)))
        for seed in range(10)
    )


@pytest.mark.parametrize(
    "other",
    [
        ActionSum(a, Pi(OLD, a, s) * Q),
        ActionSum(a, Pi(GREEDY, a, s) * ActionValue(GREEDY, gamma, s, a)),
        Value(GREEDY, gamma, s),
        Value(OLD, gamma, s),
    ],
)
def test_it_is_no_other_mean(other):
    assert not accepted(other, BEST, each_state(s))


def test_no_q_exceeds_the_largest_of_its_own_state_and_time():
    assert known_non_negative(BEST - Q)
    assert known_non_negative(BestActionValue(OLD, gamma, s, t) - ActionValue(OLD, gamma, s, a, t))


@pytest.mark.parametrize(
    "gap",
    [
        Q - BEST,
        BEST - ActionValue(OLD, gamma, s_next, a),
        BEST - ActionValue(THETA, gamma, s, a),
        BEST - ActionValue(OLD, gamma, s, a, t),
        BestActionValue(OLD, gamma, s, t) - ActionValue(OLD, gamma, s, a, t + 1),
        BEST - Value(OLD, gamma, s),
        BEST + Q,
        BEST - 2 * Q,
        BEST,
    ],
)
def test_nothing_else_is_known_of_it(gap):
    assert not known_non_negative(gap)


@pytest.mark.parametrize(
    "expr",
    [
        BestActionValue(THETA, gamma, s),
        BestActionValue(OLD, S.One, s),
        Log(Pi(GREEDY, a_other, s)),
        Q / Pi(GREEDY, a_other, s),
        Pi(GREEDY_IN_TIME, a_other, s),
        Value(GREEDY_IN_TIME, gamma, s),
        ConditionalExpectation(GREEDY, Q, 0, s, a_other),
    ],
)
def test_what_a_greedy_policy_does_not_give_is_undefined(expr):
    quantified = (each_state(s), each_action(a), each_action(a_other))
    claim = Claim(statement=statement(expr, 2 * expr, *quantified), size=SMALL)
    with pytest.raises(Undefined):
        prove_equal(claim)


def test_a_greedy_probability_may_be_zero():
    assert known_positive(Pi(OLD, a, s))
    assert not known_positive(Pi(GREEDY, a, s))
    assert known_non_negative(Pi(GREEDY, a, s))

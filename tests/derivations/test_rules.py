"""Every rule of the general proofs: true on worlds where it applies, caught where it is mutated."""

from dataclasses import dataclass

import pytest
from sympy import S, Symbol

from derivations.language import rules
from derivations.language.binders import (
    ActionSum,
    Expectation,
    OutcomeSum,
    StateSum,
    TimeSum,
    TrajectorySum,
)
from derivations.language.equality import Claim, prove_equal
from derivations.language.facts import known_at_most, quantifier_facts
from derivations.language.functionals import (
    Advantage,
    Objective,
    Return,
    TrajectoryProbability,
)
from derivations.language.normal import normal, same_normal_form
from derivations.language.operators import Gradient, Log
from derivations.language.past import depends_only_on_past
from derivations.language.refusal import Refused
from derivations.language.statement import Relation, Statement, each_state, each_time
from derivations.language.terms import (
    THETA,
    ActionAt,
    Dynamics,
    Initial,
    Law,
    Pi,
    StateAt,
    T,
    Table,
    a,
    gamma,
    k,
    n,
    pi_at,
    reward_at,
    s,
    s_next,
    t,
    x,
)
from derivations.language.world import Size

EVERY_T = (each_time(t, 0, T - 1),)
F, G = Table("f", k), Table("g", t, k)
SCORE = Gradient(Log(pi_at(THETA, t)))
STATE_TABLE = Table("f", StateAt(t))


def mean(body):
    return Expectation(THETA, body)


def steps(body):
    return TimeSum(t, 0, T - 1, body)


@dataclass(frozen=True)
class Case:
    """A rule, an expression on which it must do something, and the expression's quantifiers."""

    rule: object
    expr: object
    forall: tuple = ()


CASES = {
    "index shift": Case(rules.IndexShift(2), TimeSum(k, t, T - 1, gamma**k * F), EVERY_T),
    "first term": Case(rules.FirstTerm(), TimeSum(k, t, T - 1, gamma**k * F), EVERY_T),
    "last term": Case(rules.LastTerm(), TimeSum(k, t, T - 1, gamma**k * F), EVERY_T),
    "empty sum": Case(rules.EmptySum(), 1 + TimeSum(k, t + 1, t, F), EVERY_T),
    "split": Case(rules.SplitAt(t), TimeSum(k, 0, T - 1, F), EVERY_T),
    "split at the outer index": Case(
        rules.SplitAt(), steps(Table("h", t) * TimeSum(k, 0, T - 1, G))
    ),
    "exchange": Case(rules.Exchange(), steps(TimeSum(k, 0, T - 1, G))),
    "exchange over a triangle": Case(rules.Exchange(), steps(TimeSum(k, t, T - 1, G))),
    "exchange over the other triangle": Case(rules.Exchange(), steps(TimeSum(k, 0, t, G))),
    "geometric": Case(rules.Geometric(), TimeSum(k, t, T - 1, gamma**k), EVERY_T),
    "policy sums": Case(rules.Normalise(), ActionSum(a, Pi(THETA, a, s)), (each_state(s),)),
    "gradients sum": Case(
        rules.Normalise(), 1 + ActionSum(a, Gradient(Pi(THETA, a, s))), (each_state(s),)
    ),
    "dynamics sum": Case(
        rules.Normalise(), ActionSum(a, StateSum(s_next, Dynamics(s_next, s, a))), (each_state(s),)
    ),
    "first law sums": Case(rules.Normalise(), StateSum(s, Initial(s))),
    "finite law sums": Case(rules.Normalise(), OutcomeSum(x, Law("p", x))),
    "unfold P": Case(
        rules.Unfold(TrajectoryProbability),
        TrajectorySum(T, TrajectoryProbability(THETA, T) * Table("f", StateAt(T))),
    ),
    "unfold R": Case(rules.Unfold(Return), mean(Return(gamma))),
    "unfold J": Case(rules.Unfold(Objective), Objective(THETA, gamma)),
    "unfold A": Case(
        rules.Unfold(Advantage), mean(steps(Advantage(THETA, gamma, StateAt(t), ActionAt(t), t)))
    ),
    "no steps": Case(
        rules.NoSteps(), TrajectorySum(0, TrajectoryProbability(THETA, 0) * Table("f", StateAt(0)))
    ),
    "last step": Case(
        rules.LastStep(),
        TrajectorySum(n + 1, TrajectoryProbability(THETA, n + 1) * Table("f", StateAt(n + 1))),
        (each_time(n, 0, T - 1),),
    ),
    "total probability": Case(
        rules.TotalProbability(), 2 + TrajectorySum(T, TrajectoryProbability(THETA, T))
    ),
    "score": Case(rules.ScoreMeanZero(), 1 + mean(steps(SCORE * STATE_TABLE))),
    "return to value": Case(
        rules.ReturnToValue(), mean(steps(SCORE * TimeSum(k, t, T - 1, gamma**k * reward_at(k))))
    ),
    "earlier": Case(
        rules.Earlier(
            Statement(
                left=ActionSum(a, Pi(THETA, a, s)),
                relation=Relation.EQUAL,
                right=S.One,
                forall=(each_state(s),),
            )
        ),
        StateSum(s_next, Table("f", s_next) * ActionSum(a, Pi(THETA, a, s_next))),
    ),
}

SIZES = [Size(states=2, actions=2, steps=2), Size(states=2, actions=2, steps=3)]


def results(case):
    start = normal(case.expr)
    found = case.rule.rewrites(case.expr, quantifier_facts(case.forall))
    return [result for result in found if result != start]


def is_true(left, right, forall):
    statement = Statement(left=left, relation=Relation.EQUAL, right=right, forall=forall)
    for size in SIZES:
        prove_equal(Claim(statement=statement, size=size))


@pytest.mark.parametrize("name", CASES)
def test_a_rule_does_something_and_what_it_does_is_true(name):
    case = CASES[name]
    found = results(case)
    assert found
    for result in found:
        is_true(case.expr, result, case.forall)


@pytest.mark.parametrize("name", CASES)
def test_the_test_above_sees_a_wrong_rule(name):
    case = CASES[name]
    for result in results(case):
        for wrong in (result + 1, 2 * result + 1, -result + 3):
            with pytest.raises(Refused):
                is_true(case.expr, wrong, case.forall)


def test_every_rule_has_a_case():
    named = {type(case.rule) for case in CASES.values()}
    local = set(rules.LocalRule.__subclasses__())
    assert named == local


REFUSED = {
    "a first term of a range that may be empty": (rules.FirstTerm(), TimeSum(k, t, n, F), ()),
    "a last term of a range that may be empty": (rules.LastTerm(), TimeSum(k, 0, T - 1, F), ()),
    "a split outside the range": (rules.SplitAt(t), TimeSum(k, 1, T - 1, F), EVERY_T),
    "a geometric sum over a range of unknown length": (
        rules.Geometric(),
        TimeSum(k, t, n, gamma**k),
        (),
    ),
    "a geometric sum of ones": (rules.Geometric(), TimeSum(k, 0, T - 1, S.One), ()),
    "a score beside the future": (
        rules.ScoreMeanZero(),
        mean(steps(SCORE * Table("f", StateAt(t + 1)))),
        (),
    ),
    "a score beside its own action": (
        rules.ScoreMeanZero(),
        mean(steps(SCORE * Table("f", ActionAt(t)))),
        (),
    ),
    "a score beside the return": (rules.ScoreMeanZero(), mean(steps(SCORE * Return(1))), ()),
    "a score under another policy": (
        rules.ScoreMeanZero(),
        Expectation(Symbol(r"\theta_{\mathrm{old}}"), steps(SCORE)),
        (),
    ),
    "a policy summed over states": (
        rules.Normalise(),
        StateSum(s, Pi(THETA, Symbol("a"), s)),
        (),
    ),
    "a law that is weighted": (rules.Normalise(), OutcomeSum(x, Law("p", x) * Table("f", x)), ()),
    "rewards to go from one step later": (
        rules.ReturnToValue(),
        mean(steps(SCORE * TimeSum(k, t + 1, T - 1, gamma**k * reward_at(k)))),
        (),
    ),
    "rewards weighted by the future": (
        rules.ReturnToValue(),
        mean(steps(Table("f", StateAt(t + 1)) * TimeSum(k, t, T - 1, gamma**k * reward_at(k)))),
        (),
    ),
    "an exchange of limits that depend on the other index": (
        rules.Exchange(),
        steps(TimeSum(k, t, T, G)),
        (),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_rule_leaves_alone_what_it_does_not_hold_for(name):
    rule, expr, forall = REFUSED[name]
    assert results(Case(rule, expr, forall)) == []


def test_normal_form_never_confuses_bound_variables():
    nested = steps(TimeSum(k, 0, t, Table("f", t) * Table("g", k)))
    wrong = steps(TimeSum(k, 0, t, Table("f", k) * Table("g", t)))
    assert not same_normal_form(nested, wrong)
    renamed = TimeSum(k, 0, T - 1, TimeSum(t, 0, k, Table("f", k) * Table("g", t)))
    assert same_normal_form(nested, renamed)


def test_a_normal_form_is_true():
    for case in CASES.values():
        is_true(case.expr, normal(case.expr), case.forall)


def test_a_normal_form_of_a_normal_form_is_itself():
    for case in CASES.values():
        assert normal(normal(case.expr)) == normal(case.expr)


def test_facts_add_up_and_no_further():
    facts = quantifier_facts(EVERY_T)
    assert known_at_most(t, T - 1, facts)
    assert known_at_most(0, T - 1, facts)
    assert not known_at_most(t, T - 2, facts)
    assert not known_at_most(1, T - 1, facts)
    assert not known_at_most(t, n, facts)


def test_what_is_not_understood_is_the_future():
    facts = quantifier_facts(EVERY_T)
    assert depends_only_on_past(Table("f", StateAt(t)), t, "state", facts)
    assert not depends_only_on_past(Table("f", ActionAt(t)), t, "state", facts)
    assert depends_only_on_past(Table("f", ActionAt(t)), t, "action", facts)
    assert not depends_only_on_past(Return(1), t, "action", facts)
    assert not depends_only_on_past(StateAt(n), t, "state", facts)

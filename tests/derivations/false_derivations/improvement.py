"""False derivations of greedy policies, aliased states and bounds on the improvement."""

from sympy import Rational, S

from derivations.aliasing import BEST_COIN, COIN, ONE_SIDE, J
from derivations.improvement_bounds import IMPROVEMENT, SURROGATE
from derivations.language.binders import ActionSum, StateSum, TimeSum
from derivations.language.functionals import (
    ActionValue,
    BestActionValue,
    ObjectiveForever,
    Occupancy,
    StateLaw,
    Value,
)
from derivations.language.lemmas import Triangle, Weighted
from derivations.language.operators import Absolute, StateMaximum
from derivations.language.statement import each_state, each_time
from derivations.language.terms import (
    GREEDY,
    OLD,
    THETA,
    Dynamics,
    Pi,
    T,
    a,
    gamma,
    s,
    t,
    x,
    y,
)
from derivations.state_distance import APART, OCCUPANCIES, OLD_VISITS, VISITS
from tests.derivations.false_derivations.form import at_least, at_most, equals, false

BEST = BestActionValue(OLD, gamma, s)
GREEDY_VALUE, OLD_VALUE = Value(GREEDY, gamma, s), Value(OLD, gamma, s)
CHANGE = Pi(THETA, a, s) - Pi(OLD, a, s)
MOVED = StateSum(s, OLD_VISITS * ActionSum(a, CHANGE * Dynamics(x, s, a)))

FALSE = (
    false(
        "the greedy policy's value is the largest Q of the old one",
        1,
        BEST,
        equals(ActionSum(a, Pi(GREEDY, a, s) * ActionValue(OLD, gamma, s, a)), "the best action"),
        equals(GREEDY_VALUE, "V is the policy's mean of Q"),
        forall=(each_state(s),),
    ),
    false(
        "the improvement is one greedy step",
        0,
        GREEDY_VALUE - OLD_VALUE,
        equals(BEST - OLD_VALUE, "the greedy action replaces the old one"),
        forall=(each_state(s),),
    ),
    false(
        "any other policy improves",
        1,
        Value(THETA, gamma, s) - OLD_VALUE,
        equals(
            StateSum(
                x,
                Occupancy(THETA, gamma, x, s)
                * ActionSum(
                    a,
                    Pi(THETA, a, x) * (ActionValue(OLD, gamma, x, a) - Value(OLD, gamma, x)),
                ),
            ),
            "the performance difference",
        ),
        at_least(
            S.Zero,
            "the new policy prefers what is better",
            certificate=StateSum(
                x,
                Occupancy(THETA, gamma, x, s)
                * ActionSum(
                    a,
                    Pi(THETA, a, x)
                    * (BestActionValue(OLD, gamma, x) - ActionValue(OLD, gamma, x, a)),
                ),
            ),
        ),
        forall=(each_state(s),),
    ),
    false(
        "the difference of the values by the old occupancy",
        0,
        Value(THETA, gamma, s) - OLD_VALUE,
        equals(
            StateSum(
                x,
                Occupancy(OLD, gamma, x, s)
                * ActionSum(
                    a,
                    Pi(THETA, a, x) * (ActionValue(OLD, gamma, x, a) - Value(OLD, gamma, x)),
                ),
            ),
            "the states hardly differ",
        ),
        forall=(each_state(s),),
    ),
    false(
        "a mixture of two deterministic policies is worth the mean of their values",
        0,
        J,
        equals(ONE_SIDE, "both are worth this, and so is every mixture"),
        problem=BEST_COIN.problem,
    ),
    false(
        "every coin is worth what the even one is",
        0,
        J,
        equals(COIN, "the corridor is symmetric"),
        problem=BEST_COIN.problem,
    ),
    false(
        "the states' laws are as far apart as the policies are now",
        0,
        StateSum(y, Absolute(StateLaw(THETA, t, y) - StateLaw(OLD, t, y))),
        equals(StateSum(s, StateLaw(OLD, t, s) * APART), "one step of another policy"),
        forall=(each_time(t, 0, T - 1),),
    ),
    false(
        "the occupancies' distance without the discount's factor",
        2,
        StateSum(y, Absolute(VISITS)),
        equals(OCCUPANCIES.lines[0].right, "one step differs"),
        at_most(
            OCCUPANCIES.lines[1].right,
            "the triangle inequality",
            by=(
                Weighted(
                    Triangle(StateSum(x, gamma * MOVED * Occupancy(THETA, gamma, y, x))),
                    1,
                    ((StateSum, y),),
                ),
            ),
        ),
        equals(StateSum(x, Absolute(MOVED)), "a law sums to one"),
    ),
    false(
        "the triangle inequality turned round",
        0,
        StateSum(y, Absolute(VISITS)),
        at_most(
            Absolute(StateSum(y, VISITS)),
            "the triangle inequality",
            by=(Triangle(StateSum(y, VISITS)),),
        ),
    ),
    false(
        "the surrogate is a lower bound without a penalty",
        0,
        IMPROVEMENT,
        at_least(
            SURROGATE,
            "to first order they are equal",
            certificate=StateSum(y, Absolute(VISITS)) * Rational(1, 2),
        ),
    ),
    false(
        "the improvement falls short by a mean of the change, not by the largest gain",
        0,
        IMPROVEMENT - SURROGATE,
        equals(-gamma / (1 - gamma) * StateSum(s, OLD_VISITS * APART), "the penalty"),
    ),
    false(
        "the largest of a sum is the sum of the largest",
        0,
        StateMaximum(s, APART + Value(OLD, gamma, s)),
        equals(StateMaximum(s, APART) + StateMaximum(s, Value(OLD, gamma, s)), "max is linear"),
    ),
    false(
        "the old and the new objective differ by the surrogate",
        0,
        ObjectiveForever(THETA, gamma) - ObjectiveForever(OLD, gamma),
        equals(SURROGATE, "the performance difference"),
    ),
    false(
        "the sum over time of what is summed over states",
        0,
        TimeSum(t, 0, T - 1, StateSum(y, Absolute(StateLaw(THETA, t, y) - StateLaw(OLD, t, y)))),
        at_most(
            Absolute(
                TimeSum(t, 0, T - 1, StateSum(y, StateLaw(THETA, t, y) - StateLaw(OLD, t, y)))
            ),
            "the triangle inequality",
            by=(
                Triangle(
                    TimeSum(t, 0, T - 1, StateSum(y, StateLaw(THETA, t, y) - StateLaw(OLD, t, y)))
                ),
            ),
        ),
    ),
)

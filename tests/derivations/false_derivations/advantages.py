"""False derivations of values, temporal differences and GAE."""

from sympy import S

from derivations.language.binders import ActionExpectation, ActionSum, StateSum, TimeSum
from derivations.language.functionals import ActionValue, Value
from derivations.language.statement import each_action, each_state, each_time
from derivations.language.terms import (
    THETA,
    Dynamics,
    Pi,
    Reward,
    T,
    Table,
    a,
    gamma,
    j,
    k,
    lam,
    s,
    s_next,
    t,
)
from tests.derivations.false_derivations.form import equals, false

EVERY_T = (each_time(t, 0, T - 1),)


def td(time):
    """δ from arbitrary rewards r_t and an arbitrary critic v_t."""
    return Table("r", time) + gamma * Table("v", time + 1) - Table("v", time)


def gae(start, last):
    return TimeSum(k, start, last, (gamma * lam) ** (k - start) * Table("delta", k))


FALSE = (
    false(
        "the printed last exponent of GAE",
        1,
        gae(t, T - 1),
        equals(TimeSum(j, 0, T - 1 - t, (gamma * lam) ** j * Table("delta", t + j)), "k = t + j"),
        equals(
            TimeSum(j, 0, T - 2 - t, (gamma * lam) ** j * Table("delta", t + j))
            + (gamma * lam) ** (T - t + 1) * Table("delta", T - 1),
            "the last term written out",
        ),
        forall=EVERY_T,
    ),
    false(
        "GAE's recursion without lambda",
        1,
        gae(t, T - 1),
        equals(Table("delta", t) + gamma * lam * gae(t + 1, T - 1), "the first term split off"),
        equals(Table("delta", t) + gamma * gae(t + 1, T - 1), "one step of discount"),
        forall=EVERY_T,
    ),
    false(
        "an index shifted below the sign of summation only",
        0,
        gae(t, T - 1),
        equals(TimeSum(j, 0, T - 1 - t, (gamma * lam) ** j * Table("delta", j)), "k = t + j"),
        forall=EVERY_T,
    ),
    false(
        "the telescope keeps the value at the end twice",
        0,
        TimeSum(k, t, T - 1, gamma ** (k - t) * td(k)),
        equals(
            TimeSum(k, t, T - 1, gamma ** (k - t) * Table("r", k))
            + gamma ** (T - t - 1) * Table("v", T)
            - Table("v", t),
            "the values in between cancel",
        ),
        forall=EVERY_T,
    ),
    false(
        "the lambda weights of a finite horizon sum to one without the last",
        0,
        TimeSum(k, 1, T - t, (1 - lam) * lam ** (k - 1)),
        equals(S.One, "a geometric series"),
        forall=EVERY_T,
    ),
    false(
        "a geometric sum with one term too many",
        0,
        TimeSum(k, 0, T - 1, gamma**k),
        equals((1 - gamma ** (T + 1)) / (1 - gamma), "a geometric sum"),
    ),
    false(
        "the advantage is the temporal difference of any critic",
        1,
        ActionValue(THETA, gamma, s, a) - Value(THETA, gamma, s),
        equals(
            Reward(s, a)
            + gamma * StateSum(s_next, Dynamics(s_next, s, a) * Value(THETA, gamma, s_next))
            - Value(THETA, gamma, s),
            "Bellman's equation for Q",
        ),
        equals(
            Reward(s, a)
            + gamma * StateSum(s_next, Dynamics(s_next, s, a) * Table("v", s_next))
            - Table("v", s),
            "the critic stands for V",
        ),
        forall=(each_state(s), each_action(a)),
    ),
    false(
        "V is the plain mean of Q",
        0,
        2 * Value(THETA, gamma, s),
        equals(ActionSum(a, ActionValue(THETA, gamma, s, a)), "the mean over the actions"),
        forall=(each_state(s),),
        sizes=((2, 2, 2),),
    ),
    false(
        "the discount of the next state's value is forgotten",
        0,
        Value(THETA, gamma, s),
        equals(
            ActionExpectation(
                THETA,
                a,
                s,
                Reward(s, a)
                + StateSum(s_next, Dynamics(s_next, s, a) * Value(THETA, gamma, s_next)),
            ),
            "Bellman's equation",
        ),
        forall=(each_state(s),),
    ),
    false(
        "sums exchanged without their limits",
        0,
        TimeSum(t, 0, T - 1, TimeSum(k, t, T - 1, Table("f", t) * Table("g", k))),
        equals(
            TimeSum(k, 0, T - 1, TimeSum(t, 0, T - 1, Table("f", t) * Table("g", k))),
            "finite sums may be exchanged",
        ),
    ),
    false(
        "the value of the last step bootstraps from itself",
        0,
        Value(THETA, gamma, s, t),
        equals(
            ActionSum(
                a,
                Pi(THETA, a, s)
                * (
                    Reward(s, a)
                    + gamma
                    * StateSum(s_next, Dynamics(s_next, s, a) * Value(THETA, gamma, s_next, t))
                ),
            ),
            "Bellman's equation at time t",
        ),
        forall=(each_state(s), *EVERY_T),
    ),
)

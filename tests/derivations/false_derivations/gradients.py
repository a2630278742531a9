"""False derivations of the policy gradient and of its baselines."""

from sympy import S

from derivations.language.binders import (
    ActionExpectation,
    ActionSum,
    Expectation,
    StateSum,
    TimeSum,
    TrajectorySum,
)
from derivations.language.functionals import (
    ActionValue,
    Objective,
    ObjectiveForever,
    Occupancy,
    Return,
    TrajectoryProbability,
    Value,
)
from derivations.language.operators import Gradient, Log, SquaredNorm, Variance
from derivations.language.statement import each_state, each_trajectory
from derivations.language.terms import (
    THETA,
    ActionAt,
    Initial,
    Parametric,
    Pi,
    StateAt,
    T,
    Table,
    a,
    gamma,
    k,
    pi_at,
    reward_at,
    s,
    t,
)
from tests.derivations.false_derivations.form import at_most, equals, false

P = TrajectoryProbability(THETA, T)
R = Return(S.One)
J = Objective(THETA, S.One)
J_GAMMA = Objective(THETA, gamma)
SCORE = Gradient(Log(pi_at(THETA, t)))
SCORES = TimeSum(t, 0, T - 1, SCORE)


def step_sum(body):
    return TimeSum(t, 0, T - 1, body)


def q_at(discount, time):
    return ActionValue(THETA, discount, StateAt(time), ActionAt(time), time)


FALSE = (
    false(
        "an expectation and a sum over trajectories",
        2,
        Gradient(J),
        equals(TrajectorySum(T, Gradient(P) * R), "∇ goes inside the finite sum"),
        equals(TrajectorySum(T, P * Gradient(Log(P)) * R), "∇P = P ∇log P"),
        equals(
            Expectation(THETA, TrajectorySum(T, Gradient(Log(P)) * R)),
            "the P in front turns the sum into an expectation, the sum stays",
        ),
    ),
    false(
        "one step for all steps",
        1,
        Gradient(J),
        equals(Expectation(THETA, Gradient(Log(P)) * R), "the log-derivative trick"),
        equals(
            Expectation(THETA, Gradient(Log(pi_at(THETA, 0))) * R),
            "the dynamics drop out, the policy remains",
        ),
    ),
    false(
        "the factor gamma to the t is dropped",
        1,
        Gradient(J_GAMMA),
        equals(
            Expectation(THETA, step_sum(SCORE * TimeSum(k, t, T - 1, gamma**k * reward_at(k)))),
            "rewards before t do not belong to a_t",
        ),
        equals(
            Expectation(
                THETA, step_sum(SCORE * TimeSum(k, t, T - 1, gamma ** (k - t) * reward_at(k)))
            ),
            "discount to the time of the action",
        ),
    ),
    false(
        "the gradient does not go through Q",
        1,
        Gradient(Objective(THETA, S.One)),
        equals(
            StateSum(
                s,
                Initial(s)
                * ActionSum(a, Gradient(Pi(THETA, a, s) * ActionValue(THETA, S.One, s, a, 0))),
            ),
            "J is the mean of V_0, and V the policy's mean of Q",
        ),
        equals(
            StateSum(
                s,
                Initial(s)
                * ActionSum(a, Gradient(Pi(THETA, a, s)) * ActionValue(THETA, S.One, s, a, 0)),
            ),
            "only the policy depends on θ",
        ),
    ),
    false(
        "the product rule without its second term",
        1,
        Gradient(ObjectiveForever(THETA, gamma)),
        equals(
            StateSum(s, Initial(s) * Gradient(Value(THETA, gamma, s))), "the mean over first states"
        ),
        equals(
            StateSum(
                s,
                Initial(s)
                * ActionSum(a, Gradient(Pi(THETA, a, s)) * ActionValue(THETA, gamma, s, a)),
            ),
            "∇(π Q) = Q ∇π",
        ),
    ),
    false(
        "states weighted by the first state's law",
        0,
        Gradient(ObjectiveForever(THETA, gamma)),
        equals(
            StateSum(
                s,
                (1 - gamma)
                * Occupancy(THETA, gamma, s)
                * ActionSum(a, Gradient(Pi(THETA, a, s)) * ActionValue(THETA, gamma, s, a)),
            ),
            "the normalised occupancy is the law of the state",
        ),
    ),
    false(
        "expectation of a product is the product of expectations",
        1,
        Gradient(J),
        equals(Expectation(THETA, SCORES * R), "the log-derivative trick"),
        equals(
            Expectation(THETA, SCORES) * Expectation(THETA, R),
            "the expectation of each factor",
        ),
    ),
    false(
        "the log-derivative trick without its one over f",
        1,
        Gradient(Log(Parametric("f"))),
        equals(Gradient(Parametric("f")) / Parametric("f"), "the chain rule"),
        equals(Gradient(Parametric("f")), "f is a probability, which the gradient keeps"),
    ),
    false(
        "the score of the trajectory is that of its last action",
        0,
        Gradient(Log(P)),
        equals(TimeSum(t, 1, T - 1, SCORE), "the first action is given with the first state"),
        forall=(each_trajectory(),),
    ),
    false(
        "a baseline that depends on the action drops out",
        1,
        ActionExpectation(THETA, a, s, Table("b", s, a) * Gradient(Log(Pi(THETA, a, s)))),
        equals(
            ActionSum(a, Table("b", s, a) * Gradient(Pi(THETA, a, s))), "the log-derivative trick"
        ),
        equals(S.Zero, "Σ_a ∇π = ∇1 = 0"),
        forall=(each_state(s),),
    ),
    false(
        "a baseline always lowers the variance",
        0,
        Variance(THETA, SCORES * (R - Table("b"))),
        at_most(
            Variance(THETA, SCORES * R),
            "a baseline lowers the variance",
            certificate=Table("b") ** 2 * Expectation(THETA, SquaredNorm(SCORES)),
        ),
    ),
    false(
        "rewards to come, without the one that the action earns",
        1,
        Gradient(J),
        equals(Expectation(THETA, step_sum(SCORE * R)), "the log-derivative trick"),
        equals(
            Expectation(THETA, step_sum(SCORE * TimeSum(k, t + 1, T - 1, reward_at(k)))),
            "the past does not belong to a_t",
        ),
    ),
    false(
        "rewards of the past only",
        0,
        Expectation(THETA, step_sum(SCORE * R)),
        equals(
            Expectation(THETA, step_sum(SCORE * TimeSum(k, 0, t, reward_at(k)))),
            "the future is not known when a_t is drawn",
        ),
    ),
    false(
        "the Q form with the Q of the next time",
        0,
        Gradient(J_GAMMA),
        equals(
            Expectation(THETA, step_sum(gamma**t * SCORE * q_at(gamma, 0))),
            "Q is the same at every time",
        ),
    ),
)

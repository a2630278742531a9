"""False derivations of off-policy gradients, surrogates and the clipped objective."""

from sympy import S, Symbol

from derivations.language.binders import ActionSum, Expectation, TimeProduct, TimeSum
from derivations.language.functionals import (
    Advantage,
    Objective,
    Return,
    StateLaw,
    TrajectoryProbability,
)
from derivations.language.operators import AtOld, Clip, Gradient, Log, Minimum
from derivations.language.regions import Split
from derivations.language.statement import each_state
from derivations.language.terms import (
    OLD,
    THETA,
    ActionAt,
    Parametric,
    Pi,
    StateAt,
    T,
    a,
    gamma,
    k,
    pi_at,
    reward_at,
    s,
    t,
)
from tests.derivations.false_derivations.form import at_least, at_most, equals, false

R = Return(S.One)
J_GAMMA = Objective(THETA, gamma)
STEP_RATIO = pi_at(THETA, t) / pi_at(OLD, t)
SCORE = Gradient(Log(pi_at(THETA, t)))
r, A, eps = Symbol("r", positive=True), Symbol("A"), Symbol("epsilon", positive=True)
RATIO, GAIN = Parametric("r"), Symbol("A_+", positive=True)
REGIONS = (
    Split(variable=eps, low=S.Zero, high=S.One),
    Split(variable=r, points=(1 - eps, 1 + eps), low=S.Zero),
    Split(variable=A, points=(S.Zero,)),
)


def steps(body):
    return TimeSum(t, 0, T - 1, body)


def advantage(policy, time=t):
    return Advantage(policy, gamma, StateAt(time), ActionAt(time), time)


DIVERGENCE = ActionSum(a, Pi(OLD, a, s) * Log(Pi(OLD, a, s) / Pi(THETA, a, s)))
OLD_MEAN_SCORE = ActionSum(a, Pi(OLD, a, s) * Gradient(Log(Pi(THETA, a, s))))
WEIGHT = TrajectoryProbability(THETA, T) / TrajectoryProbability(OLD, T)

FALSE = (
    false(
        "the off-policy gradient without its weight",
        1,
        Gradient(Objective(THETA, S.One)),
        equals(
            Expectation(OLD, WEIGHT * Gradient(Log(TrajectoryProbability(THETA, T))) * R),
            "importance sampling",
        ),
        equals(
            Expectation(OLD, Gradient(Log(TrajectoryProbability(THETA, T))) * R),
            "the two policies are close",
        ),
    ),
    false(
        "the weight of one step for the weight of the trajectory",
        1,
        Objective(THETA, S.One),
        equals(
            Expectation(OLD, TimeProduct(t, 0, T - 1, STEP_RATIO) * R),
            "the dynamics cancel in the ratio",
        ),
        equals(
            Expectation(OLD, steps(STEP_RATIO * reward_at(t))),
            "each reward has its step's weight",
        ),
    ),
    false(
        "per-decision weights of the steps to come",
        0,
        Objective(THETA, S.One),
        equals(
            Expectation(
                OLD,
                steps(TimeProduct(k, t, T - 1, pi_at(THETA, k) / pi_at(OLD, k)) * reward_at(t)),
            ),
            "a reward is weighted by the actions that come after it",
        ),
    ),
    false(
        "the ratio of the states' laws set to one",
        1,
        Expectation(THETA, steps(reward_at(t))),
        equals(
            Expectation(
                OLD,
                steps(
                    STEP_RATIO
                    * StateLaw(THETA, t, StateAt(t))
                    / StateLaw(OLD, t, StateAt(t))
                    * reward_at(t)
                ),
            ),
            "importance sampling of the pair (s_t, a_t)",
        ),
        equals(Expectation(OLD, steps(STEP_RATIO * reward_at(t))), "the states hardly differ"),
    ),
    false(
        "the surrogate's gradient away from the old policy",
        0,
        Gradient(Expectation(OLD, steps(gamma**t * STEP_RATIO * advantage(OLD)))),
        equals(Gradient(J_GAMMA), "∇f = f ∇log f"),
    ),
    false(
        "the surrogate with the advantage of the new policy",
        0,
        AtOld(Gradient(Expectation(OLD, steps(gamma**t * STEP_RATIO * advantage(THETA))))),
        equals(AtOld(Gradient(J_GAMMA)), "∇f = f ∇log f"),
    ),
    false(
        "the surrogate without gamma to the t",
        0,
        AtOld(Gradient(Expectation(OLD, steps(STEP_RATIO * advantage(OLD))))),
        equals(AtOld(Gradient(J_GAMMA)), "∇f = f ∇log f"),
    ),
    false(
        "the surrogate is the objective",
        0,
        Expectation(OLD, steps(gamma**t * STEP_RATIO * advantage(OLD))),
        equals(J_GAMMA - Objective(OLD, gamma), "the performance difference"),
    ),
    false(
        "the performance difference with both laws exchanged",
        0,
        J_GAMMA - Objective(OLD, gamma),
        equals(Expectation(OLD, steps(gamma**t * advantage(THETA))), "the advantages telescope"),
    ),
    false(
        "the minimum is the clipped term",
        0,
        Minimum(r * A, Clip(r, 1 - eps, 1 + eps) * A),
        equals(Clip(r, 1 - eps, 1 + eps) * A, "the clipped term is the smaller one"),
        splits=REGIONS,
    ),
    false(
        "the clipped objective is an upper bound",
        0,
        Minimum(r * A, Clip(r, 1 - eps, 1 + eps) * A),
        at_least(r * A, "the minimum of the two"),
        splits=REGIONS,
    ),
    false(
        "the minimum taken before the advantage's sign",
        0,
        Minimum(r * A, Clip(r, 1 - eps, 1 + eps) * A),
        equals(Minimum(r, Clip(r, 1 - eps, 1 + eps)) * A, "A is a common factor"),
        splits=REGIONS,
    ),
    false(
        "a minimum without a word on its regions",
        0,
        Minimum(r * A, Clip(r, 1 - eps, 1 + eps) * A),
        equals(r * A, "the ratio is near one"),
    ),
    false(
        "regions that are not in order",
        0,
        Minimum(r, 1 - eps),
        at_most(1 + eps, "the ratio is near one"),
        splits=(
            Split(variable=eps, low=S.Zero, high=S.One),
            Split(variable=r, points=(1 + eps, 1 - eps), low=S.Zero),
        ),
    ),
    false(
        "the gradient of the clipped term is zero everywhere",
        0,
        Gradient(Minimum(RATIO * GAIN, Clip(RATIO, 1 - eps, 1 + eps) * GAIN)),
        equals(0, "the clip is flat outside"),
        splits=(
            Split(variable=eps, low=S.Zero, high=S.One),
            Split(variable=RATIO, points=(1 - eps,), low=S.Zero, high=1 + eps),
        ),
    ),
    false(
        "a gradient at a kink",
        0,
        Gradient(Minimum(RATIO * GAIN, Clip(RATIO, 1 - eps, 1 + eps) * GAIN)),
        equals(GAIN * Gradient(RATIO), "the ratio is at its limit, not beyond"),
        splits=(
            Split(variable=eps, low=S.Zero, high=S.One),
            Split(variable=RATIO, points=(1 + eps,), low=1 - eps),
        ),
    ),
    false(
        "the penalty's gradient with the sign of a reward",
        0,
        Gradient(-DIVERGENCE),
        equals(-OLD_MEAN_SCORE, "the minus of the penalty, and that of the logarithm's ratio"),
        forall=(each_state(s),),
    ),
    false(
        "the divergence turned round",
        0,
        Gradient(DIVERGENCE),
        equals(
            Gradient(ActionSum(a, Pi(THETA, a, s) * Log(Pi(THETA, a, s) / Pi(OLD, a, s)))),
            "a divergence is a distance",
        ),
        forall=(each_state(s),),
    ),
)

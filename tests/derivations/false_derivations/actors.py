"""False derivations of actor-critic, stale data, adaptive penalty and combined objective."""

from sympy import S

from derivations.actor_critic import (
    DECAY,
    ERRORS_BETWEEN,
    GAE_ERROR,
    critic_at,
    difference,
    error_at,
    given_pair,
    weighted,
)
from derivations.adaptive_penalty import HIGH, LOW, STRONG, D, Q, next_kl
from derivations.combined_objective import (
    C_ENTROPY,
    C_VALUE,
    ENTROPY,
    ENTROPY_GRADIENT,
    SQUARED_ERROR,
    TARGET,
    V,
)
from derivations.language.binders import Expectation, TimeSum
from derivations.language.functionals import ActionValue, Value
from derivations.language.operators import Gradient
from derivations.language.regions import Split
from derivations.language.statement import each_action, each_state, each_time
from derivations.language.terms import (
    OLD,
    THETA,
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
from derivations.notation import J_DISCOUNTED, SCORE, advantage_at, steps
from derivations.stale_data import STALE_DATA
from tests.derivations.false_derivations.form import at_least, equals, false

RATIO = pi_at(THETA, t) / pi_at(OLD, t)
EVERY_T = (each_time(t, 0, T - 1),)
REWARDS = TimeSum(k, t, T - 1, gamma ** (k - t) * reward_at(k))
LAST_VALUE = Value(THETA, gamma, StateAt(T))

FALSE = (
    false(
        "a critic's error does no harm, since it is a baseline",
        1,
        weighted(difference(critic_at)),
        equals(
            weighted(reward_at(t) + gamma * critic_at(t + 1)),
            "v(s_t) is a baseline",
        ),
        equals(Gradient(J_DISCOUNTED), "so is v(s_{t+1})"),
    ),
    false(
        "the bias of a wrong critic is its error here",
        0,
        weighted(difference(critic_at)) - Gradient(J_DISCOUNTED),
        equals(-weighted(error_at(t)), "the critic's error at s_t"),
    ),
    false(
        "the errors in GAE cancel but for the first",
        0,
        GAE_ERROR.start,
        equals(-Table("e", t), "they telescope"),
        forall=EVERY_T,
    ),
    false(
        "GAE's last error discounted once too often",
        0,
        GAE_ERROR.start,
        equals(
            ERRORS_BETWEEN + gamma * DECAY ** (T - t) * Table("e", T) - Table("e", t),
            "the exponent counts the steps to T",
        ),
        forall=EVERY_T,
    ),
    false(
        "importance weights of single actions mend stale data",
        0,
        Expectation(OLD, steps(gamma**t * RATIO * SCORE * advantage_at(THETA, t))),
        equals(Gradient(J_DISCOUNTED), "importance sampling"),
    ),
    false(
        "stale data give the gradient of the stale parameters",
        0,
        STALE_DATA,
        equals(
            Gradient(Expectation(OLD, steps(gamma**t * reward_at(t)))), "the data are the old one's"
        ),
    ),
    false(
        "an advantage that is cut without its last value",
        0,
        given_pair(REWARDS),
        equals(ActionValue(THETA, gamma, s, a), "the rewards from t on"),
        forall=(*EVERY_T, each_state(s), each_action(a)),
    ),
    false(
        "the last value discounted to T − 1",
        0,
        given_pair(REWARDS + gamma ** (T - 1 - t) * LAST_VALUE),
        equals(ActionValue(THETA, gamma, s, a), "the rest of the return"),
        forall=(*EVERY_T, each_state(s), each_action(a)),
    ),
    false(
        "the adaptive penalty always settles",
        1,
        next_kl(next_kl(D)),
        equals(next_kl(D / Q), "d is above the threshold"),
        equals(D / Q, "the KL lies in the dead zone"),
        splits=(STRONG, Split(variable=D, low=HIGH, high=Q * LOW)),
    ),
    false(
        "the adaptive penalty halved where the KL is too large",
        0,
        next_kl(D),
        equals(Q * D, "β is halved"),
        splits=(Split(variable=Q, low=S.One), Split(variable=D, low=HIGH)),
    ),
    false(
        "the value term added",
        0,
        Gradient(C_VALUE * SQUARED_ERROR),
        equals(2 * C_VALUE * (TARGET - V) * Gradient(V), "V is drawn towards its target"),
    ),
    false(
        "the gradient of the entropy with the sign of its logarithm lost",
        0,
        Gradient(ENTROPY),
        equals(-ENTROPY_GRADIENT, "S = −Σ π log π"),
        forall=(each_state(s),),
    ),
    false(
        "the entropy term subtracted",
        0,
        Gradient(ENTROPY) * Gradient(-C_ENTROPY * ENTROPY),
        at_least(
            S.Zero,
            "the entropy rises",
            certificate=C_ENTROPY * ENTROPY_GRADIENT**2,
        ),
        forall=(each_state(s),),
    ),
)

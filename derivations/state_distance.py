"""How far two policies' states are apart, and what that leaves of a surrogate (rows D5 and E2).

Everything is bounded by Σ_a |π_old(a|s) − π_θ(a|s)|, twice the total variation of the two policies
in a state; its mean over the states that the old policy visits is what its own data show.
"""

from typing import Any

from derivations.assumptions import DISCOUNTED, POLICY_SUPPORT
from derivations.language.binders import ActionSum, Expectation, StateSum, TimeSum
from derivations.language.functionals import (
    Objective,
    Occupancy,
    StateLaw,
)
from derivations.language.lemmas import (
    Known,
    Triangle,
    Weighted,
)
from derivations.language.operators import Absolute, StateMaximum
from derivations.language.statement import (
    Derivation,
    at_most,
    each_time,
    equal,
    words,
)
from derivations.language.terms import (
    OLD,
    THETA,
    Dynamics,
    Pi,
    Reward,
    T,
    a,
    gamma,
    k,
    pi_at,
    reward_at,
    s,
    t,
    x,
    y,
)
from derivations.notation import steps

CHANGE = Pi(THETA, a, s) - Pi(OLD, a, s)
APART = ActionSum(a, Absolute(-CHANGE))
"""Σ_a |π_old(a|s) − π_θ(a|s)|: twice the total variation in s."""
FARTHEST = StateMaximum(s, APART)


def moved(law: Any) -> StateSum:
    """Σ_s law(s) Σ_a (π_θ − π_old)(a|s) P(x|s,a): what one step of the other policy changes."""
    return StateSum(s, law * ActionSum(a, CHANGE * Dynamics(x, s, a)))


def moved_at_most(law: Any) -> StateSum:
    """The same with |π_old − π_θ|."""
    return StateSum(s, law * ActionSum(a, Absolute(CHANGE) * Dynamics(x, s, a)))


def old_law(time: Any) -> StateLaw:
    """Pr(s_time = s) under π_old."""
    return StateLaw(OLD, time, s)


LAWS = StateLaw(THETA, t, y) - StateLaw(OLD, t, y)
AFTER = StateLaw(THETA, t - 1 - k, y, x)


def before(body: Any) -> TimeSum:
    """Σ_{k < t} body."""
    return TimeSum(k, 0, t - 1, body)


STATES = Derivation(
    name="state-laws-apart",
    rows=("D5",),
    title=words(
        "How far apart the laws of s_t are under two policies",
        "两个策略下 s_t 的分布相距多远",
    ),
    setting=words(
        "Σ_a |π_old(a|s) − π_θ(a|s)| is twice the total variation of the policies in s.",
        "Σ_a |π_old(a|s) − π_θ(a|s)| 是两策略在 s 处全变差的两倍。",
    ),
    forall=(each_time(t, 0, T - 1),),
    start=StateSum(y, Absolute(LAWS)),
    lines=(
        equal(
            StateSum(y, Absolute(before(StateSum(x, moved(old_law(k)) * AFTER)))),
            "Change the policy one step at a time: the old one up to k, the new one after it.",
            "逐步更换策略: k 之前用旧策略, 之后用新策略。",
        ),
        at_most(
            StateSum(y, before(StateSum(x, Absolute(moved(old_law(k))) * AFTER))),
            "The triangle inequality; a probability is its own absolute value.",
            "三角不等式; 概率的绝对值即其自身。",
            by=(
                Weighted(
                    Triangle(before(StateSum(x, moved(old_law(k)) * AFTER))), 1, ((StateSum, y),)
                ),
            ),
        ),
        equal(
            before(StateSum(x, Absolute(moved(old_law(k))))),
            "Whatever x is, the law of s_t after it sums to one.",
            "无论 x 为何, 其后 s_t 的分布之和为一。",
        ),
        at_most(
            before(StateSum(x, moved_at_most(old_law(k)))),
            "The triangle inequality again.",
            "再用三角不等式。",
            by=(
                Weighted(
                    Triangle(StateSum(s, ActionSum(a, old_law(k) * CHANGE * Dynamics(x, s, a)))),
                    1,
                    ((TimeSum, k, 0, t - 1), (StateSum, x)),
                ),
            ),
        ),
        equal(
            before(StateSum(s, old_law(k) * APART)),
            "The next state's law sums to one.",
            "后继状态的分布之和为一。",
        ),
    ),
)

RATIO = pi_at(THETA, t) / pi_at(OLD, t)
WITHOUT_STATES = Expectation(OLD, steps(gamma**t * RATIO * reward_at(t)))
REWARD = ActionSum(a, Pi(THETA, a, y) * Reward(y, a))
HIGHEST = StateMaximum(y, Absolute(REWARD))
ERROR = StateSum(y, Absolute(LAWS) * Absolute(REWARD))

SURROGATE_ERROR = Derivation(
    name="error-of-the-state-ratio",
    rows=("D5",),
    title=words(
        "What setting the states' ratio to one costs",
        "把状态分布之比当作一的代价",
    ),
    setting=words(
        "It grows with the policies' total variation and, without discount, with the square of "
        "the horizon.",
        "误差随两策略的全变差增长; 无折扣时随时域的平方增长。",
    ),
    start=Absolute(Objective(THETA, gamma) - WITHOUT_STATES),
    lines=(
        equal(
            Absolute(steps(StateSum(y, gamma**t * LAWS * REWARD))),
            "With and without the ratio, the mean reward of a state is weighted by the laws of "
            "s_t under the two policies.",
            "有无该比值, 各状态的平均奖励分别以两策略下 s_t 的分布加权。",
            uses=("state-action-importance-weights",),
            assumes=(POLICY_SUPPORT,),
        ),
        at_most(
            steps(gamma**t * ERROR),
            "The triangle inequality.",
            "三角不等式。",
            by=(Triangle(steps(StateSum(y, gamma**t * LAWS * REWARD))),),
        ),
        at_most(
            HIGHEST * steps(gamma**t * StateSum(y, Absolute(LAWS))),
            "No state's mean reward is larger than the largest.",
            "任何状态的平均奖励都不超过最大者。",
            certificate=steps(
                gamma**t * StateSum(y, Absolute(LAWS) * (HIGHEST - Absolute(REWARD)))
            ),
        ),
        at_most(
            HIGHEST * steps(gamma**t * before(StateSum(s, old_law(k) * APART))),
            "How far apart the states' laws are.",
            "两个状态分布相距多远。",
            uses=("state-laws-apart",),
            by=(Weighted(Known(STATES), HIGHEST * gamma**t, ((TimeSum, t, 0, T - 1),)),),
        ),
        at_most(
            HIGHEST * FARTHEST * steps(t * gamma**t),
            "In no state are the policies further apart than in the one where they are furthest.",
            "任何状态下两策略之距都不超过最大者。",
            certificate=HIGHEST
            * steps(gamma**t * before(StateSum(s, old_law(k) * (FARTHEST - APART)))),
        ),
    ),
)

OLD_VISITS = Occupancy(OLD, gamma, s)
VISITS = Occupancy(THETA, gamma, y) - Occupancy(OLD, gamma, y)
VISITS_AFTER = Occupancy(THETA, gamma, y, x)

OCCUPANCIES = Derivation(
    name="occupancies-apart",
    rows=("E2",),
    title=words(
        "How far apart the discounted occupancies are under two policies",
        "两个策略的折扣占据度相距多远",
    ),
    setting=words(
        "d is the discounted occupancy without its factor 1 − γ.",
        "d 为未归一化的折扣占据度。",
    ),
    start=StateSum(y, Absolute(VISITS)),
    lines=(
        equal(
            StateSum(y, Absolute(StateSum(x, gamma * moved(OLD_VISITS) * VISITS_AFTER))),
            "d_θ − d_old = γ d_old (P_θ − P_old) (1 − γ P_θ)⁻¹: one step differs, then all is new.",
            "d_θ − d_old = γ d_old (P_θ − P_old) (1 − γ P_θ)⁻¹: 一步不同, 此后全用新策略。",
            assumes=(DISCOUNTED,),
        ),
        at_most(
            StateSum(y, StateSum(x, gamma * Absolute(moved(OLD_VISITS)) * VISITS_AFTER)),
            "The triangle inequality; an occupancy is not negative.",
            "三角不等式; 占据度非负。",
            by=(
                Weighted(
                    Triangle(StateSum(x, gamma * moved(OLD_VISITS) * VISITS_AFTER)),
                    1,
                    ((StateSum, y),),
                ),
            ),
        ),
        equal(
            gamma / (1 - gamma) * StateSum(x, Absolute(moved(OLD_VISITS))),
            "Whatever x is, the occupancy after it sums to 1/(1 − γ).",
            "无论 x 为何, 其后的占据度总和为 1/(1 − γ)。",
        ),
        at_most(
            gamma / (1 - gamma) * StateSum(x, moved_at_most(OLD_VISITS)),
            "The triangle inequality again.",
            "再用三角不等式。",
            by=(
                Weighted(
                    Triangle(StateSum(s, ActionSum(a, OLD_VISITS * CHANGE * Dynamics(x, s, a)))),
                    gamma / (1 - gamma),
                    ((StateSum, x),),
                ),
            ),
        ),
        equal(
            gamma / (1 - gamma) * StateSum(s, OLD_VISITS * APART),
            "The next state's law sums to one.",
            "后继状态的分布之和为一。",
        ),
    ),
)

RESULTS = (STATES, SURROGATE_ERROR, OCCUPANCIES)

"""How far two policies' states are apart, and what that leaves of a surrogate (rows D5 and E2).

Everything is bounded by Σ_a |π_old(a|s) − π_θ(a|s)|, twice the total variation of the two policies
in a state; its mean over the states that the old policy visits is what its own data show.
"""

from typing import Any

from derivations.assumptions import DISCOUNTED, POLICY_SUPPORT
from derivations.language.binders import ActionSum, Expectation, StateSum, TimeSum
from derivations.language.functionals import (
    Advantage,
    Objective,
    ObjectiveForever,
    Occupancy,
    StateLaw,
)
from derivations.language.lemmas import (
    Known,
    Magnitude,
    OfLargest,
    PinskerOfActions,
    Triangle,
    Weighted,
)
from derivations.language.operators import Absolute, Log, PairMaximum, StateMaximum
from derivations.language.statement import (
    Derivation,
    at_least,
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

GAIN = ActionSum(a, Pi(THETA, a, y) * Advantage(OLD, gamma, y, a))
"""Σ_a π_θ(a|y) A_old(y, a)."""
HIGHEST_GAIN = StateMaximum(y, Absolute(GAIN))
SURROGATE = StateSum(y, Occupancy(OLD, gamma, y) * GAIN)
IMPROVEMENT = ObjectiveForever(THETA, gamma) - ObjectiveForever(OLD, gamma)

TIGHTER = Derivation(
    name="monotone-improvement-tighter",
    rows=("E2",),
    title=words(
        "The improvement falls short of the surrogate's by a mean total variation at most",
        "实际改进与替代目标之差不超过平均全变差的倍数",
    ),
    setting=words(
        "γ < 1, infinite horizon. The mean is over the old policy's occupancy, the largest gain "
        "over all states.",
        "γ < 1, 无限时域。均值对旧策略的占据度而言, 最大增益对所有状态而言。",
    ),
    start=IMPROVEMENT - SURROGATE,
    lines=(
        equal(
            StateSum(y, VISITS * GAIN),
            "The performance difference weighs the gains by the new occupancy, the surrogate by "
            "the old one.",
            "性能差分以新占据度对增益加权, 替代目标则以旧占据度加权。",
            uses=("performance-difference-of-every-state",),
            assumes=(DISCOUNTED,),
        ),
        at_least(
            -Absolute(StateSum(y, VISITS * GAIN)),
            "A number is at least minus its absolute value.",
            "任何数不小于其绝对值的相反数。",
            by=(Magnitude(StateSum(y, VISITS * GAIN)),),
        ),
        at_least(
            -StateSum(y, Absolute(VISITS) * Absolute(GAIN)),
            "The triangle inequality.",
            "三角不等式。",
            by=(Triangle(StateSum(y, VISITS * GAIN)),),
        ),
        at_least(
            -HIGHEST_GAIN * StateSum(y, Absolute(VISITS)),
            "No state's gain is larger than the largest.",
            "任何状态的增益都不超过最大者。",
            certificate=StateSum(y, Absolute(VISITS) * (HIGHEST_GAIN - Absolute(GAIN))),
        ),
        at_least(
            -HIGHEST_GAIN * gamma / (1 - gamma) * StateSum(s, OLD_VISITS * APART),
            "How far apart the occupancies are.",
            "两个占据度相距多远。",
            uses=("occupancies-apart",),
            by=(Weighted(Known(OCCUPANCIES), HIGHEST_GAIN),),
        ),
    ),
)

HERE = ActionSum(a, Absolute(Pi(OLD, a, y) - Pi(THETA, a, y)))
OLD_ADVANTAGE = Advantage(OLD, gamma, y, a)
HIGHEST_ADVANTAGE = PairMaximum(y, a, Absolute(OLD_ADVANTAGE))
CHANGE_HERE = Pi(THETA, a, y) - Pi(OLD, a, y)
FACTOR = gamma / (1 - gamma) ** 2
DIVERGENCE = ActionSum(a, Pi(OLD, a, s) * Log(Pi(OLD, a, s) / Pi(THETA, a, s)))
MAGNITUDES = ActionSum(a, Absolute(CHANGE_HERE) * Absolute(OLD_ADVANTAGE))

MONOTONE = Derivation(
    name="monotone-improvement",
    rows=("E2",),
    title=words(
        "The monotone improvement bound: a penalty on the largest KL",
        "单调改进界: 对最大 KL 的惩罚",
    ),
    setting=words(
        "γ < 1, infinite horizon, the *largest* KL(π_old‖π_θ) over all states: a batch's mean KL "
        "gives no such bound. Pinsker's inequality with its ½ halves TRPO's constant "
        "4 γ max|A| / (1 − γ)².",
        "γ < 1, 无限时域, 取所有状态上*最大的* KL(π_old‖π_θ): 批量的平均 KL 不能给出这样的界。"
        "带 ½ 的 Pinsker 不等式使 TRPO 的常数 4 γ max|A| / (1 − γ)² 减半。",
    ),
    start=IMPROVEMENT - SURROGATE,
    lines=(
        equal(
            StateSum(y, VISITS * ActionSum(a, CHANGE_HERE * OLD_ADVANTAGE)),
            "The performance difference; under the old policy the mean advantage is zero.",
            "性能差分; 在旧策略下优势的均值为零。",
            uses=("performance-difference-of-every-state",),
            assumes=(DISCOUNTED,),
        ),
        at_least(
            -Absolute(StateSum(y, ActionSum(a, VISITS * CHANGE_HERE * OLD_ADVANTAGE))),
            "A number is at least minus its absolute value.",
            "任何数不小于其绝对值的相反数。",
            by=(Magnitude(StateSum(y, ActionSum(a, VISITS * CHANGE_HERE * OLD_ADVANTAGE))),),
        ),
        at_least(
            -StateSum(y, Absolute(VISITS) * MAGNITUDES),
            "The triangle inequality.",
            "三角不等式。",
            by=(Triangle(StateSum(y, ActionSum(a, VISITS * CHANGE_HERE * OLD_ADVANTAGE))),),
        ),
        at_least(
            -HIGHEST_ADVANTAGE * StateSum(y, Absolute(VISITS) * HERE),
            "No advantage is larger than the largest.",
            "任何优势都不超过最大者。",
            certificate=StateSum(
                y,
                Absolute(VISITS)
                * ActionSum(
                    a, Absolute(CHANGE_HERE) * (HIGHEST_ADVANTAGE - Absolute(OLD_ADVANTAGE))
                ),
            ),
        ),
        at_least(
            -HIGHEST_ADVANTAGE * FARTHEST * StateSum(y, Absolute(VISITS)),
            "In no state are the policies further apart than in the one where they are furthest.",
            "任何状态下两策略之距都不超过最大者。",
            certificate=HIGHEST_ADVANTAGE * StateSum(y, Absolute(VISITS) * (FARTHEST - HERE)),
        ),
        at_least(
            -HIGHEST_ADVANTAGE * FARTHEST * gamma / (1 - gamma) * StateSum(s, OLD_VISITS * APART),
            "How far apart the occupancies are.",
            "两个占据度相距多远。",
            uses=("occupancies-apart",),
            by=(Weighted(Known(OCCUPANCIES), HIGHEST_ADVANTAGE * FARTHEST),),
        ),
        at_least(
            -FACTOR * HIGHEST_ADVANTAGE * FARTHEST**2,
            "Once more the furthest state; the occupancy sums to 1/(1 − γ).",
            "再次取最远的状态; 占据度总和为 1/(1 − γ)。",
            certificate=HIGHEST_ADVANTAGE
            * FARTHEST
            * gamma
            / (1 - gamma)
            * StateSum(s, OLD_VISITS * (FARTHEST - APART)),
        ),
        at_least(
            -2 * FACTOR * HIGHEST_ADVANTAGE * StateMaximum(s, DIVERGENCE),
            "Pinsker's inequality in the state where the policies are furthest apart.",
            "在两策略相距最远的状态用 Pinsker 不等式。",
            by=(
                Weighted(
                    OfLargest(PinskerOfActions(OLD, THETA, s, a), s),
                    4 * FACTOR * HIGHEST_ADVANTAGE,
                ),
            ),
        ),
    ),
)

RESULTS = (STATES, SURROGATE_ERROR, OCCUPANCIES, TIGHTER, MONOTONE)

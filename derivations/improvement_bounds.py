"""How far the improvement may fall short of the surrogate's (row E2).

γ < 1, infinite horizon, discounted occupancy: a mean total variation under the old policy's
occupancy, or the largest KL over all states; not a batch's mean KL.
"""

from derivations.assumptions import DISCOUNTED
from derivations.language.binders import ActionSum, StateSum
from derivations.language.functionals import Advantage, ObjectiveForever, Occupancy
from derivations.language.lemmas import (
    Known,
    Magnitude,
    OfLargest,
    PinskerOfActions,
    Triangle,
    Weighted,
)
from derivations.language.operators import Absolute, Log, PairMaximum, StateMaximum
from derivations.language.statement import Derivation, at_least, equal, words
from derivations.language.terms import OLD, THETA, Pi, a, gamma, s, y
from derivations.state_distance import APART, FARTHEST, OCCUPANCIES, OLD_VISITS, VISITS

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

RESULTS = (TIGHTER, MONOTONE)

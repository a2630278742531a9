"""Baselines and the rewards to go: what leaves the gradient's mean alone (rows B1 to B5)."""

from derivations.assumptions import POLICY_SUMS_TO_ONE
from derivations.language.binders import ActionExpectation, ActionSum, TimeSum
from derivations.language.functionals import Return
from derivations.language.operators import Gradient, Log, SquaredNorm, Variance
from derivations.language.rules import Earlier, ScoreMeanZero, SplitAt, Unfold
from derivations.language.statement import (
    Derivation,
    at_most,
    equal,
    words,
)
from derivations.language.terms import (
    THETA,
    ActionAt,
    Pi,
    StateAt,
    T,
    Table,
    a,
    gamma,
    k,
    reward_at,
    t,
)
from derivations.notation import (
    J_DISCOUNTED,
    RETURN,
    SCORE,
    SCORES,
    TO_GO,
    J,
    mean,
    steps,
)
from derivations.policy_gradient import REINFORCE, REWARDS_TO_GO

B, B_STATE = Table("b"), Table("b", StateAt(t))
B_ACTION = Table("b", StateAt(t), ActionAt(t))

CONSTANT_BASELINE = Derivation(
    name="constant-baseline",
    rows=("B1",),
    title=words("A constant baseline leaves the gradient unbiased", "常数基线不改变梯度的均值"),
    start=mean(SCORES * (RETURN - B)),
    lines=(
        equal(
            mean(SCORES * RETURN) - B * mean(SCORES),
            "The mean is linear, and b is a constant.",
            "均值是线性的, 且 b 为常数。",
        ),
        equal(
            mean(SCORES * RETURN),
            "Each step's score has mean zero given its state.",
            "给定状态时每一步的得分均值为零。",
            by=(ScoreMeanZero(),),
            uses=("score-has-mean-zero",),
            assumes=(POLICY_SUMS_TO_ONE,),
        ),
        equal(
            Gradient(J),
            "The REINFORCE gradient.",
            "即 REINFORCE 梯度。",
            uses=("reinforce",),
            by=(Earlier(REINFORCE.conclusion),),
        ),
    ),
)

STATE_BASELINE = Derivation(
    name="state-baseline",
    rows=("B1",),
    title=words(
        "A baseline that depends on the state leaves the gradient unbiased",
        "依赖状态的基线不改变梯度的均值",
    ),
    start=mean(steps(SCORE * (RETURN - B_STATE))),
    lines=(
        equal(
            mean(steps(SCORE * RETURN)) - mean(steps(SCORE * B_STATE)),
            "The mean is linear.",
            "均值是线性的。",
        ),
        equal(
            mean(SCORES * RETURN),
            "b(s_t) is known before a_t is drawn: its product with the score has mean zero.",
            "b(s_t) 在抽取 a_t 之前已知: 它与得分之积均值为零。",
            by=(ScoreMeanZero(),),
            uses=("score-has-mean-zero",),
            assumes=(POLICY_SUMS_TO_ONE,),
        ),
        equal(
            Gradient(J),
            "The REINFORCE gradient.",
            "即 REINFORCE 梯度。",
            uses=("reinforce",),
            by=(Earlier(REINFORCE.conclusion),),
        ),
    ),
)

OPTIMAL = mean(RETURN * SquaredNorm(SCORES)) / mean(SquaredNorm(SCORES))

VARIANCE_WITH_BASELINE = Derivation(
    name="variance-with-baseline",
    rows=("B1", "B2"),
    title=words(
        "The variance of the gradient as a function of a constant baseline",
        "梯度方差作为常数基线的函数",
    ),
    sizes=((1, 2, 1), (2, 2, 2), (3, 2, 1), (1, 3, 2)),
    start=Variance(THETA, SCORES * (RETURN - B)),
    lines=(
        equal(
            mean(SquaredNorm(SCORES) * (RETURN - B) ** 2) - SquaredNorm(Gradient(J)),
            "The mean square minus the square of the mean, which is ∇J whatever b is.",
            "均方减去均值的平方; 无论 b 为何, 均值都是 ∇J。",
            uses=("constant-baseline",),
            assumes=(POLICY_SUMS_TO_ONE,),
        ),
        equal(
            mean(SquaredNorm(SCORES) * RETURN**2)
            - 2 * B * mean(SquaredNorm(SCORES) * RETURN)
            + B**2 * mean(SquaredNorm(SCORES))
            - SquaredNorm(Gradient(J)),
            "Square out: a parabola in b that opens upwards.",
            "展开平方: 关于 b 的开口向上的抛物线。",
        ),
        equal(
            (B - OPTIMAL) ** 2 * mean(SquaredNorm(SCORES))
            + mean(SquaredNorm(SCORES) * RETURN**2)
            - mean(SquaredNorm(SCORES) * RETURN) ** 2 / mean(SquaredNorm(SCORES))
            - SquaredNorm(Gradient(J)),
            "Complete the square.",
            "配方。",
        ),
    ),
)

MINIMUM_VARIANCE = Derivation(
    name="minimum-variance-baseline",
    rows=("B1", "B2"),
    title=words("The constant baseline of least variance", "方差最小的常数基线"),
    setting=words(
        "b* = E[R ‖∇log P‖²] / E[‖∇log P‖²]. It is E[R] only where R and ‖∇log P‖² are "
        "uncorrelated.",
        "b* = E[R ‖∇log P‖²] / E[‖∇log P‖²]。仅当 R 与 ‖∇log P‖² 不相关时它才等于 E[R]。",
    ),
    sizes=((1, 2, 1), (2, 2, 2), (3, 2, 1), (1, 3, 2)),
    start=Variance(THETA, SCORES * (RETURN - OPTIMAL)),
    lines=(
        at_most(
            Variance(THETA, SCORES * (RETURN - B)),
            "The parabola's value at b exceeds that at its vertex by a square.",
            "抛物线在 b 处的值比顶点处多出一个平方项。",
            certificate=(B - OPTIMAL) ** 2 * mean(SquaredNorm(SCORES)),
            uses=("variance-with-baseline",),
            assumes=(POLICY_SUMS_TO_ONE,),
        ),
    ),
)

PAST = TimeSum(k, 0, t - 1, reward_at(k))
FUTURE = TimeSum(k, t, T - 1, reward_at(k))

REWARD_TO_GO = Derivation(
    name="reward-to-go",
    rows=("B3",),
    title=words("Rewards before t do not belong to a_t", "t 之前的奖励与 a_t 无关"),
    start=mean(steps(SCORE * RETURN)),
    lines=(
        equal(
            mean(steps(SCORE * PAST)) + mean(steps(SCORE * FUTURE)),
            "Split the return at t.",
            "在 t 处拆分回报。",
            by=(Unfold(Return), SplitAt()),
        ),
        equal(
            mean(steps(SCORE * FUTURE)),
            "The past rewards are known when a_t is drawn: their product with the score has "
            "mean zero.",
            "抽取 a_t 时过去的奖励已知: 它们与得分之积均值为零。",
            by=(ScoreMeanZero(),),
            uses=("score-has-mean-zero",),
            assumes=(POLICY_SUMS_TO_ONE,),
        ),
    ),
)

DISCOUNTED_REWARD_TO_GO = Derivation(
    name="discounted-reward-to-go",
    rows=("B4",),
    title=words("The discounted reward to go, with its factor γᵗ", "折扣剩余回报, 连同因子 γᵗ"),
    start=Gradient(J_DISCOUNTED),
    lines=(
        equal(
            mean(steps(SCORE * TO_GO)),
            "The policy gradient with the rewards from t on, discounted to time zero.",
            "用 t 起的奖励 (折到零时刻) 的策略梯度。",
            uses=("policy-gradient-rewards-to-go",),
            by=(Earlier(REWARDS_TO_GO.conclusion),),
        ),
        equal(
            mean(steps(gamma**t * SCORE * TimeSum(k, t, T - 1, gamma ** (k - t) * reward_at(k)))),
            "Discounting to t instead takes γᵗ out of the sum; it does not go away.",
            "改为折到 t 时刻, γᵗ 被提到求和之外, 但不会消失。",
        ),
    ),
)

ACTION_BASELINE = Derivation(
    name="action-baseline",
    rows=("B5",),
    title=words(
        "A baseline that depends on the action needs its correction",
        "依赖动作的基线需要修正项",
    ),
    start=mean(steps(SCORE * (RETURN - B_ACTION)))
    + mean(steps(ActionSum(a, Gradient(Pi(THETA, a, StateAt(t))) * Table("b", StateAt(t), a)))),
    lines=(
        equal(
            mean(steps(SCORE * RETURN))
            - mean(steps(SCORE * B_ACTION))
            + mean(
                steps(
                    ActionExpectation(
                        THETA,
                        a,
                        StateAt(t),
                        Gradient(Log(Pi(THETA, a, StateAt(t)))) * Table("b", StateAt(t), a),
                    )
                )
            ),
            "The mean is linear, and ∇π = π ∇log π.",
            "均值是线性的, 且 ∇π = π ∇log π。",
            uses=("log-derivative-trick",),
        ),
        equal(
            mean(SCORES * RETURN),
            "Given s_t, a_t has the law π(· | s_t): the two corrections are each other's mean.",
            "给定 s_t 时 a_t 服从 π(· | s_t): 两个修正项的均值相互抵消。",
        ),
        equal(
            Gradient(J),
            "The REINFORCE gradient.",
            "即 REINFORCE 梯度。",
            uses=("reinforce",),
            by=(Earlier(REINFORCE.conclusion),),
        ),
    ),
)

RESULTS = (
    CONSTANT_BASELINE,
    STATE_BASELINE,
    VARIANCE_WITH_BASELINE,
    MINIMUM_VARIANCE,
    REWARD_TO_GO,
    DISCOUNTED_REWARD_TO_GO,
    ACTION_BASELINE,
)

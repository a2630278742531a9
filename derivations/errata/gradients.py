"""Printed policy gradients that are not the gradient (rows A6, A7, B1, B4, B5)."""

from derivations.baselines import ACTION_BASELINE, DISCOUNTED_REWARD_TO_GO, MINIMUM_VARIANCE
from derivations.errata.form import Erratum
from derivations.language.binders import Expectation, TimeSum, TrajectorySum
from derivations.language.operators import Gradient, Log, Variance
from derivations.language.statement import Relation, Statement, words
from derivations.language.terms import (
    THETA,
    ActionAt,
    StateAt,
    T,
    Table,
    gamma,
    k,
    pi_at,
    reward_at,
    t,
)
from derivations.notation import J_DISCOUNTED, PROBABILITY, RETURN, SCORE, SCORES, J, mean, steps
from derivations.policy_gradient import REINFORCE

PLAIN_SUM = TrajectorySum(T, Gradient(Log(PROBABILITY)) * RETURN)
TWO_SUMS = Expectation(THETA, PLAIN_SUM)
FIRST_STEP = mean(Gradient(Log(pi_at(THETA, 0))) * RETURN)
WITHOUT_DISCOUNT = mean(steps(SCORE * TimeSum(k, t, T - 1, gamma ** (k - t) * reward_at(k))))
ACTION_DEPENDENT = mean(steps(SCORE * (RETURN - Table("b", StateAt(t), ActionAt(t)))))
PAID_BASELINE = mean(steps(SCORE * (RETURN - reward_at(t))))


def _equal(left, right) -> Statement:
    return Statement(left=left, relation=Relation.EQUAL, right=right)


ERRATA = (
    Erratum(
        name="expectation-and-sum",
        rows=("A6",),
        title=words("An expectation over τ and a sum over τ", "既对 τ 取期望, 又对 τ 求和"),
        printed=_equal(Gradient(J), TWO_SUMS),
        right=REINFORCE,
        why=words(
            "The sum over τ became the expectation when the weight P(τ) was written as its law. "
            "Kept beside it, it counts every trajectory once for each trajectory.",
            "权重 P(τ) 写成分布时, 求和已变成期望; 再保留求和, 每条轨迹都会被重复计数。",
        ),
        # The expectation of what does not depend on τ is itself.
        direction=(PLAIN_SUM, Gradient(J)),
    ),
    Erratum(
        name="one-step-only",
        rows=("A7",),
        title=words("The sum over t left out", "漏掉对 t 的求和"),
        printed=_equal(Gradient(J), FIRST_STEP),
        right=REINFORCE,
        why=words(
            "Every action of the trajectory changes its probability. With one fixed t, here the "
            "first, all other steps teach nothing. It is right for horizon one only.",
            "每个动作都影响轨迹概率。只取一个固定的 t (此处为首步), 其余各步都不产生梯度。"
            "仅当时域为一时才正确。",
        ),
        direction=(FIRST_STEP, Gradient(J)),
    ),
    Erratum(
        name="any-baseline-lowers-the-variance",
        rows=("B1",),
        title=words("“A baseline lowers the variance”", "“基线会降低方差”"),
        printed=Statement(
            left=Variance(THETA, SCORES * (RETURN - Table("b"))),
            relation=Relation.AT_MOST,
            right=Variance(THETA, SCORES * RETURN),
        ),
        right=MINIMUM_VARIANCE,
        why=words(
            "The variance is a parabola in b. It falls only for b between zero and twice the best "
            "baseline, and rises outside.",
            "方差是 b 的抛物线。仅当 b 介于零与最优基线的两倍之间时方差下降, 否则上升。",
        ),
        unaltered=words(
            "The mean of the gradient is right whatever b is; its variance alone is worse.",
            "无论 b 为何, 梯度的均值都正确; 变差的只是方差。",
        ),
    ),
    Erratum(
        name="discount-without-its-first-factor",
        rows=("B4",),
        title=words("The discounted reward to go without γᵗ", "折扣剩余回报缺少因子 γᵗ"),
        printed=_equal(Gradient(J_DISCOUNTED), WITHOUT_DISCOUNT),
        right=DISCOUNTED_REWARD_TO_GO,
        why=words(
            "Discounting each reward to the time of the action weighs late states more than J "
            "does. What is printed is in general the gradient of no function at all.",
            "把奖励折到动作所在的时刻, 会使后期状态的权重大于 J 中的权重。"
            "所印方向一般不是任何函数的梯度。",
        ),
        direction=(WITHOUT_DISCOUNT, Gradient(J_DISCOUNTED)),
    ),
    Erratum(
        name="baseline-of-the-action",
        rows=("B5",),
        title=words(
            "A baseline that depends on the action, without correction",
            "依赖动作的基线而无修正项",
        ),
        printed=_equal(Gradient(J), ACTION_DEPENDENT),
        right=ACTION_BASELINE,
        why=words(
            "b(s, a) cannot be taken out of the mean over a: Σ_a b(s, a) ∇π(a|s) is not zero. "
            "It has to be added again.",
            "b(s, a) 不能移到对 a 的均值之外: Σ_a b(s, a) ∇π(a|s) 不为零, 必须补回。",
        ),
        direction=(PAID_BASELINE, Gradient(J)),
        instance=words("b(s, a) = r(s, a).", "取 b(s, a) = r(s, a)。"),
    ),
)

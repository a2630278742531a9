"""The policy gradient, for a finite horizon, in each of its forms (rows A4, A7, A9 and A10)."""

from sympy import S

from derivations.assumptions import POLICY_SUMS_TO_ONE
from derivations.language.binders import ActionSum, Expectation, TimeSum
from derivations.language.functionals import Objective, TrajectoryProbability
from derivations.language.operators import AtOld, Gradient, Log
from derivations.language.rules import (
    Earlier,
    Normalise,
    ReturnToValue,
    ScoreMeanZero,
    SplitAt,
    Unfold,
)
from derivations.language.statement import Derivation, each_state, equal, words
from derivations.language.terms import OLD, THETA, Pi, T, a, gamma, k, pi_at, reward_at, s, t
from derivations.notation import (
    DISCOUNTED_RETURN,
    J_DISCOUNTED,
    PROBABILITY,
    RETURN,
    SCORE,
    SCORES,
    TO_GO,
    J,
    advantage_at,
    mean,
    q_at,
    steps,
    value_at,
)

REINFORCE = Derivation(
    name="reinforce",
    rows=("A4", "A7"),
    title=words("The REINFORCE gradient", "REINFORCE 梯度"),
    start=Gradient(J),
    lines=(
        equal(
            Gradient(mean(RETURN)),
            "J is the mean of the return.",
            "J 是回报的均值。",
            by=(Unfold(Objective),),
        ),
        equal(
            mean(Gradient(Log(PROBABILITY)) * RETURN),
            "The likelihood-ratio gradient with R(τ) = Σ r_t.",
            "取 R(τ) = Σ r_t 的似然比梯度。",
            uses=("likelihood-ratio-gradient",),
        ),
        equal(
            mean(SCORES * RETURN),
            "The score of a trajectory is the sum of its steps' scores: the sum over t stays.",
            "轨迹的得分是各步得分之和: 对 t 的求和必须保留。",
            by=(Unfold(TrajectoryProbability),),
            uses=("score-of-a-trajectory",),
        ),
    ),
)

PAST_REWARDS = mean(steps(SCORE * TimeSum(k, 0, t - 1, gamma**k * reward_at(k))))

REWARDS_TO_GO = Derivation(
    name="policy-gradient-rewards-to-go",
    rows=("A9", "B3"),
    title=words("The policy gradient with the rewards from t on", "只用 t 起的奖励的策略梯度"),
    start=Gradient(J_DISCOUNTED),
    lines=(
        equal(
            Gradient(mean(DISCOUNTED_RETURN)),
            "J is the mean of the discounted return.",
            "J 是折扣回报的均值。",
            by=(Unfold(Objective),),
        ),
        equal(
            mean(Gradient(Log(PROBABILITY)) * DISCOUNTED_RETURN),
            "The likelihood-ratio gradient.",
            "似然比梯度。",
            uses=("likelihood-ratio-gradient",),
        ),
        equal(
            mean(SCORES * DISCOUNTED_RETURN),
            "The score of a trajectory is the sum of the scores of its steps.",
            "轨迹的得分是各步得分之和。",
            by=(Unfold(TrajectoryProbability),),
            uses=("score-of-a-trajectory",),
        ),
        equal(
            PAST_REWARDS + mean(steps(SCORE * TO_GO)),
            "At each t, split the return into the rewards before t and those from t on.",
            "在每个时刻 t, 把回报分为 t 之前与 t 及以后的奖励。",
            by=(Unfold(type(DISCOUNTED_RETURN)), SplitAt()),
        ),
        equal(
            mean(steps(SCORE * TO_GO)),
            "Rewards before t are known when a_t is drawn, and the score then has mean zero.",
            "抽取 a_t 时, t 之前的奖励已知, 而得分的条件均值为零。",
            by=(ScoreMeanZero(),),
            uses=("score-has-mean-zero",),
            assumes=(POLICY_SUMS_TO_ONE,),
        ),
    ),
)

POLICY_GRADIENT_THEOREM = Derivation(
    name="policy-gradient-theorem",
    rows=("A9",),
    title=words("The policy gradient theorem, finite horizon", "策略梯度定理 (有限时域)"),
    start=Gradient(J_DISCOUNTED),
    lines=(
        equal(
            mean(steps(SCORE * TO_GO)),
            "The policy gradient with the rewards from t on, discounted to time zero.",
            "只用 t 起的奖励 (折到零时刻) 的策略梯度。",
            by=(Earlier(REWARDS_TO_GO.conclusion),),
            uses=("policy-gradient-rewards-to-go",),
        ),
        equal(
            mean(steps(gamma**t * SCORE * q_at(THETA, t))),
            "Given s_t and a_t, the rewards from t on have the mean Q, discounted to t: γᵗ stays.",
            "给定 s_t 与 a_t, t 起的奖励折到 t 时刻的均值为 Q: 因子 γᵗ 保留。",
            by=(ReturnToValue(),),
        ),
    ),
)

SCORE_MEAN_ZERO = Derivation(
    name="score-has-mean-zero",
    rows=("B1", "B3"),
    title=words("The score has mean zero in every state", "得分函数在每个状态下均值为零"),
    forall=(each_state(s),),
    start=ActionSum(a, Pi(THETA, a, s) * Gradient(Log(Pi(THETA, a, s)))),
    lines=(
        equal(
            ActionSum(a, Gradient(Pi(THETA, a, s))),
            "π ∇log π = ∇π.",
            "π ∇log π = ∇π。",
            uses=("log-derivative-trick",),
        ),
        equal(
            Gradient(ActionSum(a, Pi(THETA, a, s))),
            "A finite sum of gradients is the gradient of the sum.",
            "梯度的有限和等于和的梯度。",
        ),
        equal(
            0,
            "The sum is one whatever θ is.",
            "无论 θ 为何, 该和恒为一。",
            by=(Normalise(),),
            assumes=(POLICY_SUMS_TO_ONE,),
        ),
    ),
)

ADVANTAGE_FORM = Derivation(
    name="policy-gradient-advantage-form",
    rows=("A9",),
    title=words("The policy gradient with the advantage", "优势函数形式的策略梯度"),
    start=Gradient(J_DISCOUNTED),
    lines=(
        equal(
            mean(steps(gamma**t * SCORE * q_at(THETA, t))),
            "The policy gradient theorem.",
            "策略梯度定理。",
            uses=("policy-gradient-theorem",),
            by=(Earlier(POLICY_GRADIENT_THEOREM.conclusion),),
        ),
        equal(
            mean(steps(gamma**t * SCORE * q_at(THETA, t)))
            - mean(steps(gamma**t * SCORE * value_at(THETA, t))),
            "V_t(s_t) is known before a_t is drawn, so its product with the score has mean zero.",
            "V_t(s_t) 在抽取 a_t 之前已知, 它与得分之积均值为零。",
            by=(ScoreMeanZero(),),
            uses=("score-has-mean-zero",),
            assumes=(POLICY_SUMS_TO_ONE,),
        ),
        equal(
            mean(steps(gamma**t * SCORE * advantage_at(THETA, t))),
            "A = Q − V.",
            "A = Q − V。",
            by=(Unfold(type(advantage_at(THETA, t))),),
        ),
    ),
)

L_PG = Expectation(OLD, steps(Log(pi_at(THETA, t)) * advantage_at(OLD, t, S.One)) / T)

LOG_LOSS = Derivation(
    name="log-probability-objective",
    rows=("A10",),
    title=words(
        "The gradient of L^PG at the policy that collected the data",
        "L^PG 在采样策略处的梯度",
    ),
    setting=words(
        "No discount. The mean over steps carries the constant 1/T. The advantages are numbers: "
        "they are those of the policy that collected the data, and nothing flows through them.",
        "无折扣。对步取平均带来常数 1/T。优势是采样策略的数值, 梯度不经过它们。",
    ),
    start=AtOld(Gradient(L_PG)),
    lines=(
        equal(
            AtOld(Expectation(OLD, steps(SCORE * advantage_at(OLD, t, S.One)) / T)),
            "The data's law and the advantages do not depend on θ: ∇ reaches log π only.",
            "数据分布与优势不依赖 θ: ∇ 只作用于 log π。",
        ),
        equal(
            AtOld(mean(steps(SCORE * advantage_at(THETA, t, S.One)) / T)),
            "At θ = θ_old the data's law is the policy's own, and so is the advantage.",
            "在 θ = θ_old 处, 数据分布与优势即当前策略自身的。",
        ),
        equal(
            AtOld(Gradient(J)) / T,
            "The advantage form of the policy gradient, with γ = 1.",
            "取 γ = 1 的优势函数形式策略梯度。",
            uses=("policy-gradient-advantage-form",),
        ),
    ),
)

RESULTS = (
    REINFORCE,
    SCORE_MEAN_ZERO,
    REWARDS_TO_GO,
    POLICY_GRADIENT_THEOREM,
    ADVANTAGE_FORM,
    LOG_LOSS,
)

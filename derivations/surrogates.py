"""Surrogates for the objective, and the performance difference (rows D5 and D6)."""

from derivations.assumptions import POLICY_SUPPORT
from derivations.language.binders import ActionExpectation, ActionSum, Expectation, StateSum
from derivations.language.functionals import Objective, StateLaw
from derivations.language.operators import AtOld, Gradient
from derivations.language.statement import Derivation, equal, words
from derivations.language.terms import (
    OLD,
    THETA,
    Pi,
    Reward,
    StateAt,
    a,
    gamma,
    pi_at,
    reward_at,
    s,
    t,
)
from derivations.notation import J_DISCOUNTED, SCORE, advantage_at, mean, steps, value_at

RATIO = pi_at(THETA, t) / pi_at(OLD, t)
STATE_RATIO = StateLaw(THETA, t, StateAt(t)) / StateLaw(OLD, t, StateAt(t))
OLD_ADVANTAGE = advantage_at(OLD, t)
SURROGATE = Expectation(OLD, steps(gamma**t * RATIO * OLD_ADVANTAGE))

PAIR_WEIGHTS = Derivation(
    name="state-action-importance-weights",
    rows=("D5",),
    title=words(
        "Weights of single steps need the ratio of the states' laws",
        "单步权重必须包含状态分布之比",
    ),
    start=mean(steps(gamma**t * reward_at(t))),
    lines=(
        equal(
            steps(
                gamma**t
                * StateSum(s, StateLaw(THETA, t, s) * ActionSum(a, Pi(THETA, a, s) * Reward(s, a)))
            ),
            "r_t depends on s_t and a_t only.",
            "r_t 只依赖 s_t 与 a_t。",
            uses=("objective-three-ways",),
        ),
        equal(
            steps(
                gamma**t
                * StateSum(
                    s,
                    StateLaw(OLD, t, s)
                    * ActionExpectation(
                        OLD,
                        a,
                        s,
                        (StateLaw(THETA, t, s) / StateLaw(OLD, t, s))
                        * (Pi(THETA, a, s) / Pi(OLD, a, s))
                        * Reward(s, a),
                    ),
                )
            ),
            "Multiply and divide by the law of the pair under the old policy.",
            "乘除以旧策略下 (状态, 动作) 对的分布。",
            uses=("importance-sampling",),
            assumes=(POLICY_SUPPORT,),
        ),
        equal(
            Expectation(OLD, steps(gamma**t * STATE_RATIO * RATIO * reward_at(t))),
            "That is an expectation over the old policy's trajectories.",
            "这就是旧策略轨迹上的期望。",
        ),
    ),
)

PERFORMANCE_DIFFERENCE = Derivation(
    name="performance-difference",
    rows=("D6",),
    title=words("The performance difference identity", "性能差分恒等式"),
    setting=words(
        "The advantages are the old policy's, the trajectories the new one's.",
        "优势是旧策略的, 轨迹是新策略的。",
    ),
    start=mean(steps(gamma**t * OLD_ADVANTAGE)),
    lines=(
        equal(
            mean(
                steps(gamma**t * (reward_at(t) + gamma * value_at(OLD, t + 1) - value_at(OLD, t)))
            ),
            "The advantage is the mean of the temporal difference, given s_t and a_t.",
            "给定 s_t 与 a_t, 优势是时序差分的均值。",
        ),
        equal(
            mean(steps(gamma**t * reward_at(t)))
            + mean(steps(gamma ** (t + 1) * value_at(OLD, t + 1)))
            - mean(steps(gamma**t * value_at(OLD, t))),
            "Take the three parts apart.",
            "拆成三部分。",
        ),
        equal(
            mean(steps(gamma**t * reward_at(t))) - mean(value_at(OLD, 0)),
            "The values telescope: V_T is zero, and V_0(s_0) is left.",
            "价值逐项相消: V_T 为零, 只剩 V_0(s_0)。",
        ),
        equal(
            J_DISCOUNTED - Objective(OLD, gamma),
            "Both policies begin in the same law of s_0: the mean of V_0 is the old objective.",
            "两个策略的初始状态分布相同: V_0 的均值即旧目标。",
        ),
    ),
)

SURROGATE_GRADIENT = Derivation(
    name="surrogate-gradient",
    rows=("D6",),
    title=words(
        "The surrogate's gradient is the objective's, at θ = θ_old",
        "在 θ = θ_old 处, 替代目标的梯度等于目标的梯度",
    ),
    setting=words(
        "With the weights γᵗ, and with the advantages of the old policy; only to first order, "
        "only at θ_old.",
        "含权重 γᵗ, 并采用旧策略的优势; 仅在 θ_old 处, 仅到一阶成立。",
    ),
    start=AtOld(Gradient(SURROGATE)),
    lines=(
        equal(
            AtOld(
                Expectation(
                    OLD, steps(gamma**t * Gradient(pi_at(THETA, t)) / pi_at(OLD, t) * OLD_ADVANTAGE)
                )
            ),
            "Of the surrogate only π_θ depends on θ.",
            "替代目标中只有 π_θ 依赖 θ。",
        ),
        equal(
            AtOld(Expectation(OLD, steps(gamma**t * RATIO * SCORE * OLD_ADVANTAGE))),
            "∇π = π ∇log π.",
            "∇π = π ∇log π。",
            uses=("log-derivative-trick",),
        ),
        equal(
            AtOld(mean(steps(gamma**t * SCORE * advantage_at(THETA, t)))),
            "At θ = θ_old the ratio is one, and both policies are the same.",
            "在 θ = θ_old 处比值为一, 两个策略相同。",
        ),
        equal(
            AtOld(Gradient(J_DISCOUNTED)),
            "The advantage form of the policy gradient.",
            "优势函数形式的策略梯度。",
            uses=("policy-gradient-advantage-form",),
        ),
    ),
)

RESULTS = (PAIR_WEIGHTS, PERFORMANCE_DIFFERENCE, SURROGATE_GRADIENT)

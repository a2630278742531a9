"""Every symbol that the pages use, as the object that prints it, with its meaning."""

from typing import Any

from sympy import Symbol

from derivations.language import binders, functionals, gaussian, operators, terms
from derivations.language.terms import (
    THETA,
    ActionAt,
    StateAt,
    T,
    a,
    gamma,
    k,
    m,
    n,
    s,
    s_next,
    t,
    x,
)

_f = terms.Table("f", x)
_X = terms.TrajectoryTable("X")
_p, _q = Symbol("p"), Symbol("q")
_N = (Symbol("m_p"), Symbol("v_p"))

ENTRIES: tuple[tuple[str, tuple[tuple[Any, str, str], ...]], ...] = (
    (
        "the problem",
        (
            (StateAt(t), "state at time t of a trajectory", "轨迹在 t 时刻的状态"),
            (ActionAt(t), "action taken in it", "该状态下采取的动作"),
            (
                terms.reward_at(t),
                "reward that follows it: r(s_t, a_t)",
                "随之得到的奖励 r(s_t, a_t)",
            ),
            (terms.Initial(s), "law of the first state", "初始状态的分布"),
            (terms.Dynamics(s_next, s, a), "law of the next state", "下一状态的分布"),
            (terms.Reward(s, a), "reward of an action in a state", "状态-动作的奖励"),
            (gamma, "discount", "折扣因子"),
            (T, "number of steps of a trajectory", "轨迹的步数"),
        ),
    ),
    (
        "the policy",
        (
            (
                THETA,
                "parameters of the policy; every differentiable policy is meant",
                "策略参数; 指任意可微策略",
            ),
            (terms.OLD, "parameters of the policy that collected the data", "收集数据的策略的参数"),
            (terms.Pi(THETA, a, s), "probability of an action in a state", "状态下采取动作的概率"),
            (
                functionals.TrajectoryProbability(THETA, T),
                "probability of a trajectory of T steps: μ(s_0) ∏ π_θ(a_t|s_t) P(s_{t+1}|s_t, a_t)",
                "T 步轨迹的概率: μ(s_0) ∏ π_θ(a_t|s_t) P(s_{t+1}|s_t, a_t)",
            ),
            (functionals.StateLaw(THETA, t, s), "law of the state at time t", "t 时刻状态的分布"),
            (
                functionals.Occupancy(THETA, gamma, s),
                "discounted occupancy Σ_t γ^t Pr(s_t = s), not normalised",
                "折扣占据度 Σ_t γ^t Pr(s_t = s), 未归一化",
            ),
        ),
    ),
    (
        "what is gained",
        (
            (
                functionals.Return(1),
                "return of a trajectory, the sum of its rewards",
                "轨迹的回报, 即奖励之和",
            ),
            (functionals.Return(gamma), "discounted return Σ γ^t r_t", "折扣回报 Σ γ^t r_t"),
            (functionals.Objective(THETA, 1), "expected return over T steps", "T 步期望回报"),
            (functionals.Objective(THETA, gamma), "the same, discounted", "折扣的期望回报"),
            (
                functionals.ObjectiveForever(THETA, gamma),
                "the same without an end, γ < 1",
                "无限时域的期望回报, γ < 1",
            ),
            (
                functionals.Value(THETA, gamma, s),
                "value of a state; with an index t, of the steps from t on",
                "状态价值; 带下标 t 时指 t 步起的价值",
            ),
            (
                functionals.BestActionValue(THETA, gamma, s),
                "largest action value in a state",
                "某状态下最大的动作价值",
            ),
            (
                functionals.ActionValue(THETA, gamma, s, a),
                "value of an action in a state",
                "动作价值",
            ),
            (functionals.Advantage(THETA, gamma, s, a), "advantage, Q − V", "优势, 即 Q − V"),
        ),
    ),
    (
        "sums and means",
        (
            (
                binders.Expectation(THETA, _X),
                "mean over trajectories of the policy",
                "对策略轨迹的期望",
            ),
            (
                binders.ConditionalExpectation(THETA, _X, t, s),
                "the same, given the state at time t",
                "给定 t 时刻状态的条件期望",
            ),
            (
                binders.SampleExpectation(THETA, m, binders.OfSample(k, _X)),
                "mean over m independent trajectories",
                "对 m 条独立轨迹的期望",
            ),
            (
                binders.OfSample(k, _X),
                "of trajectory number k among independent ones",
                "第 k 条独立轨迹上的取值",
            ),
            (
                binders.ActionExpectation(THETA, a, s, terms.Table("f", s, a)),
                "mean over the actions of a state",
                "对一个状态的动作的期望",
            ),
            (
                binders.OutcomeExpectation(_p, x, _f),
                "mean over the outcomes of a law p",
                "对分布 p 的结果的期望",
            ),
            (binders.TrajectorySum(T, _X), "sum over all trajectories", "对所有轨迹求和"),
            (binders.StateSum(s, terms.Table("f", s)), "sum over all states", "对所有状态求和"),
            (
                binders.ActionSum(a, terms.Table("f", s, a)),
                "sum over all actions",
                "对所有动作求和",
            ),
            (binders.OutcomeSum(x, _f), "sum over all outcomes", "对所有结果求和"),
            (
                binders.TimeSum(t, 0, T - 1, terms.reward_at(t)),
                "sum over times; zero where the range is empty",
                "对时间求和; 空范围为零",
            ),
            (
                binders.TimeProduct(t, 0, T - 1, terms.Table("f", t)),
                "product over times; one where the range is empty",
                "对时间求积; 空范围为一",
            ),
            (
                operators.Variance(THETA, _X),
                "variance over trajectories; of a vector the trace of its covariance",
                "对轨迹的方差; 向量时为协方差的迹",
            ),
            (
                operators.OutcomeVariance(_p, x, _f),
                "variance over the outcomes of a law",
                "对分布结果的方差",
            ),
            (terms.Law(_p, x), "a law on finitely many outcomes", "有限结果上的分布"),
            (
                gaussian.GaussianExpectation(*_N, x, x),
                "mean under a normal law of given mean and variance",
                "给定均值与方差的正态分布下的期望",
            ),
            (gaussian.GaussianDensity(*_N, x), "density of a normal law", "正态密度"),
        ),
    ),
    (
        "operations",
        (
            (
                operators.Gradient(terms.Parametric("f")),
                "gradient with respect to θ",
                "对 θ 的梯度",
            ),
            (
                operators.Frozen(terms.Parametric("f")),
                "held fixed: no gradient flows through it",
                "视为常数, 梯度不流过",
            ),
            (
                operators.AtOld(operators.Gradient(terms.Parametric("f"))),
                "at θ = θ_old",
                "在 θ = θ_old 处",
            ),
            (operators.Log(x), "natural logarithm", "自然对数"),
            (operators.Exponential(x), "exponential", "指数"),
            (operators.Root(x), "square root", "平方根"),
            (operators.Absolute(x), "absolute value", "绝对值"),
            (
                operators.SquaredNorm(operators.Gradient(terms.Parametric("f"))),
                "squared Euclidean norm",
                "欧氏范数的平方",
            ),
            (operators.Minimum(x, n), "the smaller of two", "两者中较小者"),
            (operators.Maximum(x, n), "the larger of two", "两者中较大者"),
            (operators.Clip(x, 0, 1), "min(max(x, low), high)", "min(max(x, 下界), 上界)"),
            (
                operators.IfBelow(x, n, terms.Table("f", x), terms.Table("g", x)),
                "one of two, by which side of a threshold a number lies on",
                "按一数在阈值的哪一侧取两者之一",
            ),
            (
                operators.StateMaximum(s, terms.Table("f", s)),
                "largest over states",
                "状态上的最大值",
            ),
            (
                operators.PairMaximum(s, a, terms.Table("f", s, a)),
                "largest over states and actions",
                "状态与动作上的最大值",
            ),
            (
                operators.Curvature(terms.Parametric("f")),
                "second derivative by θ along any one direction",
                "沿任一方向对 θ 的二阶导数",
            ),
        ),
    ),
    (
        "arbitrary functions",
        (
            (
                terms.Table("b", StateAt(t)),
                "any function of states, actions, times or outcomes that does not depend on θ",
                "状态、动作、时间或结果的任意函数, 与 θ 无关",
            ),
            (_X, "any function of a whole trajectory", "整条轨迹的任意函数"),
            (terms.Parametric("f"), "any differentiable function of θ", "θ 的任意可微函数"),
        ),
    ),
)
"""Heading -> (object, its meaning in English, in Chinese)."""

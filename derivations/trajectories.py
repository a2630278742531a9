"""Trajectories: their probabilities, their scores, and what an expected reward is (A1 to A5)."""

from sympy import S

from derivations.assumptions import (
    BLACK_BOX_FREE_OF_THETA,
    DYNAMICS_FREE_OF_THETA,
    POLICY_SUMS_TO_ONE,
    POSITIVE,
)
from derivations.language.binders import ActionSum, StateSum, TrajectorySum
from derivations.language.functionals import (
    Objective,
    ObjectiveForever,
    Occupancy,
    StateLaw,
    TrajectoryProbability,
    Value,
)
from derivations.language.operators import Gradient, Log
from derivations.language.rules import Earlier, LastStep, Normalise, NoSteps, Unfold
from derivations.language.statement import (
    Derivation,
    Induction,
    Relation,
    Statement,
    each_time,
    each_trajectory,
    equal,
    words,
)
from derivations.language.terms import (
    THETA,
    ActionAt,
    Dynamics,
    Initial,
    Parametric,
    Pi,
    Reward,
    StateAt,
    T,
    TrajectoryTable,
    a,
    gamma,
    n,
    pi_at,
    reward_at,
    s,
    s_next,
    t,
)
from derivations.notation import (
    DISCOUNTED_RETURN,
    J_DISCOUNTED,
    PROBABILITY,
    SCORES,
    mean,
    steps,
)

ONE_STEP_MORE = TrajectoryProbability(THETA, n + 1)
SUMS_TO_ONE = Statement(
    left=TrajectorySum(n, TrajectoryProbability(THETA, n)), relation=Relation.EQUAL, right=S.One
)

TRAJECTORY_PROBABILITIES = Induction(
    name="trajectory-probabilities",
    rows=("A1",),
    title=words(
        "The probabilities of all trajectories sum to one, for every horizon",
        "任意时域下, 所有轨迹的概率之和为一",
    ),
    variable=n,
    claim=SUMS_TO_ONE,
    base=Derivation(
        name="trajectory-probabilities-base",
        rows=("A1",),
        title=words("No steps", "零步"),
        start=TrajectorySum(0, TrajectoryProbability(THETA, 0)),
        lines=(
            equal(
                StateSum(s, Initial(s)),
                "A trajectory of no steps is its first state.",
                "零步的轨迹就是初始状态。",
                by=(NoSteps(),),
            ),
            equal(1, "μ is a probability law.", "μ 是概率分布。", by=(Normalise(),)),
        ),
    ),
    step=Derivation(
        name="trajectory-probabilities-step",
        rows=("A1",),
        title=words("One step more", "再走一步"),
        forall=(each_time(n, 0, T - 1),),
        start=TrajectorySum(n + 1, ONE_STEP_MORE),
        lines=(
            equal(
                TrajectorySum(
                    n,
                    TrajectoryProbability(THETA, n)
                    * ActionSum(
                        a,
                        Pi(THETA, a, StateAt(n))
                        * StateSum(s_next, Dynamics(s_next, StateAt(n), a)),
                    ),
                ),
                "Sum over the last action and the last state first: the factors before them do "
                "not contain them.",
                "先对最后的动作与状态求和: 前面的因子与它们无关。",
                by=(LastStep(),),
            ),
            equal(
                TrajectorySum(
                    n,
                    TrajectoryProbability(THETA, n) * ActionSum(a, Pi(THETA, a, StateAt(n))),
                ),
                "P(· | s, a) sums to one.",
                "P(· | s, a) 之和为一。",
                by=(Normalise(),),
            ),
            equal(
                TrajectorySum(n, TrajectoryProbability(THETA, n)),
                "π(· | s) sums to one.",
                "π(· | s) 之和为一。",
                by=(Normalise(),),
                assumes=(POLICY_SUMS_TO_ONE,),
            ),
            equal(
                1,
                "This is the claim for n steps.",
                "这正是 n 步的结论。",
                by=(Earlier(SUMS_TO_ONE),),
                assumes=(POLICY_SUMS_TO_ONE,),
            ),
        ),
    ),
)

OBJECTIVE_THREE_WAYS = Derivation(
    name="objective-three-ways",
    rows=("A2",),
    title=words(
        "The objective by enumeration, by the states' laws, and by values",
        "目标函数的三种算法: 枚举、状态分布、价值函数",
    ),
    start=J_DISCOUNTED,
    lines=(
        equal(
            TrajectorySum(T, PROBABILITY * DISCOUNTED_RETURN),
            "J is the mean of the return: each trajectory's return by its probability.",
            "J 是回报的均值: 每条轨迹的回报乘以其概率。",
            by=(Unfold(Objective),),
        ),
        equal(
            steps(gamma**t * mean(reward_at(t))),
            "The return is a sum over times, and the mean of a sum is the sum of the means.",
            "回报是对时间的和, 和的均值等于均值的和。",
            by=(Unfold(type(DISCOUNTED_RETURN)),),
        ),
        equal(
            steps(
                gamma**t
                * StateSum(s, StateLaw(THETA, t, s) * ActionSum(a, Pi(THETA, a, s) * Reward(s, a)))
            ),
            "The reward at t depends on s_t and a_t only: s_t has its law, a_t that of the policy.",
            "t 时刻的奖励只依赖 s_t 与 a_t: 前者服从其分布, 后者服从策略。",
        ),
        equal(
            StateSum(s, Initial(s) * Value(THETA, gamma, s, 0)),
            "Summed backwards instead of forwards, this is the mean of V_0 over first states.",
            "改为由后向前求和, 即得 V_0 对初始状态的均值。",
        ),
    ),
)

OBJECTIVE_FOREVER = Derivation(
    name="objective-by-occupancy",
    rows=("A2",),
    title=words(
        "The infinite horizon: rewards weighted by the occupancy", "无限时域: 以占据度加权的奖励"
    ),
    start=ObjectiveForever(THETA, gamma),
    lines=(
        equal(
            StateSum(s, Initial(s) * Value(THETA, gamma, s)),
            "J is the mean of V over the first states.",
            "J 是 V 对初始状态的均值。",
        ),
        equal(
            StateSum(
                s,
                Occupancy(THETA, gamma, s) * ActionSum(a, Pi(THETA, a, s) * Reward(s, a)),
            ),
            "V = (I − γP^π)⁻¹ r^π and d = μ (I − γP^π)⁻¹: the same product, bracketed otherwise.",
            "V = (I − γP^π)⁻¹ r^π 而 d = μ (I − γP^π)⁻¹: 同一乘积, 换一种结合方式。",
        ),
    ),
)

LOG_DERIVATIVE = Derivation(
    name="log-derivative-trick",
    rows=("A3",),
    title=words("The log-derivative trick", "对数导数技巧"),
    setting=words("f is any positive differentiable function of θ.", "f 是 θ 的任意正值可微函数。"),
    start=Gradient(Parametric("f")),
    lines=(
        equal(
            Parametric("f") * Gradient(Log(Parametric("f"))),
            "The chain rule gives ∇log f = ∇f / f, defined where f > 0; multiply by f.",
            "由链式法则, f > 0 时 ∇log f = ∇f / f; 两边乘以 f。",
            assumes=(POSITIVE,),
        ),
    ),
)

BLACK_BOX = TrajectoryTable("R")

LIKELIHOOD_RATIO = Derivation(
    name="likelihood-ratio-gradient",
    rows=("A4",),
    title=words(
        "The gradient of an expected reward that may be a black box", "奖励为黑箱时期望奖励的梯度"
    ),
    setting=words(
        "R(τ) is an arbitrary function of the whole trajectory: nothing is differentiated but P.",
        "R(τ) 是整条轨迹的任意函数: 只对 P 求导。",
    ),
    start=Gradient(mean(BLACK_BOX)),
    lines=(
        equal(
            Gradient(TrajectorySum(T, PROBABILITY * BLACK_BOX)),
            "An expectation is a sum weighted by probabilities.",
            "期望就是以概率加权的和。",
        ),
        equal(
            TrajectorySum(T, Gradient(PROBABILITY) * BLACK_BOX),
            "∇ goes inside the finite sum; R(τ) does not depend on θ.",
            "∇ 移入有限和; R(τ) 与 θ 无关。",
            assumes=(BLACK_BOX_FREE_OF_THETA,),
        ),
        equal(
            TrajectorySum(T, PROBABILITY * Gradient(Log(PROBABILITY)) * BLACK_BOX),
            "The log-derivative trick for each P(τ).",
            "对每个 P(τ) 用对数导数技巧。",
            uses=("log-derivative-trick",),
        ),
        equal(
            mean(Gradient(Log(PROBABILITY)) * BLACK_BOX),
            "The weight P(τ) makes the sum an expectation; no sum over τ is left.",
            "权重 P(τ) 使和成为期望; 对 τ 的求和不再出现。",
        ),
    ),
)

SCORE_OF_TRAJECTORY = Derivation(
    name="score-of-a-trajectory",
    rows=("A5",),
    title=words(
        "The dynamics drop out of the score of a trajectory", "轨迹的得分函数中不含环境动力学"
    ),
    forall=(each_trajectory(),),
    start=Gradient(Log(PROBABILITY)),
    lines=(
        equal(
            Gradient(
                Log(Initial(StateAt(0)))
                + steps(Log(pi_at(THETA, t)))
                + steps(Log(Dynamics(StateAt(t + 1), StateAt(t), ActionAt(t))))
            ),
            "P(τ) is a product; the logarithm makes it a sum.",
            "P(τ) 是连乘积, 取对数变为和。",
            by=(Unfold(TrajectoryProbability),),
        ),
        equal(
            SCORES,
            "μ and P do not depend on θ: their gradients are zero.",
            "μ 与 P 不依赖 θ, 其梯度为零。",
            assumes=(DYNAMICS_FREE_OF_THETA,),
        ),
    ),
)

RESULTS = (
    TRAJECTORY_PROBABILITIES,
    OBJECTIVE_THREE_WAYS,
    OBJECTIVE_FOREVER,
    LOG_DERIVATIVE,
    LIKELIHOOD_RATIO,
    SCORE_OF_TRAJECTORY,
)

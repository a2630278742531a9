"""Trajectories and the policy gradient, for a finite horizon (rows A1 to A10)."""

from sympy import S

from derivations.assumptions import (
    BLACK_BOX_FREE_OF_THETA,
    DYNAMICS_FREE_OF_THETA,
    POLICY_SUMS_TO_ONE,
    POSITIVE,
)
from derivations.language.binders import (
    ActionSum,
    Expectation,
    OfSample,
    SampleExpectation,
    StateSum,
    TimeSum,
    TrajectorySum,
)
from derivations.language.functionals import (
    Objective,
    ObjectiveForever,
    Occupancy,
    StateLaw,
    TrajectoryProbability,
    Value,
)
from derivations.language.operators import AtOld, Gradient, Log, Variance
from derivations.language.rules import (
    Earlier,
    LastStep,
    Normalise,
    NoSteps,
    ReturnToValue,
    ScoreMeanZero,
    SplitAt,
    Unfold,
)
from derivations.language.statement import (
    Derivation,
    Induction,
    Relation,
    Statement,
    each_state,
    each_time,
    each_trajectory,
    equal,
    words,
)
from derivations.language.terms import (
    OLD,
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
    j,
    k,
    m,
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

ESTIMATE = SampleExpectation(THETA, m, TimeSum(j, 1, m, OfSample(j, SCORES * RETURN)) / m)

MONTE_CARLO_UNBIASED = Derivation(
    name="monte-carlo-unbiased",
    rows=("A8",),
    title=words("The Monte Carlo gradient is unbiased", "蒙特卡洛梯度是无偏的"),
    forall=(each_time(m, 1, 2),),
    sizes=((1, 2, 1), (2, 2, 1), (1, 2, 2), (1, 3, 1)),
    start=ESTIMATE,
    lines=(
        equal(
            TimeSum(j, 1, m, SampleExpectation(THETA, m, OfSample(j, SCORES * RETURN))) / m,
            "The mean of a sum is the sum of the means.",
            "和的均值等于均值的和。",
        ),
        equal(
            TimeSum(j, 1, m, mean(SCORES * RETURN)) / m,
            "Every trajectory has the same law.",
            "每条轨迹同分布。",
        ),
        equal(
            mean(SCORES * RETURN),
            "m equal terms, divided by m.",
            "m 个相同的项再除以 m。",
        ),
        equal(
            Gradient(J),
            "The REINFORCE gradient.",
            "即 REINFORCE 梯度。",
            uses=("reinforce",),
        ),
    ),
)

DEVIATION = TimeSum(j, 1, m, OfSample(j, TrajectoryTable("X"))) / m - mean(TrajectoryTable("X"))

MONTE_CARLO_VARIANCE = Derivation(
    name="monte-carlo-variance",
    rows=("A8",),
    title=words(
        "The variance of a mean over m trajectories is that of one, over m",
        "m 条轨迹均值的方差等于单条方差除以 m",
    ),
    setting=words(
        "X(τ) is any number that a trajectory gives, a coordinate of its gradient for one.",
        "X(τ) 是轨迹给出的任意数, 例如其梯度的一个分量。",
    ),
    forall=(each_time(m, 1, 2),),
    sizes=((1, 2, 1), (2, 2, 1), (1, 2, 2), (1, 3, 1)),
    start=SampleExpectation(THETA, m, DEVIATION**2),
    lines=(
        equal(
            SampleExpectation(
                THETA,
                m,
                TimeSum(
                    j,
                    1,
                    m,
                    TimeSum(
                        k,
                        1,
                        m,
                        (OfSample(j, TrajectoryTable("X")) - mean(TrajectoryTable("X")))
                        * (OfSample(k, TrajectoryTable("X")) - mean(TrajectoryTable("X"))),
                    ),
                )
                / m**2,
            ),
            "The square of a sum is a sum over pairs.",
            "和的平方是对所有配对的和。",
        ),
        equal(
            TimeSum(
                j,
                1,
                m,
                SampleExpectation(
                    THETA,
                    m,
                    (OfSample(j, TrajectoryTable("X")) - mean(TrajectoryTable("X"))) ** 2,
                ),
            )
            / m**2,
            "Different trajectories are independent, so the pairs with j ≠ k have mean zero.",
            "不同轨迹相互独立, 故 j ≠ k 的配对均值为零。",
        ),
        equal(
            Variance(THETA, TrajectoryTable("X")) / m,
            "m times the variance of one, divided by m².",
            "单条方差的 m 倍再除以 m²。",
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
    TRAJECTORY_PROBABILITIES,
    OBJECTIVE_THREE_WAYS,
    OBJECTIVE_FOREVER,
    LOG_DERIVATIVE,
    LIKELIHOOD_RATIO,
    SCORE_OF_TRAJECTORY,
    REINFORCE,
    MONTE_CARLO_UNBIASED,
    MONTE_CARLO_VARIANCE,
    SCORE_MEAN_ZERO,
    REWARDS_TO_GO,
    POLICY_GRADIENT_THEOREM,
    ADVANTAGE_FORM,
    LOG_LOSS,
)

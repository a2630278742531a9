"""Trust regions: the surrogate's gradient, the penalty's, and TRPO's step (rows E1, E2, E4).

The surrogate is the mean over steps, without a discount; the advantages are those of the policy
that collected the data, and nothing flows through them.
"""

from sympy import S, Symbol

from derivations.assumptions import POLICY_SUMS_TO_ONE
from derivations.language.binders import ActionSum, Expectation, OutcomeExpectation
from derivations.language.lemmas import CauchySchwarz
from derivations.language.operators import AtOld, Frozen, Gradient, Log
from derivations.language.statement import (
    Derivation,
    Relation,
    Statement,
    at_most,
    each_state,
    equal,
    words,
)
from derivations.language.terms import OLD, THETA, Pi, StateAt, T, Table, a, pi_at, s, t, x
from derivations.notation import SCORE, advantage_at, steps

BETA = Symbol("beta", positive=True)
DELTA = Symbol("delta", positive=True)
RATIO = pi_at(THETA, t) / pi_at(OLD, t)
OLD_ADVANTAGE = advantage_at(OLD, t, S.One)


def kl(state):
    """KL(π_old(· | s) ‖ π_θ(· | s))."""
    return ActionSum(a, Pi(OLD, a, state) * Log(Pi(OLD, a, state) / Pi(THETA, a, state)))


def old_mean_score(state):
    """Σ_a π_old(a | s) ∇log π_θ(a | s)."""
    return ActionSum(a, Pi(OLD, a, state) * Gradient(Log(Pi(THETA, a, state))))


def step_mean(body):
    """E over the old policy's trajectories of the mean over their steps."""
    return Expectation(OLD, steps(body) / T)


SURROGATE = step_mean(RATIO * OLD_ADVANTAGE)
MEAN_KL = step_mean(kl(StateAt(t)))

CPI_GRADIENT = Derivation(
    name="cpi-gradient",
    rows=("D6", "E2"),
    title=words(
        "The gradient of the surrogate L^CPI, at any θ", "替代目标 L^CPI 在任意 θ 处的梯度"
    ),
    start=Gradient(SURROGATE),
    lines=(
        equal(
            step_mean(Gradient(pi_at(THETA, t)) / pi_at(OLD, t) * OLD_ADVANTAGE),
            "Of the surrogate only π_θ depends on θ.",
            "替代目标中只有 π_θ 依赖 θ。",
        ),
        equal(
            step_mean(RATIO * SCORE * OLD_ADVANTAGE),
            "∇π = π ∇log π.",
            "∇π = π ∇log π。",
            uses=("log-derivative-trick",),
        ),
    ),
)

KL_GRADIENT = Derivation(
    name="kl-gradient",
    rows=("E1",),
    title=words(
        "The gradient of KL(π_old‖π) in the new policy's parameter",
        "KL(π_old‖π) 对新策略参数的梯度",
    ),
    forall=(each_state(s),),
    start=Gradient(kl(s)),
    lines=(
        equal(
            Gradient(ActionSum(a, Pi(OLD, a, s) * (Log(Pi(OLD, a, s)) - Log(Pi(THETA, a, s))))),
            "The logarithm of a ratio.",
            "比值的对数。",
        ),
        equal(
            -old_mean_score(s),
            "The old policy does not depend on θ.",
            "旧策略不依赖 θ。",
        ),
        equal(
            -ActionSum(a, Pi(OLD, a, s) / Pi(THETA, a, s) * Gradient(Pi(THETA, a, s))),
            "∇log π = ∇π / π.",
            "∇log π = ∇π / π。",
            uses=("log-derivative-trick",),
        ),
    ),
)

KL_IS_FLAT = Derivation(
    name="kl-is-flat-at-old",
    rows=("E1",),
    title=words(
        "At θ = θ_old the gradient of KL(π_old‖π) is zero",
        "在 θ = θ_old 处 KL(π_old‖π) 的梯度为零",
    ),
    forall=(each_state(s),),
    start=AtOld(Gradient(kl(s))),
    lines=(
        equal(
            AtOld(-ActionSum(a, Pi(THETA, a, s) * Gradient(Log(Pi(THETA, a, s))))),
            "The gradient of KL, where both policies are the same.",
            "KL 的梯度, 此处两个策略相同。",
            uses=("kl-gradient",),
        ),
        equal(
            0,
            "The score has mean zero.",
            "得分函数均值为零。",
            uses=("score-has-mean-zero",),
            assumes=(POLICY_SUMS_TO_ONE,),
        ),
    ),
)

PENALISED = SURROGATE - BETA * MEAN_KL

PENALTY_GRADIENT = Derivation(
    name="penalty-gradient",
    rows=("E4",),
    title=words("The gradient of PPO's penalised objective", "PPO 惩罚目标的梯度"),
    setting=words(
        "The divergence is KL(π_old‖π), at the states of the data; β is a constant.",
        "散度为 KL(π_old‖π), 取数据中的状态; β 为常数。",
    ),
    start=Gradient(PENALISED),
    lines=(
        equal(
            Gradient(SURROGATE) - BETA * Gradient(MEAN_KL),
            "∇ is linear.",
            "∇ 是线性的。",
        ),
        equal(
            step_mean(RATIO * SCORE * OLD_ADVANTAGE) - BETA * step_mean(Gradient(kl(StateAt(t)))),
            "The surrogate's gradient; the states of the data do not depend on θ.",
            "替代目标的梯度; 数据中的状态不依赖 θ。",
            uses=("cpi-gradient",),
        ),
        equal(
            step_mean(RATIO * SCORE * OLD_ADVANTAGE + BETA * old_mean_score(StateAt(t))),
            "The gradient of KL in each state.",
            "每个状态处 KL 的梯度。",
            uses=("kl-gradient",),
        ),
    ),
)

PENALTY_AT_OLD = Derivation(
    name="penalty-gradient-at-old",
    rows=("E4",),
    title=words(
        "At θ = θ_old the penalty changes nothing: the gradient is that of the surrogate",
        "在 θ = θ_old 处惩罚项不起作用: 梯度即替代目标的梯度",
    ),
    start=AtOld(Gradient(PENALISED)),
    lines=(
        equal(
            AtOld(step_mean(RATIO * SCORE * OLD_ADVANTAGE + BETA * old_mean_score(StateAt(t)))),
            "The gradient of the penalised objective.",
            "惩罚目标的梯度。",
            uses=("penalty-gradient",),
        ),
        equal(
            AtOld(Gradient(SURROGATE)),
            "KL is flat there, and what is left is the surrogate's gradient.",
            "此处 KL 的梯度为零, 只剩替代目标的梯度。",
            uses=("kl-is-flat-at-old", "cpi-gradient"),
            assumes=(POLICY_SUMS_TO_ONE,),
        ),
    ),
)

FISHER = Derivation(
    name="fisher-information",
    rows=("E1", "E2"),
    title=words(
        "The Fisher information of a state, in three forms", "一个状态处 Fisher 信息的三种形式"
    ),
    setting=words(
        "∇ is the derivative along any one direction υ: what is said of every υ is said of the "
        "matrix, since υᵀFυ for all υ determines F. sg holds its body fixed.",
        "∇ 为沿任一方向 υ 的导数: 对所有 υ 成立即对矩阵成立, 因为 υᵀFυ 决定 F。"
        "sg 表示视其内容为常数。",
    ),
    forall=(each_state(s),),
    start=ActionSum(a, Pi(THETA, a, s) * Gradient(Log(Pi(THETA, a, s))) ** 2),
    lines=(
        equal(
            ActionSum(a, Gradient(Pi(THETA, a, s)) * Gradient(Log(Pi(THETA, a, s)))),
            "π ∇log π = ∇π.",
            "π ∇log π = ∇π。",
            uses=("log-derivative-trick",),
        ),
        equal(
            ActionSum(a, Gradient(Pi(THETA, a, s)) ** 2 / Pi(THETA, a, s)),
            "∇log π = ∇π / π.",
            "∇log π = ∇π / π。",
            uses=("log-derivative-trick",),
        ),
        equal(
            Gradient(ActionSum(a, Pi(THETA, a, s) * Frozen(Gradient(Log(Pi(THETA, a, s)))))),
            "How fast the mean of the present score, held fixed, moves away from zero.",
            "把当前得分视为固定时, 其均值离开零的速度。",
        ),
    ),
)

X, Y, LENGTH = Table("X", x), Table("Y", x), Symbol("k", positive=True)


def mean(body):
    """E_{x ∼ p}[body], x a state and an action of the data."""
    return OutcomeExpectation("p", x, body)


CURVATURE = mean(X**2)

TRPO_STEP = Derivation(
    name="trpo-step",
    rows=("E2",),
    title=words(
        "Of all steps of the same length in KL, TRPO's gains most",
        "在 KL 意义下等长的所有步中, TRPO 的步增益最大",
    ),
    setting=words(
        "x runs through the pairs of state and action, p is their law, X = ξᵀ∇log π(x) with "
        "Fξ = g, and Y = υᵀ∇log π(x) for any other step υ, where F = E_p[∇log π ∇log πᵀ]. Then "
        "ξᵀFξ = E_p[X²], υᵀFυ = E_p[Y²] and gᵀυ = ξᵀFυ = E_p[X Y]. F may be singular: any ξ with "
        "Fξ = g will do, F⁺g for one. Both steps have the length ½ υᵀFυ = δ; that of TRPO is kξ, "
        "k = √(2δ / ξᵀFξ).",
        "x 取遍 (状态, 动作) 对, p 是其分布, X = ξᵀ∇log π(x), 其中 Fξ = g; Y = υᵀ∇log π(x), υ 为"
        "任意另一步, F = E_p[∇log π ∇log πᵀ]。于是 ξᵀFξ = E_p[X²], υᵀFυ = E_p[Y²], gᵀυ = ξᵀFυ = "
        "E_p[X Y]。F 可以是奇异的: 任何满足 Fξ = g 的 ξ 均可, 例如 F⁺g。两步的长度均为 ½ υᵀFυ = δ; "
        "TRPO 的步为 kξ, k = √(2δ / ξᵀFξ)。",
    ),
    premises=(
        Statement(left=LENGTH**2 * CURVATURE, relation=Relation.EQUAL, right=2 * DELTA),
        Statement(left=mean(Y**2), relation=Relation.EQUAL, right=2 * DELTA),
    ),
    start=mean(X * Y) ** 2,
    lines=(
        at_most(
            CURVATURE * mean(Y**2),
            "Cauchy and Schwarz: the square of what the step υ gains, to first order.",
            "Cauchy–Schwarz 不等式: 左边是步 υ 的一阶增益的平方。",
            by=(CauchySchwarz(Symbol("p"), x, X, Y),),
        ),
        equal(
            2 * DELTA * CURVATURE,
            "The step υ has the length δ.",
            "步 υ 的长度为 δ。",
            given=(S.Zero, CURVATURE),
        ),
        equal(
            (LENGTH * CURVATURE) ** 2,
            "So has kξ.",
            "kξ 亦然。",
            given=(-CURVATURE, S.Zero),
        ),
        equal(
            mean(X * (LENGTH * X)) ** 2,
            "That is the square of what kξ gains.",
            "这正是 kξ 的增益的平方。",
        ),
    ),
)

RESULTS = (
    CPI_GRADIENT,
    KL_GRADIENT,
    KL_IS_FLAT,
    PENALTY_GRADIENT,
    PENALTY_AT_OLD,
    FISHER,
    TRPO_STEP,
)

"""A trust region and a penalty: where a multiplier exists, and where it does not (rows E3 and E4).

In the space of policies the gain is linear and the KL convex: some β makes the penalised problem's
maximiser that of the trust region. In a parameter's space only a stationary point is shared. In
the model in which TRPO takes its step, a linear gain and a quadratic KL, both can be written out.
"""

from typing import Any

from sympy import Rational, Symbol

from derivations.assumptions import LAWS_SUM_TO_ONE
from derivations.language.binders import OutcomeExpectation, OutcomeSum
from derivations.language.gaussian import GaussianExpectation
from derivations.language.lemmas import LogTangent, Weighted
from derivations.language.operators import Log, Root
from derivations.language.statement import Derivation, at_least, at_most, equal, words
from derivations.language.terms import Law, Table, x

BEST = Symbol("p_*")
p, q, best = Law("p", x), Law("q", x), Law(BEST, x)
BETA, NU = Symbol("beta", positive=True), Symbol("nu")
GAIN = NU - BETA * q / best
"""A(x), written by the stationarity of p*: A + β q / p* is the same number ν for every x."""


def kl(law: Any) -> OutcomeSum:
    """KL(q‖law)."""
    return OutcomeSum(x, q * Log(q / law))


POLICY_SPACE = Derivation(
    name="penalty-in-policy-space",
    rows=("E3",),
    title=words(
        "In policy space a multiplier makes the penalty's maximiser that of the trust region",
        "在策略空间中, 存在乘子使惩罚问题与信赖域问题有相同的最大点",
    ),
    setting=words(
        "q is the old policy, p* a policy with A(x) = ν − β q(x)/p*(x) for every action x: what "
        "Lagrange's condition asks. Then no p with KL(q‖p) ≤ KL(q‖p*) gains more than p*.",
        "q 为旧策略, p* 满足对每个动作 x 有 A(x) = ν − β q(x)/p*(x), 即拉格朗日条件。"
        "于是凡 KL(q‖p) ≤ KL(q‖p*) 的 p, 其增益都不超过 p*。",
    ),
    start=OutcomeSum(x, p * GAIN) - OutcomeSum(x, best * GAIN) - BETA * (kl(p) - kl(best)),
    lines=(
        equal(
            BETA * (1 - OutcomeSum(x, q * p / best)) - BETA * (kl(p) - kl(best)),
            "p and p* sum to one: ν drops out, and Σ p* q/p* = 1.",
            "p 与 p* 之和均为一: ν 消去, 且 Σ p* q/p* = 1。",
            assumes=(LAWS_SUM_TO_ONE,),
        ),
        equal(
            BETA * (OutcomeExpectation("q", x, Log(p / best)) - (OutcomeSum(x, q * p / best) - 1)),
            "The two divergences differ by the mean of log p/p*.",
            "两个散度之差为 log p/p* 的均值。",
        ),
        at_most(
            0,
            "log X ≤ X − 1.",
            "log X ≤ X − 1。",
            by=(Weighted(LogTangent(Symbol("q"), x, p / best), BETA),),
        ),
    ),
)

MULTIPLIER = Derivation(
    name="multiplier-depends-on-the-problem",
    rows=("E3",),
    title=words("The multiplier depends on the problem", "乘子依赖于问题"),
    setting=words(
        "β = ν − E_{p*}[A]: gains that are twice as large ask for twice the β.",
        "β = ν − E_{p*}[A]: 增益加倍则 β 也须加倍。",
    ),
    start=NU - OutcomeExpectation(BEST, x, GAIN),
    lines=(
        equal(
            NU - (NU - BETA * OutcomeSum(x, q)),
            "The mean under p* of Lagrange's condition.",
            "拉格朗日条件对 p* 取均值。",
            assumes=(LAWS_SUM_TO_ONE,),
        ),
        equal(BETA, "q sums to one.", "q 之和为一。", assumes=(LAWS_SUM_TO_ONE,)),
    ),
)

MEAN, AT_LIMIT = Symbol("theta_1", positive=True), Symbol("theta_*", positive=True)
V = Symbol("v", positive=True)
ADVANTAGE = x**3 - 3 * V * x


def penalised(mean: Any) -> Any:
    """L(θ) − β KL(θ): the policy is N(θ, v), the old one N(0, v), and β = 3 v θ*."""
    return GaussianExpectation(mean, V, x, ADVANTAGE) - 3 * V * AT_LIMIT * mean**2 / (2 * V)


PARAMETER_SPACE = Derivation(
    name="penalty-in-parameter-space",
    rows=("E3",),
    title=words(
        "In a parameter's space only a stationary point is shared",
        "在参数空间中, 二者只共有一个驻点",
    ),
    setting=words(
        "The policy is N(θ, v) with its mean as the only parameter, the old one N(0, v), and the "
        "advantage x³ − 3vx, of mean zero under the old one. KL(π_old‖π_θ) = θ²/(2v). On the trust "
        "region θ² ≤ θ*² the best is θ*; Lagrange's β there is L'/KL' = 3vθ*.",
        "策略为 N(θ, v), 均值是唯一参数; 旧策略为 N(0, v), 优势为 x³ − 3vx, 在旧策略下均值为零。"
        "KL(π_old‖π_θ) = θ²/(2v)。在信赖域 θ² ≤ θ*² 上最优为 θ*, 该处的拉格朗日乘子为 "
        "β = L'/KL' = 3vθ*。",
    ),
    start=penalised(MEAN) - penalised(AT_LIMIT),
    lines=(
        equal(
            MEAN**3 - AT_LIMIT**3 - 3 * AT_LIMIT * (MEAN**2 - AT_LIMIT**2) / 2,
            "The third moment of N(θ, v) is θ³ + 3vθ: the gain is θ³.",
            "N(θ, v) 的三阶矩为 θ³ + 3vθ: 增益为 θ³。",
        ),
        equal(
            (MEAN - AT_LIMIT) ** 2 * (MEAN + AT_LIMIT / 2),
            "θ* is a double zero: the slope vanishes there.",
            "θ* 是二重零点: 该处斜率为零。",
        ),
        at_least(
            0,
            "But on either side the penalised gain is larger: θ* is its minimum, not its maximum.",
            "但在其两侧惩罚后的增益更大: θ* 是极小点而非极大点。",
            certificate=(MEAN - AT_LIMIT) ** 2 * (MEAN + AT_LIMIT / 2),
        ),
    ),
)

Y, Z = Table("Y", x), Table("Z", x)
DELTA = Symbol("delta", positive=True)


def under(body: Any) -> OutcomeExpectation:
    """E_{x ∼ p}[body]."""
    return OutcomeExpectation("p", x, body)


MODEL = words(
    "x is an action (or a state and an action) of the old policy p, Z(x) = z·∇log π(x) the score "
    "along a step z, so that E[Z²]/2 = ½ zᵀFz is the KL's second-order term; g = Fy, so that the "
    "gain is gᵀz = E[YZ].",
    "x 为旧策略 p 的动作 (或状态与动作), Z(x) = z·∇log π(x) 为沿步 z 的得分, 故 "
    "E[Z²]/2 = ½ zᵀFz 是 KL 的二阶项; g = Fy, 故增益为 gᵀz = E[YZ]。",
)

STEP = Derivation(
    name="penalised-step",
    rows=("E3", "E4"),
    title=words(
        "The penalised step of a linear gain and a quadratic KL is y/β",
        "线性增益与二次 KL 下, 惩罚问题的步为 y/β",
    ),
    setting=MODEL,
    start=under(Y * Z) - BETA / 2 * under(Z**2),
    lines=(
        equal(
            under(Y**2) / (2 * BETA) - BETA / 2 * under((Z - Y / BETA) ** 2),
            "Complete the square in z.",
            "对 z 配方。",
        ),
        at_most(
            under(Y**2) / (2 * BETA),
            "A square's mean is not negative; it is zero for z = y/β.",
            "平方的均值非负; z = y/β 时为零。",
            certificate=BETA / 2 * under((Z - Y / BETA) ** 2),
        ),
    ),
)

FOURTH = Derivation(
    name="kl-of-the-penalised-step",
    rows=("E4",),
    title=words(
        "Doubling β divides the KL of the penalised step by four",
        "β 加倍使惩罚步的 KL 除以四",
    ),
    setting=MODEL,
    start=under((Y / (2 * BETA)) ** 2) / 2,
    lines=(
        equal(
            Rational(1, 4) * (under((Y / BETA) ** 2) / 2),
            "The step is half as long, and the KL quadratic in it.",
            "步长减半, 而 KL 是其二次函数。",
        ),
    ),
)

LAGRANGE = Root(under(Y**2) / (2 * DELTA))

OF_TRUST_REGION = Derivation(
    name="multiplier-of-the-trust-region",
    rows=("E3",),
    title=words(
        "In the quadratic model the multiplier of the trust region δ is √(gᵀF⁺g/(2δ))",
        "在二次模型中, 信赖域 δ 的乘子为 √(gᵀF⁺g/(2δ))",
    ),
    setting=MODEL,
    start=under((Y / LAGRANGE) ** 2) / 2,
    lines=(
        equal(
            under(Y**2) / LAGRANGE**2 / 2,
            "β does not depend on x.",
            "β 与 x 无关。",
        ),
        equal(
            DELTA,
            "With this β the step y/β uses up the region: it is TRPO's.",
            "取此 β 时步 y/β 恰好用尽信赖域: 即 TRPO 的步。",
        ),
    ),
)

RESULTS = (POLICY_SPACE, MULTIPLIER, PARAMETER_SPACE, STEP, FOURTH, OF_TRUST_REGION)

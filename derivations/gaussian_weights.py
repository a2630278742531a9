"""Importance weights between Gaussian laws: mean, variance, and where it is infinite (row D2).

p = N(m, v) and q = N(n, w), with variances v and w. The weight's second moment is finite exactly
where v < 2w.
"""

from sympy import Rational, Symbol

from derivations.language.gaussian import GaussianExpectation, weight
from derivations.language.operators import Exponential, Root
from derivations.language.regions import Split
from derivations.language.statement import Derivation, equal, words
from derivations.language.terms import x

M, N = Symbol("m_p"), Symbol("m_q")
V, W = Symbol("v_p", positive=True), Symbol("v_q", positive=True)
RATIO = weight((M, V), (N, W), x)

SETTING = words(
    "p = N(m_p, v_p) and q = N(m_q, v_q); v_p and v_q are variances.",
    "p = N(m_p, v_p), q = N(m_q, v_q); v_p 与 v_q 为方差。",
)
FINITE = Split(variable=W, low=V / 2)
"""v_q > v_p / 2: the second moment of the weight is finite."""


def under_p(body):
    """E_{x ∼ p}[body]."""
    return GaussianExpectation(M, V, x, body)


def under_q(body):
    """E_{x ∼ q}[body]."""
    return GaussianExpectation(N, W, x, body)


SECOND_MOMENT = W / Root(V * (2 * W - V)) * Exponential((M - N) ** 2 / (2 * W - V))

MEAN = Derivation(
    name="gaussian-importance-sampling",
    rows=("D1", "D2"),
    title=words("Importance sampling between Gaussians", "高斯分布之间的重要性采样"),
    setting=SETTING,
    start=under_q(x * RATIO),
    lines=(
        equal(
            under_p(x),
            "The density of q cancels: what is left is the mean under p.",
            "q 的密度约去, 剩下 p 下的均值。",
        ),
        equal(M, "The mean of a Gaussian.", "高斯分布的均值。"),
    ),
)

WEIGHT = Derivation(
    name="gaussian-weight-second-moment",
    rows=("D2",),
    title=words(
        "The second moment of the Gaussian importance weight, finite for v_p < 2 v_q",
        "高斯重要性权重的二阶矩, 当 v_p < 2 v_q 时有限",
    ),
    setting=SETTING,
    splits=(FINITE,),
    start=under_q(RATIO**2),
    lines=(
        equal(
            under_p(RATIO),
            "One weight turns q into p.",
            "一个权重把 q 变为 p。",
        ),
        equal(
            SECOND_MOMENT,
            "A Gaussian integral: its precision 2/v_p − 1/v_q is positive where v_p < 2 v_q.",
            "高斯积分: 精度 2/v_p − 1/v_q 在 v_p < 2 v_q 时为正。",
        ),
    ),
)

CENTER = (2 * M * W - N * V) / (2 * W - V)

VARIANCE = Derivation(
    name="gaussian-importance-sampling-variance",
    rows=("D2",),
    title=words(
        "The variance of the importance-weighted x between Gaussians",
        "高斯分布之间重要性加权 x 的方差",
    ),
    setting=SETTING,
    splits=(FINITE,),
    start=under_q((x * RATIO - M) ** 2),
    lines=(
        equal(
            under_q((x * RATIO) ** 2) - 2 * M * under_q(x * RATIO) + M**2,
            "The squared deviation from the right mean, squared out.",
            "展开对正确均值的偏差平方。",
            uses=("gaussian-importance-sampling",),
        ),
        equal(
            under_p(x**2 * RATIO) - M**2,
            "One weight turns q into p, and the mean of the weighted x is m_p.",
            "一个权重把 q 变为 p, 而加权后 x 的均值为 m_p。",
        ),
        equal(
            SECOND_MOMENT * (CENTER**2 + V * W / (2 * W - V)) - M**2,
            "The second moment of a Gaussian with the precision 2/v_p − 1/v_q.",
            "精度为 2/v_p − 1/v_q 的高斯分布的二阶矩。",
            uses=("gaussian-weight-second-moment",),
        ),
    ),
)

DIVERGENCE = Derivation(
    name="gaussian-weight-exponent",
    rows=("D2",),
    title=words(
        "For v_p > 2 v_q the second moment of the weight is infinite",
        "当 v_p > 2 v_q 时权重的二阶矩为无穷",
    ),
    setting=words(
        "The exponent of p²/q at x. Where v_p > 2 v_q its quadratic term is positive: p²/q grows "
        "without bound in the tails, and its integral with it, as does that of f² p²/q for every f "
        "that does not vanish there. At v_p = 2 v_q the exponent is linear, or constant where the "
        "means agree, and the integral infinite, too.",
        "p²/q 在 x 处的指数。当 v_p > 2 v_q 时其二次项为正: p²/q 在尾部无界增长, 积分发散; "
        "对尾部不消失的 f, f² p²/q 亦然。当 v_p = 2 v_q 时指数为线性或常数, 积分同样发散。",
    ),
    start=-((x - M) ** 2) / V + (x - N) ** 2 / (2 * W),
    lines=(
        equal(
            (1 / (2 * W) - 1 / V) * x**2 + (2 * M / V - N / W) * x + N**2 / (2 * W) - M**2 / V,
            "Square out and collect the powers of x.",
            "展开并按 x 的幂整理。",
        ),
        equal(
            Rational(1, 2) * (V - 2 * W) / (V * W) * (x - CENTER) ** 2 + (M - N) ** 2 / (2 * W - V),
            "Complete the square: its coefficient has the sign of v_p − 2 v_q.",
            "配方: 二次项系数与 v_p − 2 v_q 同号。",
        ),
    ),
)

RESULTS = (MEAN, WEIGHT, VARIANCE, DIVERGENCE)

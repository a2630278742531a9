"""The curvature of KL at equality is the Fisher matrix (row E1).

∇ and ∇² are derivatives along a direction u of θ, any one: uᵀ∇²KL u = uᵀFu for every u, and both
matrices are symmetric, hence equal.
"""

from derivations.assumptions import POLICY_SUMS_TO_ONE
from derivations.language.binders import ActionSum
from derivations.language.operators import AtOld, Curvature, Gradient, Log
from derivations.language.statement import Derivation, each_state, equal, words
from derivations.language.terms import OLD, THETA, Pi, a, s

PI, PI_OLD = Pi(THETA, a, s), Pi(OLD, a, s)
DIVERGENCE = ActionSum(a, PI_OLD * Log(PI_OLD / PI))
FISHER = ActionSum(a, PI * Gradient(Log(PI)) ** 2)

CURVATURE = Derivation(
    name="curvature-of-kl",
    rows=("E1",),
    title=words(
        "The curvature of KL at equality is the Fisher matrix",
        "KL 在两策略相等处的曲率就是 Fisher 矩阵",
    ),
    setting=words(
        "∇ and ∇² are taken along any direction u of θ: uᵀ∇²KL(π_old‖π_θ)u = uᵀFu for every u. "
        "KL and its gradient vanish there, so ½ uᵀFu is its first term that does not.",
        "∇ 与 ∇² 沿 θ 的任意方向 u 取: 对每个 u 有 uᵀ∇²KL(π_old‖π_θ)u = uᵀFu。"
        "KL 及其梯度在该处为零, 故 ½ uᵀFu 是首个非零项。",
    ),
    forall=(each_state(s),),
    start=AtOld(Curvature(DIVERGENCE)),
    lines=(
        equal(
            AtOld(-ActionSum(a, PI_OLD * Curvature(Log(PI)))),
            "Of the divergence only log π_θ depends on θ.",
            "散度中只有 log π_θ 依赖 θ。",
        ),
        equal(
            AtOld(-ActionSum(a, PI_OLD * (Curvature(PI) / PI - (Gradient(PI) / PI) ** 2))),
            "The second derivative of a logarithm.",
            "对数的二阶导数。",
        ),
        equal(
            AtOld(FISHER - ActionSum(a, Curvature(PI))),
            "At θ_old both policies are the same, and ∇π/π = ∇log π.",
            "在 θ_old 处两策略相同, 且 ∇π/π = ∇log π。",
            uses=("log-derivative-trick",),
        ),
        equal(
            AtOld(FISHER),
            "The probabilities sum to one for every θ: their second derivatives sum to zero.",
            "对任意 θ 概率之和为一: 其二阶导数之和为零。",
            assumes=(POLICY_SUMS_TO_ONE,),
        ),
    ),
)

OF_SCORES = Derivation(
    name="fisher-by-the-curvature-of-log",
    rows=("E1",),
    title=words(
        "The Fisher matrix as minus the mean curvature of log π",
        "Fisher 矩阵等于 log π 的曲率均值的相反数",
    ),
    forall=(each_state(s),),
    start=ActionSum(a, PI * Gradient(Log(PI)) ** 2),
    lines=(
        equal(
            ActionSum(a, PI * (Gradient(PI) / PI) ** 2) - ActionSum(a, Curvature(PI)),
            "∇log π = ∇π/π; the second derivatives of the probabilities sum to zero.",
            "∇log π = ∇π/π; 概率的二阶导数之和为零。",
            uses=("log-derivative-trick",),
            assumes=(POLICY_SUMS_TO_ONE,),
        ),
        equal(
            -ActionSum(a, PI * Curvature(Log(PI))),
            "The second derivative of a logarithm, at every θ.",
            "对数的二阶导数, 对任意 θ 成立。",
        ),
    ),
)

RESULTS = (CURVATURE, OF_SCORES)

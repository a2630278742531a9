"""The step that TRPO takes in practice, with a damped Fisher matrix (row E2).

F is singular for every tabular softmax, and conjugate gradients want it well conditioned: what is
solved is (F + cI)ξ = g with a constant c > 0, and F + cI measures the step's length, too.
"""

from sympy import Rational, S, Symbol

from derivations.language.binders import OutcomeExpectation, OutcomeSum
from derivations.language.statement import (
    Derivation,
    Relation,
    Statement,
    at_most,
    equal,
    words,
)
from derivations.language.terms import Table, x

HALF = Rational(1, 2)
C, DELTA, LENGTH = (Symbol(name, positive=True) for name in ("c", "delta", "k"))
X, Y = Table("X", x), Table("Y", x)
XI, UPSILON = Table("xi", x), Table("upsilon", x)


def mean(body):
    """E_{x ∼ p}[body], x a state and an action of the data."""
    return OutcomeExpectation("p", x, body)


def damped(first, second, along, other):
    """ξᵀ(F + cI)υ, of two steps by their scores and by their coordinates."""
    return mean(first * second) + C * OutcomeSum(x, along * other)


OWN, OTHERS = damped(X, X, XI, XI), damped(Y, Y, UPSILON, UPSILON)
GAP = damped(LENGTH * X - Y, LENGTH * X - Y, LENGTH * XI - UPSILON, LENGTH * XI - UPSILON)
LENGTH_OF_OWN = Statement(left=LENGTH**2 * OWN, relation=Relation.EQUAL, right=2 * DELTA)
LENGTH_OF_OTHER = Statement(left=OTHERS, relation=Relation.EQUAL, right=2 * DELTA)

SETTING = words(
    "p is the law of the data's pairs of state and action, X = ξᵀ∇log π with (F + cI)ξ = g, and "
    "Y = υᵀ∇log π for any other step υ, where F = E_p[∇log π ∇log πᵀ]; ξ(x) and υ(x) are the "
    "coordinates of the steps, as many as p has outcomes. Then ξᵀFυ = E_p[X Y] and gᵀυ = "
    "ξᵀ(F + cI)υ. F + cI has an inverse whatever F is. Both steps have the damped length "
    "½ υᵀ(F + cI)υ = δ; that of TRPO is kξ, k = √(2δ / ξᵀ(F + cI)ξ).",
    "p 为数据中 (状态, 动作) 对的分布, X = ξᵀ∇log π, 其中 (F + cI)ξ = g; Y = υᵀ∇log π, "
    "υ 为任意另一步, F = E_p[∇log π ∇log πᵀ]; ξ(x) 与 υ(x) 为两步的坐标, 其个数与 p 的结果数相同。"
    "于是 ξᵀFυ = E_p[X Y], gᵀυ = ξᵀ(F + cI)υ。无论 F 如何, F + cI 可逆。"
    "两步的阻尼长度均为 ½ υᵀ(F + cI)υ = δ; "
    "TRPO 的步为 kξ, k = √(2δ / ξᵀ(F + cI)ξ)。",
)

BEST = Derivation(
    name="damped-trpo-step",
    rows=("E2",),
    title=words(
        "Of all steps of the same damped length, (F + cI)⁻¹g gains most",
        "在阻尼长度相等的所有步中, (F + cI)⁻¹g 的增益最大",
    ),
    setting=SETTING,
    premises=(LENGTH_OF_OWN, LENGTH_OF_OTHER),
    start=LENGTH * damped(X, Y, XI, UPSILON),
    lines=(
        equal(
            LENGTH**2 * OWN / 2 + OTHERS / 2 - GAP / 2,
            "k gᵀυ by the squares of kξ, of υ, and of their difference, all in F + cI.",
            "用 kξ、υ 及二者之差在 F + cI 下的平方表示 k gᵀυ。",
        ),
        at_most(
            LENGTH**2 * OWN / 2 + OTHERS / 2,
            "A square is not negative; that of the difference is zero for υ = kξ.",
            "平方非负; 当 υ = kξ 时差的平方为零。",
            certificate=GAP / 2,
        ),
        equal(
            2 * DELTA,
            "Both steps have the damped length δ.",
            "两步的阻尼长度均为 δ。",
            given=(HALF, HALF),
        ),
        equal(
            LENGTH * damped(X, LENGTH * X, XI, LENGTH * XI),
            "That is k times what kξ gains.",
            "这正是 kξ 的增益的 k 倍。",
            given=(-S.One, S.Zero),
        ),
    ),
)

INSIDE = Derivation(
    name="damped-step-stays-inside",
    rows=("E2",),
    title=words(
        "The damped step is shorter in KL than the region allows",
        "阻尼步的 KL 长度小于信赖域所允许的",
    ),
    setting=SETTING,
    premises=(LENGTH_OF_OWN,),
    start=mean((LENGTH * X) ** 2) / 2,
    lines=(
        equal(
            DELTA - C * LENGTH**2 * OutcomeSum(x, XI**2) / 2,
            "The damped length of kξ is δ; the damping has its part of it.",
            "kξ 的阻尼长度为 δ; 其中一部分来自阻尼项。",
            given=(HALF,),
        ),
        at_most(
            DELTA,
            "c and the square of the step are not negative.",
            "c 与步的平方非负。",
            certificate=C * LENGTH**2 * OutcomeSum(x, XI**2) / 2,
        ),
    ),
)

RESULTS = (BEST, INSIDE)

"""The clipped objective of PPO, case by case (row E5).

r is the ratio π_θ(a|s)/π_old(a|s), any positive differentiable function of θ; A is any real number,
0 < ε < 1. What is said holds for each step of each sample.
"""

from sympy import S, Symbol

from derivations.language.operators import Clip, Gradient, Minimum
from derivations.language.regions import Breakpoints, Split
from derivations.language.statement import Derivation, at_most, equal, words
from derivations.language.terms import Parametric

RATIO = Parametric("r")
A = Symbol("A")
GAIN, LOSS = Symbol("A_+", positive=True), Symbol("A_-", positive=True)
EPS = Symbol("epsilon", positive=True)
LOW, HIGH = 1 - EPS, 1 + EPS

SETTING = words(
    "r is the probability ratio, any positive function of θ; 0 < ε < 1.",
    "r 为概率比, 是 θ 的任意正值函数; 0 < ε < 1。",
)
SMALL = Split(variable=EPS, low=S.Zero, high=S.One)
EVERY_RATIO = Split(variable=RATIO, points=(LOW, HIGH), low=S.Zero)
EVERY_SIGN = Split(variable=A, points=(S.Zero,))


def clipped(advantage):
    """min(r A, clip(r, 1 − ε, 1 + ε) A)."""
    return Minimum(RATIO * advantage, Clip(RATIO, LOW, HIGH) * advantage)


POSITIVE_ADVANTAGE = Derivation(
    name="clip-positive-advantage",
    rows=("E5",),
    title=words("A > 0: only the upper limit is felt", "A > 0: 只有上限起作用"),
    setting=SETTING,
    splits=(SMALL, EVERY_RATIO),
    start=clipped(GAIN),
    lines=(
        equal(
            Minimum(RATIO, Clip(RATIO, LOW, HIGH)) * GAIN,
            "A positive factor comes out of the minimum.",
            "正因子可提到最小值之外。",
        ),
        equal(
            Minimum(RATIO, HIGH) * GAIN,
            "Below 1 − ε the ratio itself is the smaller one: the lower limit never acts.",
            "r 低于 1 − ε 时 r 本身更小: 下限从不起作用。",
        ),
    ),
)

NEGATIVE_ADVANTAGE = Derivation(
    name="clip-negative-advantage",
    rows=("E5",),
    title=words("A < 0: only the lower limit is felt", "A < 0: 只有下限起作用"),
    setting=SETTING,
    splits=(SMALL, EVERY_RATIO),
    start=clipped(-LOSS),
    lines=(
        equal(
            -(RATIO + Clip(RATIO, LOW, HIGH) - Minimum(RATIO, Clip(RATIO, LOW, HIGH))) * LOSS,
            "A negative factor turns the minimum into a maximum: the sum less the minimum.",
            "负因子把最小值变为最大值, 即两者之和减去最小值。",
        ),
        equal(
            -(RATIO + LOW - Minimum(RATIO, LOW)) * LOSS,
            "Above 1 + ε the ratio itself is the larger one: the upper limit never acts.",
            "r 高于 1 + ε 时 r 本身更大: 上限从不起作用。",
        ),
    ),
)

LOWER_BOUND = Derivation(
    name="clip-is-a-lower-bound",
    rows=("E5",),
    title=words(
        "The clipped objective is a lower bound of the unclipped one",
        "截断目标是未截断目标的下界",
    ),
    setting=SETTING,
    splits=(SMALL, EVERY_RATIO, EVERY_SIGN),
    start=clipped(A),
    lines=(
        at_most(
            RATIO * A,
            "A minimum is at most its first term, whatever the sign of A.",
            "最小值不超过其第一项, 无论 A 的符号。",
        ),
    ),
)


def _gradient_case(name, title, ratio, advantage, gradient, reasons) -> Derivation:
    """One row of the case table of ∇min(r A, clip(r) A); the kinks are left out."""
    return Derivation(
        name=name,
        rows=("E5",),
        title=title,
        setting=SETTING,
        splits=(SMALL, ratio),
        start=Gradient(clipped(advantage)),
        lines=(equal(gradient, *reasons),),
    )


_LINEAR = (
    "The minimum is r A here, in a neighbourhood.",
    "在此邻域内最小值就是 r A。",
)
_FLAT = (
    "The minimum is a constant here: nothing pulls the ratio back.",
    "在此邻域内最小值为常数: 没有任何力量把比值拉回。",
)

GRADIENT_GAIN_BELOW = _gradient_case(
    "clip-gradient-positive-inside",
    words("A > 0 and r < 1 + ε: the full gradient", "A > 0 且 r < 1 + ε: 完整梯度"),
    Split(
        variable=RATIO,
        points=(LOW,),
        low=S.Zero,
        high=HIGH,
        breakpoints=Breakpoints.EXCLUDED,
    ),
    GAIN,
    GAIN * Gradient(RATIO),
    _LINEAR,
)
GRADIENT_GAIN_ABOVE = _gradient_case(
    "clip-gradient-positive-outside",
    words("A > 0 and r > 1 + ε: no gradient", "A > 0 且 r > 1 + ε: 梯度为零"),
    Split(variable=RATIO, low=HIGH),
    GAIN,
    S.Zero,
    _FLAT,
)
GRADIENT_LOSS_ABOVE = _gradient_case(
    "clip-gradient-negative-inside",
    words("A < 0 and r > 1 − ε: the full gradient", "A < 0 且 r > 1 − ε: 完整梯度"),
    Split(variable=RATIO, points=(HIGH,), low=LOW, breakpoints=Breakpoints.EXCLUDED),
    -LOSS,
    -LOSS * Gradient(RATIO),
    _LINEAR,
)
GRADIENT_LOSS_BELOW = _gradient_case(
    "clip-gradient-negative-outside",
    words("A < 0 and r < 1 − ε: no gradient", "A < 0 且 r < 1 − ε: 梯度为零"),
    Split(variable=RATIO, low=S.Zero, high=LOW),
    -LOSS,
    S.Zero,
    _FLAT,
)
GRADIENT_AT_OLD = _gradient_case(
    "clip-gradient-near-old",
    words(
        "Between 1 − ε and 1 + ε, so also at θ_old, the gradient is that of r A",
        "在 1 − ε 与 1 + ε 之间 (包括 θ_old 处), 梯度与 r A 相同",
    ),
    Split(variable=RATIO, low=LOW, high=HIGH),
    A,
    A * Gradient(RATIO),
    (
        "Inside both limits the clip does nothing, whatever the sign of A.",
        "在两个界限之内截断不起作用, 无论 A 的符号。",
    ),
)

RESULTS = (
    POSITIVE_ADVANTAGE,
    NEGATIVE_ADVANTAGE,
    LOWER_BOUND,
    GRADIENT_GAIN_BELOW,
    GRADIENT_GAIN_ABOVE,
    GRADIENT_LOSS_ABOVE,
    GRADIENT_LOSS_BELOW,
    GRADIENT_AT_OLD,
)

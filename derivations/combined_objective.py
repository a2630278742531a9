"""PPO's combined objective, with its signs (row E7).

L^{CLIP+VF+S} = L^CLIP − c₁ (V − V^targ)² + c₂ S[π] is maximised: V and π are functions of the same
θ, r is the probability ratio, and the advantage and V^targ are constants.
"""

from sympy import S, Symbol

from derivations.assumptions import POLICY_SUMS_TO_ONE
from derivations.language.binders import ActionSum
from derivations.language.operators import Gradient, Log
from derivations.language.regions import Split
from derivations.language.statement import (
    Derivation,
    at_least,
    at_most,
    each_state,
    equal,
    words,
)
from derivations.language.terms import THETA, Parametric, Pi, a, s
from derivations.ppo import HIGH, LOW, RATIO, SMALL, A, clipped

V, TARGET = Parametric("V"), Symbol("V_targ")
C_VALUE, C_ENTROPY = Symbol("c_1", positive=True), Symbol("c_2", positive=True)
PI = Pi(THETA, a, s)
ENTROPY = -ActionSum(a, PI * Log(PI))
SQUARED_ERROR = (V - TARGET) ** 2
SETTING = words(
    "c₁ and c₂ are positive; the objective is maximised.", "c₁ 与 c₂ 为正; 目标取最大。"
)
ENTROPY_GRADIENT = -ActionSum(a, Gradient(PI) * Log(PI))

OF_ENTROPY = Derivation(
    name="gradient-of-the-entropy",
    rows=("E7",),
    title=words("The gradient of the policy's entropy", "策略熵的梯度"),
    forall=(each_state(s),),
    start=Gradient(ENTROPY),
    lines=(
        equal(
            -ActionSum(a, Gradient(PI) * Log(PI)) - ActionSum(a, PI * Gradient(Log(PI))),
            "The product rule.",
            "乘积法则。",
        ),
        equal(
            ENTROPY_GRADIENT - ActionSum(a, Gradient(PI)),
            "π ∇log π = ∇π.",
            "π ∇log π = ∇π。",
            uses=("log-derivative-trick",),
        ),
        equal(
            ENTROPY_GRADIENT,
            "The probabilities sum to one: their gradients sum to zero.",
            "概率之和为一: 其梯度之和为零。",
            uses=("score-has-mean-zero",),
            assumes=(POLICY_SUMS_TO_ONE,),
        ),
    ),
)

COMBINED = Derivation(
    name="combined-objective-gradient",
    rows=("E7",),
    title=words(
        "The gradient of PPO's combined objective, inside the clip's limits",
        "PPO 组合目标的梯度 (在截断界限之内)",
    ),
    setting=SETTING,
    forall=(each_state(s),),
    splits=(SMALL, Split(variable=RATIO, low=LOW, high=HIGH)),
    start=Gradient(clipped(A) - C_VALUE * SQUARED_ERROR + C_ENTROPY * ENTROPY),
    lines=(
        equal(
            A * Gradient(RATIO) - C_VALUE * Gradient(SQUARED_ERROR) + C_ENTROPY * Gradient(ENTROPY),
            "Term by term; inside the limits the clip does nothing.",
            "逐项求导; 在界限之内截断不起作用。",
            uses=("clip-gradient-near-old",),
        ),
        equal(
            A * Gradient(RATIO)
            + 2 * C_VALUE * (TARGET - V) * Gradient(V)
            + C_ENTROPY * ENTROPY_GRADIENT,
            "The chain rule, and the gradient of the entropy: V is drawn towards V^targ.",
            "链式法则与熵的梯度: V 被拉向 V^targ。",
            uses=("gradient-of-the-entropy",),
        ),
    ),
)

VALUE_SIGN = Derivation(
    name="value-term-lowers-the-error",
    rows=("E7",),
    title=words(
        "A step along the value term lowers the squared error",
        "沿价值项的一步降低平方误差",
    ),
    setting=SETTING,
    start=Gradient(SQUARED_ERROR) * Gradient(-C_VALUE * SQUARED_ERROR),
    lines=(
        equal(
            -4 * C_VALUE * (V - TARGET) ** 2 * Gradient(V) ** 2,
            "The chain rule, twice.",
            "两次链式法则。",
        ),
        at_most(
            S.Zero,
            "A square, with a minus: with + c₁ the error would grow.",
            "平方前有负号: 若为 + c₁, 误差会增大。",
            certificate=4 * C_VALUE * (V - TARGET) ** 2 * Gradient(V) ** 2,
        ),
    ),
)

ENTROPY_SIGN = Derivation(
    name="entropy-term-raises-the-entropy",
    rows=("E7",),
    title=words("A step along the entropy term raises the entropy", "沿熵项的一步使熵增大"),
    setting=SETTING,
    forall=(each_state(s),),
    start=Gradient(ENTROPY) * Gradient(C_ENTROPY * ENTROPY),
    lines=(
        equal(
            C_ENTROPY * ENTROPY_GRADIENT**2,
            "The gradient of the entropy, twice.",
            "两次用熵的梯度。",
            uses=("gradient-of-the-entropy",),
            assumes=(POLICY_SUMS_TO_ONE,),
        ),
        at_least(
            S.Zero,
            "A square, with a plus: with − c₂ the policy would harden.",
            "平方前有正号: 若为 − c₂, 策略会变得更确定。",
            certificate=C_ENTROPY * ENTROPY_GRADIENT**2,
        ),
    ),
)

RESULTS = (OF_ENTROPY, COMBINED, VALUE_SIGN, ENTROPY_SIGN)

"""The policy gradient theorem for the discounted infinite horizon (row A9)."""

from derivations.assumptions import DISCOUNTED, POLICY_SUMS_TO_ONE, REWARD_FREE_OF_THETA
from derivations.language.binders import ActionSum, StateSum
from derivations.language.functionals import (
    ActionValue,
    Advantage,
    ObjectiveForever,
    Occupancy,
    Value,
)
from derivations.language.operators import Gradient, Log
from derivations.language.statement import (
    Derivation,
    each_action,
    each_state,
    equal,
    words,
)
from derivations.language.terms import (
    THETA,
    Dynamics,
    Initial,
    Pi,
    Reward,
    a,
    a_other,
    gamma,
    s,
    s_next,
)

V, Q = Value(THETA, gamma, s), ActionValue(THETA, gamma, s, a)
V_NEXT = Value(THETA, gamma, s_next)
Q_NEXT = ActionValue(THETA, gamma, s_next, a_other)
PI, D = Pi(THETA, a, s), Occupancy(THETA, gamma, s)
J = ObjectiveForever(THETA, gamma)
NEXT_MEAN = ActionSum(a_other, Pi(THETA, a_other, s_next) * Q_NEXT)
NEXT_GRADIENT = StateSum(s_next, Dynamics(s_next, s, a) * Gradient(V_NEXT))

BELLMAN_V = Derivation(
    name="value-from-action-value",
    rows=("C1",),
    title=words("V is the policy's mean of Q", "V 是 Q 对策略的均值"),
    forall=(each_state(s),),
    start=V,
    lines=(
        equal(
            ActionSum(a, PI * Q),
            "The first action has the law π(· | s).",
            "首个动作服从 π(· | s)。",
            assumes=(DISCOUNTED,),
        ),
    ),
)

BELLMAN_Q = Derivation(
    name="action-value-from-value",
    rows=("C1",),
    title=words(
        "Q is the reward and the discounted value of what comes next",
        "Q 等于即时奖励加后继状态的折扣价值",
    ),
    forall=(each_state(s), each_action(a)),
    start=Q,
    lines=(
        equal(
            Reward(s, a) + gamma * StateSum(s_next, Dynamics(s_next, s, a) * V_NEXT),
            "The next state has the law P(· | s, a); from it on, the policy acts.",
            "后继状态服从 P(· | s, a); 此后由策略行动。",
            assumes=(DISCOUNTED,),
        ),
        equal(
            Reward(s, a) + gamma * StateSum(s_next, Dynamics(s_next, s, a) * NEXT_MEAN),
            "V of the next state is the policy's mean of its Q.",
            "后继状态的 V 是其 Q 对策略的均值。",
            uses=("value-from-action-value",),
        ),
    ),
)

GRADIENT_OF_VALUE = Derivation(
    name="gradient-of-the-value",
    rows=("A9",),
    title=words("The gradient of V, one step unrolled", "价值函数梯度的一步展开"),
    forall=(each_state(s),),
    start=Gradient(V),
    lines=(
        equal(
            Gradient(ActionSum(a, PI * Q)),
            "V is the policy's mean of Q.",
            "V 是 Q 对策略的均值。",
            uses=("value-from-action-value",),
        ),
        equal(
            ActionSum(a, Gradient(PI) * Q) + ActionSum(a, PI * Gradient(Q)),
            "The product rule: Q depends on θ, too.",
            "乘积法则: Q 也依赖 θ。",
        ),
        equal(
            ActionSum(a, Gradient(PI) * Q) + gamma * ActionSum(a, PI * NEXT_GRADIENT),
            "In Q, neither the reward nor the dynamics depend on θ: only the next state's V does.",
            "Q 中奖励与动力学均不依赖 θ: 只有后继状态的 V 依赖。",
            uses=("action-value-from-value",),
            assumes=(REWARD_FREE_OF_THETA,),
        ),
    ),
)

THEOREM = Derivation(
    name="policy-gradient-theorem-forever",
    rows=("A9",),
    title=words(
        "The policy gradient theorem, discounted infinite horizon", "策略梯度定理 (折扣无限时域)"
    ),
    setting=words(
        "d is the discounted occupancy without its factor 1 − γ: it sums to 1/(1 − γ). With the "
        "normalised occupancy (1 − γ)d the right side is divided by 1 − γ.",
        "d 为未归一化的折扣占据度, 总和为 1/(1 − γ)。若用归一化的 (1 − γ)d, 右端须除以 1 − γ。",
    ),
    start=Gradient(J),
    lines=(
        equal(
            StateSum(s, Initial(s) * Gradient(V)),
            "J is the mean of V over first states, whose law does not depend on θ.",
            "J 是 V 对初始状态的均值, 初始分布不依赖 θ。",
        ),
        equal(
            StateSum(s, D * (Gradient(V) - gamma * ActionSum(a, PI * NEXT_GRADIENT))),
            "The occupancy's balance, μ(s') = d(s') − γ Σ d(s) π(a|s) P(s'|s,a), under the sum.",
            "代入占据度的平衡方程 μ(s') = d(s') − γ Σ d(s) π(a|s) P(s'|s,a)。",
            assumes=(DISCOUNTED,),
        ),
        equal(
            StateSum(s, D * ActionSum(a, Gradient(PI) * Q)),
            "The gradient of V, one step unrolled: what is left is the policy's own part.",
            "由价值梯度的一步展开, 只剩策略自身的部分。",
            uses=("gradient-of-the-value",),
            assumes=(REWARD_FREE_OF_THETA,),
        ),
        equal(
            StateSum(s, D * ActionSum(a, PI * Gradient(Log(PI)) * Q)),
            "∇π = π ∇log π: a mean over the actions that the policy takes.",
            "∇π = π ∇log π: 化为对策略所取动作的均值。",
            uses=("log-derivative-trick",),
        ),
    ),
)

ADVANTAGE_FORM = Derivation(
    name="policy-gradient-advantage-form-forever",
    rows=("A9",),
    title=words("The advantage form, discounted infinite horizon", "优势函数形式 (折扣无限时域)"),
    start=Gradient(J),
    lines=(
        equal(
            StateSum(s, D * ActionSum(a, Gradient(PI) * Q)),
            "The policy gradient theorem.",
            "策略梯度定理。",
            uses=("policy-gradient-theorem-forever",),
        ),
        equal(
            StateSum(s, D * ActionSum(a, Gradient(PI) * (Q - V))),
            "V(s) does not depend on the action, and Σ_a ∇π(a|s) = 0.",
            "V(s) 与动作无关, 而 Σ_a ∇π(a|s) = 0。",
            uses=("score-has-mean-zero",),
            assumes=(POLICY_SUMS_TO_ONE,),
        ),
        equal(
            StateSum(
                s,
                D * ActionSum(a, PI * Gradient(Log(PI)) * Advantage(THETA, gamma, s, a)),
            ),
            "A = Q − V, and ∇π = π ∇log π.",
            "A = Q − V, 且 ∇π = π ∇log π。",
        ),
    ),
)

RESULTS = (BELLMAN_V, BELLMAN_Q, GRADIENT_OF_VALUE, THEOREM, ADVANTAGE_FORM)

"""The greedy policy is at least as good, in every state (row C6).

π_old is any policy, π_greedy takes in every state an action of largest Q of it. Fully observed: the
policy is a function of the state. Stationary where the horizon is infinite; with T steps the greedy
policy depends on the time.
"""

from derivations.assumptions import DISCOUNTED, POLICY_SUMS_TO_ONE
from derivations.language.binders import ActionSum, ConditionalExpectation, StateSum, TimeSum
from derivations.language.functionals import (
    ActionValue,
    Advantage,
    BestActionValue,
    Occupancy,
    Value,
)
from derivations.language.statement import (
    Derivation,
    at_least,
    each_state,
    each_time,
    equal,
    words,
)
from derivations.language.terms import (
    GREEDY,
    GREEDY_IN_TIME,
    OLD,
    THETA,
    Dynamics,
    Pi,
    Reward,
    StateAt,
    T,
    a,
    gamma,
    k,
    reward_at,
    s,
    s_next,
    t,
    x,
)


def visits(policy):
    """d(x | s_0 = s): how often, discounted, the policy is in x after a start in s."""
    return Occupancy(policy, gamma, x, s)


def mean_reward(policy):
    """Σ_a π(a | x) r(x, a)."""
    return ActionSum(a, Pi(policy, a, x) * Reward(x, a))


OLD_VALUE = Value(OLD, gamma, x)
NEXT_OLD_VALUE = ActionSum(
    a, Pi(THETA, a, x) * StateSum(s_next, Dynamics(s_next, x, a) * Value(OLD, gamma, s_next))
)

DIFFERENCE = Derivation(
    name="performance-difference-of-every-state",
    rows=("C6", "D6", "E2"),
    title=words(
        "The performance difference from every first state, discounted infinite horizon",
        "从任意初始状态出发的性能差分 (折扣无限时域)",
    ),
    setting=words(
        "d(x | s_0 = s) is the discounted occupancy after a start in s; it sums to 1/(1 − γ).",
        "d(x | s_0 = s) 为从 s 出发的折扣占据度, 总和为 1/(1 − γ)。",
    ),
    forall=(each_state(s),),
    start=Value(THETA, gamma, s) - Value(OLD, gamma, s),
    lines=(
        equal(
            StateSum(x, visits(THETA) * mean_reward(THETA)) - Value(OLD, gamma, s),
            "The value is the sum of the mean rewards of all states that are visited.",
            "价值等于所访问各状态平均奖励之和。",
            assumes=(DISCOUNTED,),
        ),
        equal(
            StateSum(x, visits(THETA) * (mean_reward(THETA) + gamma * NEXT_OLD_VALUE - OLD_VALUE)),
            "Along the new policy the old values telescope: only that of the first state is left.",
            "沿新策略的轨迹, 旧价值逐项相消, 只剩初始状态的旧价值。",
            assumes=(DISCOUNTED,),
        ),
        equal(
            StateSum(
                x,
                visits(THETA)
                * ActionSum(a, Pi(THETA, a, x) * (ActionValue(OLD, gamma, x, a) - OLD_VALUE)),
            ),
            "Bellman's equation for the old Q; the new policy's probabilities sum to one.",
            "旧 Q 的 Bellman 方程; 新策略的概率之和为一。",
            uses=("action-value-from-value",),
            assumes=(POLICY_SUMS_TO_ONE,),
        ),
        equal(
            StateSum(
                x, visits(THETA) * ActionSum(a, Pi(THETA, a, x) * Advantage(OLD, gamma, x, a))
            ),
            "A = Q − V.",
            "A = Q − V。",
        ),
    ),
)

BEST = BestActionValue(OLD, gamma, x)

IMPROVEMENT = Derivation(
    name="policy-improvement",
    rows=("C6",),
    title=words(
        "The greedy policy is at least as good in every state (stationary, discounted)",
        "贪心策略在每个状态都不差于原策略 (平稳, 折扣)",
    ),
    setting=words(
        "π_greedy takes an action of largest Q^{π_old}(x, ·) in every state x.",
        "π_greedy 在每个状态 x 取使 Q^{π_old}(x, ·) 最大的动作。",
    ),
    forall=(each_state(s),),
    start=Value(GREEDY, gamma, s) - Value(OLD, gamma, s),
    lines=(
        equal(
            StateSum(
                x,
                visits(GREEDY)
                * ActionSum(a, Pi(GREEDY, a, x) * (ActionValue(OLD, gamma, x, a) - OLD_VALUE)),
            ),
            "The performance difference.",
            "性能差分恒等式。",
            uses=("performance-difference-of-every-state",),
            assumes=(DISCOUNTED,),
        ),
        equal(
            StateSum(x, visits(GREEDY) * (BEST - OLD_VALUE)),
            "The greedy action has the largest Q.",
            "贪心动作的 Q 最大。",
        ),
        equal(
            StateSum(
                x,
                visits(GREEDY)
                * ActionSum(a, Pi(OLD, a, x) * (BEST - ActionValue(OLD, gamma, x, a))),
            ),
            "The old value is the old policy's mean of its Q.",
            "旧价值是旧 Q 对旧策略的均值。",
            uses=("value-from-action-value",),
            assumes=(POLICY_SUMS_TO_ONE,),
        ),
        at_least(
            0,
            "No Q is larger than the largest, and the weights are not negative.",
            "任何 Q 都不超过最大者, 且权重非负。",
            certificate=StateSum(
                x,
                visits(GREEDY)
                * ActionSum(a, Pi(OLD, a, x) * (BEST - ActionValue(OLD, gamma, x, a))),
            ),
        ),
    ),
)

BEST_AT = BestActionValue(OLD, gamma, StateAt(k), k)


def from_t(body):
    """E_{τ ∼ greedy}[Σ_{k=t}^{T−1} γ^{k−t} body | s_t = s]."""
    total = TimeSum(k, t, T - 1, gamma ** (k - t) * body)
    return ConditionalExpectation(GREEDY_IN_TIME, total, t, s)


SHORTFALL = from_t(
    ActionSum(a, Pi(OLD, a, StateAt(k)) * (BEST_AT - ActionValue(OLD, gamma, StateAt(k), a, k)))
)

IMPROVEMENT_IN_TIME = Derivation(
    name="policy-improvement-finite-horizon",
    rows=("C6",),
    title=words(
        "The greedy policy is at least as good in every state and at every time (T steps)",
        "贪心策略在每个状态, 每个时刻都不差于原策略 (T 步)",
    ),
    setting=words(
        "π_greedy takes at time t an action of largest Q_t^{π_old}(s, ·): it depends on t.",
        "π_greedy 在时刻 t 取使 Q_t^{π_old}(s, ·) 最大的动作: 它依赖于 t。",
    ),
    forall=(each_time(t, 0, T - 1), each_state(s)),
    start=Value(GREEDY_IN_TIME, gamma, s, t) - Value(OLD, gamma, s, t),
    lines=(
        equal(
            from_t(reward_at(k)) - Value(OLD, gamma, s, t),
            "The value is the mean of the rewards from t on.",
            "价值是 t 起奖励的均值。",
            uses=("value-of-a-time",),
        ),
        equal(
            from_t(
                reward_at(k)
                + gamma * Value(OLD, gamma, StateAt(k + 1), k + 1)
                - Value(OLD, gamma, StateAt(k), k)
            ),
            "Along the greedy trajectory the old values telescope, and V_T is zero.",
            "沿贪心轨迹旧价值逐项相消, 且 V_T 为零。",
        ),
        equal(
            from_t(BEST_AT - Value(OLD, gamma, StateAt(k), k)),
            "Given s_k, reward and next value have the mean Q_k of the action, which is the "
            "largest.",
            "给定 s_k, 奖励与后继价值之和的均值是该动作的 Q_k, 即最大者。",
            uses=("action-value-of-a-time",),
        ),
        equal(
            SHORTFALL,
            "The old value is the old policy's mean of its Q.",
            "旧价值是旧 Q 对旧策略的均值。",
            uses=("value-of-a-time",),
            assumes=(POLICY_SUMS_TO_ONE,),
        ),
        at_least(
            0,
            "No Q is larger than the largest.",
            "任何 Q 都不超过最大者。",
            certificate=SHORTFALL,
        ),
    ),
)

RESULTS = (DIFFERENCE, IMPROVEMENT, IMPROVEMENT_IN_TIME)

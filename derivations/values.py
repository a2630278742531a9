"""The values of the finite horizon: what they mean, and Bellman's equations (row C1)."""

from derivations.assumptions import POLICY_SUMS_TO_ONE
from derivations.language.binders import ActionSum, ConditionalExpectation, StateSum, TimeSum
from derivations.language.functionals import ActionValue, Value
from derivations.language.statement import (
    Derivation,
    each_action,
    each_state,
    each_time,
    equal,
    words,
)
from derivations.language.terms import (
    THETA,
    Dynamics,
    Pi,
    Reward,
    T,
    a,
    gamma,
    k,
    reward_at,
    s,
    s_next,
    t,
)

EVERYWHERE = (each_time(t, 0, T - 1), each_state(s), each_action(a))
REWARDS_FROM_T = TimeSum(k, t, T - 1, gamma ** (k - t) * reward_at(k))
REWARDS_AFTER_T = TimeSum(k, t + 1, T - 1, gamma ** (k - t - 1) * reward_at(k))
NEXT_VALUE = Value(THETA, gamma, s_next, t + 1)

VALUE = Derivation(
    name="value-of-a-time",
    rows=("C1",),
    title=words(
        "V_t is the mean of the rewards from t on, and the policy's mean of Q_t",
        "V_t 是 t 起奖励的均值, 也是 Q_t 对策略的均值",
    ),
    forall=EVERYWHERE[:2],
    start=ConditionalExpectation(THETA, REWARDS_FROM_T, t, s),
    lines=(
        equal(
            Value(THETA, gamma, s, t),
            "This is what V_t means: the recursion backwards from T gives the same numbers as the "
            "sum over all trajectories through s.",
            "这就是 V_t 的含义: 由 T 向后的递推与对所有经过 s 的轨迹求和结果相同。",
            assumes=(POLICY_SUMS_TO_ONE,),
        ),
        equal(
            ActionSum(a, Pi(THETA, a, s) * ActionValue(THETA, gamma, s, a, t)),
            "Given s_t = s, the action has the law π(· | s).",
            "给定 s_t = s, 动作服从 π(· | s)。",
        ),
    ),
)

ACTION_VALUE = Derivation(
    name="action-value-of-a-time",
    rows=("C1",),
    title=words(
        "Q_t is the reward and the discounted value of the next time",
        "Q_t 等于即时奖励加下一时刻价值的折扣",
    ),
    forall=EVERYWHERE,
    start=ConditionalExpectation(THETA, REWARDS_FROM_T, t, s, a),
    lines=(
        equal(
            ConditionalExpectation(THETA, reward_at(t) + gamma * REWARDS_AFTER_T, t, s, a),
            "The reward of time t stands alone; one factor γ is common to all the later ones.",
            "单独写出 t 时刻的奖励; 其后各项都含公因子 γ。",
        ),
        equal(
            Reward(s, a) + gamma * StateSum(s_next, Dynamics(s_next, s, a) * NEXT_VALUE),
            "The next state has the law P(· | s, a), and the later rewards have the mean V_{t+1}.",
            "后继状态服从 P(· | s, a), 而 t 之后的奖励均值为 V_{t+1}。",
            uses=("value-of-a-time",),
            assumes=(POLICY_SUMS_TO_ONE,),
        ),
        equal(
            ActionValue(THETA, gamma, s, a, t),
            "This is Bellman's recursion for Q_t.",
            "这就是 Q_t 的 Bellman 递推。",
        ),
    ),
)

RESULTS = (VALUE, ACTION_VALUE)

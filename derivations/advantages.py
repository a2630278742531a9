"""Temporal differences and generalised advantage estimation (rows C3 and C4).

δ, r and v are arbitrary sequences where a result is about sums alone: then it holds for every
critic, right or wrong, and for every batch.
"""

from derivations.language.binders import StateSum, TimeSum
from derivations.language.functionals import ActionValue, Advantage, Value
from derivations.language.rules import (
    Exchange,
    FirstTerm,
    Geometric,
    IndexShift,
    LastTerm,
)
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
    Reward,
    T,
    Table,
    a,
    gamma,
    j,
    k,
    lam,
    n,
    s,
    s_next,
    t,
)

EVERY_T = (each_time(t, 0, T - 1),)
DECAY = gamma * lam


def delta(time):
    """δ, an arbitrary sequence."""
    return Table("delta", time)


def td(time):
    """r_t + γ v_{t+1} − v_t for arbitrary rewards and an arbitrary critic."""
    return Table("r", time) + gamma * Table("v", time + 1) - Table("v", time)


def gae(start):
    """Σ_{k=start}^{T−1} (γλ)^{k−start} δ_k."""
    return TimeSum(k, start, T - 1, DECAY ** (k - start) * delta(k))


RIGHT_FORM = Derivation(
    name="gae",
    rows=("C4",),
    title=words(
        "Generalised advantage estimation: the last exponent is T − 1 − t",
        "广义优势估计: 末项指数为 T − 1 − t",
    ),
    setting=words("δ is an arbitrary sequence.", "δ 为任意序列。"),
    forall=EVERY_T,
    start=gae(t),
    lines=(
        equal(
            TimeSum(j, 0, T - 1 - t, DECAY**j * delta(t + j)),
            "Count from t: k = t + l.",
            "从 t 起计数: k = t + l。",
            by=(IndexShift(-t),),
        ),
        equal(
            TimeSum(j, 0, T - 2 - t, DECAY**j * delta(t + j)) + DECAY ** (T - 1 - t) * delta(T - 1),
            "The last term has l = T − 1 − t.",
            "末项对应 l = T − 1 − t。",
            by=(LastTerm(),),
        ),
    ),
)

RECURSION = Derivation(
    name="gae-recursion",
    rows=("C4",),
    title=words(
        "GAE backwards: Â_t = δ_t + γλ Â_{t+1}; with λ = 0 only δ_t is left",
        "GAE 的逆推式: Â_t = δ_t + γλ Â_{t+1}; λ = 0 时只剩 δ_t",
    ),
    setting=words("δ is an arbitrary sequence.", "δ 为任意序列。"),
    forall=EVERY_T,
    start=gae(t),
    lines=(
        equal(
            delta(t) + TimeSum(k, t + 1, T - 1, DECAY ** (k - t) * delta(k)),
            "The first term has exponent zero.",
            "首项指数为零。",
            by=(FirstTerm(),),
        ),
        equal(
            delta(t) + DECAY * gae(t + 1),
            "One factor γλ is common to all the others.",
            "其余各项都含公因子 γλ。",
        ),
    ),
)

REWARDS = TimeSum(k, t, T - 1, gamma ** (k - t) * Table("r", k))
VALUES = TimeSum(k, t, T - 1, gamma ** (k - t) * Table("v", k))
SHIFTED_VALUES = TimeSum(k, t + 1, T, gamma ** (k - t) * Table("v", k))

LAMBDA_ONE = Derivation(
    name="gae-lambda-one",
    rows=("C4",),
    title=words(
        "λ = 1: the temporal differences telescope to return minus value",
        "λ = 1: 时序差分逐项相消, 得回报减价值",
    ),
    setting=words(
        "r and v are arbitrary sequences; v_T is the value after the last step, zero where the "
        "episode has ended.",
        "r 与 v 为任意序列; v_T 是最后一步之后的价值, 若回合已终止则为零。",
    ),
    forall=EVERY_T,
    start=TimeSum(k, t, T - 1, gamma ** (k - t) * td(k)),
    lines=(
        equal(
            REWARDS + TimeSum(k, t, T - 1, gamma ** (k + 1 - t) * Table("v", k + 1)) - VALUES,
            "Take the three parts of δ apart.",
            "把 δ 的三部分拆开。",
        ),
        equal(
            REWARDS + SHIFTED_VALUES - VALUES,
            "Shift the index of the second sum by one.",
            "第二个和的下标平移一位。",
            by=(IndexShift(1),),
        ),
        equal(
            REWARDS
            + TimeSum(k, t + 1, T - 1, gamma ** (k - t) * Table("v", k))
            + gamma ** (T - t) * Table("v", T)
            - VALUES,
            "Its last term stands alone.",
            "单独写出其末项。",
            by=(LastTerm(),),
        ),
        equal(
            REWARDS + gamma ** (T - t) * Table("v", T) - Table("v", t),
            "Of the two sums of values only the first term of the second is left.",
            "两个价值之和相消, 只剩后者的首项。",
            by=(FirstTerm(),),
        ),
    ),
)

N_STEP = TimeSum(k, t, t + n - 1, gamma ** (k - t) * Table("r", k))

N_STEP_ADVANTAGE = Derivation(
    name="n-step-advantage",
    rows=("C4",),
    title=words(
        "The n-step advantage is a sum of n temporal differences",
        "n 步优势是 n 个时序差分之和",
    ),
    setting=words("r and v are arbitrary sequences.", "r 与 v 为任意序列。"),
    forall=(*EVERY_T, each_time(n, 1, T - t)),
    start=TimeSum(k, t, t + n - 1, gamma ** (k - t) * td(k)),
    lines=(
        equal(
            N_STEP
            + TimeSum(k, t, t + n - 1, gamma ** (k + 1 - t) * Table("v", k + 1))
            - TimeSum(k, t, t + n - 1, gamma ** (k - t) * Table("v", k)),
            "Take the three parts of δ apart.",
            "把 δ 的三部分拆开。",
        ),
        equal(
            N_STEP
            + TimeSum(k, t + 1, t + n, gamma ** (k - t) * Table("v", k))
            - TimeSum(k, t, t + n - 1, gamma ** (k - t) * Table("v", k)),
            "Shift the index of the second sum by one.",
            "第二个和的下标平移一位。",
            by=(IndexShift(1),),
        ),
        equal(
            N_STEP
            + TimeSum(k, t + 1, t + n - 1, gamma ** (k - t) * Table("v", k))
            + gamma**n * Table("v", t + n)
            - TimeSum(k, t, t + n - 1, gamma ** (k - t) * Table("v", k)),
            "Its last term stands alone.",
            "单独写出其末项。",
            by=(LastTerm(),),
        ),
        equal(
            N_STEP + gamma**n * Table("v", t + n) - Table("v", t),
            "Of the two sums of values only the first term of the second is left.",
            "两个价值之和相消, 只剩后者的首项。",
            by=(FirstTerm(),),
        ),
    ),
)

LAST = T - 1 - t


def n_step(count):
    """The n-step advantage, as a sum of temporal differences γˡ δ_{t+l}, l < n."""
    return TimeSum(j, 0, count - 1, gamma**j * delta(t + j))


WEIGHTED_MEAN = TimeSum(n, 0, LAST - 1, (1 - lam) * lam**n * n_step(n + 1))

LAMBDA_MEAN = Derivation(
    name="gae-lambda-mean",
    rows=("C4",),
    title=words(
        "GAE is the λ-weighted mean of the n-step advantages",
        "GAE 是各 n 步优势的 λ 加权平均",
    ),
    setting=words(
        "The last one, of T − t steps, has the weight λ^{T−1−t}, without the factor 1 − λ: the "
        "weights then sum to one. δ is an arbitrary sequence; n counts from zero.",
        "最后一个 (T − t 步) 的权重为 λ^{T−1−t}, 不含因子 1 − λ: 如此权重之和为一。δ 为任意序列, "
        "n 从零起计。",
    ),
    forall=EVERY_T,
    start=WEIGHTED_MEAN + lam**LAST * n_step(LAST + 1),
    lines=(
        equal(
            TimeSum(
                n,
                0,
                LAST - 1,
                TimeSum(j, 0, n, (1 - lam) * lam**n * gamma**j * delta(t + j)),
            )
            + lam**LAST * n_step(LAST + 1),
            "Bring the weights inside.",
            "把权重移入内层求和。",
        ),
        equal(
            TimeSum(
                j,
                0,
                LAST - 1,
                TimeSum(n, j, LAST - 1, (1 - lam) * lam**n * gamma**j * delta(t + j)),
            )
            + lam**LAST * n_step(LAST + 1),
            "Exchange the sums over the triangle l ≤ n.",
            "在三角形区域 l ≤ n 上交换求和次序。",
            by=(Exchange(),),
        ),
        equal(
            TimeSum(j, 0, LAST - 1, gamma**j * delta(t + j) * (lam**j - lam**LAST))
            + lam**LAST * n_step(LAST + 1),
            "The inner sum is geometric.",
            "内层是等比数列求和。",
            by=(Geometric(),),
        ),
        equal(
            TimeSum(j, 0, LAST - 1, gamma**j * delta(t + j) * (lam**j - lam**LAST))
            + lam**LAST * n_step(LAST)
            + lam**LAST * gamma**LAST * delta(t + LAST),
            "The last term of the last advantage stands alone.",
            "单独写出最后一个优势的末项。",
            by=(LastTerm(),),
        ),
        equal(
            TimeSum(j, 0, LAST - 1, DECAY**j * delta(t + j)) + DECAY**LAST * delta(t + LAST),
            "The terms with λ^{T−1−t} cancel in the sums.",
            "含 λ^{T−1−t} 的各项在求和中相消。",
        ),
        equal(
            TimeSum(j, 0, LAST, DECAY**j * delta(t + j)),
            "The last term goes back into the sum.",
            "末项并回求和。",
            by=(LastTerm(),),
        ),
    ),
)

V, A = Value(THETA, gamma, s), Advantage(THETA, gamma, s, a)
CRITIC = Table("v", s)


def next_mean(function):
    """E[function(s') | s, a]."""
    return StateSum(s_next, Dynamics(s_next, s, a) * function)


ERROR_NEXT = Table("v", s_next) - Value(THETA, gamma, s_next)

TD_UNBIASED = Derivation(
    name="td-advantage",
    rows=("C3",),
    title=words(
        "With the right critic the temporal difference is the advantage, on average",
        "评论家准确时, 时序差分的均值就是优势",
    ),
    forall=(each_state(s), each_action(a)),
    start=Reward(s, a) + gamma * next_mean(Value(THETA, gamma, s_next)) - V,
    lines=(
        equal(
            ActionValue(THETA, gamma, s, a) - V,
            "Bellman's equation for Q.",
            "Q 的 Bellman 方程。",
            uses=("action-value-from-value",),
        ),
        equal(A, "A = Q − V.", "A = Q − V。"),
    ),
)

TD_BIAS = Derivation(
    name="td-bias",
    rows=("C3",),
    title=words(
        "The bias of the temporal difference under a wrong critic", "评论家有误时时序差分的偏差"
    ),
    setting=words("v is an arbitrary critic.", "v 为任意评论家。"),
    forall=(each_state(s), each_action(a)),
    start=Reward(s, a) + gamma * next_mean(Table("v", s_next)) - CRITIC - A,
    lines=(
        equal(
            Reward(s, a)
            + gamma * next_mean(Table("v", s_next))
            - CRITIC
            - (Reward(s, a) + gamma * next_mean(Value(THETA, gamma, s_next)) - V),
            "The advantage is the temporal difference under V.",
            "优势等于以 V 为评论家的时序差分。",
            uses=("td-advantage",),
        ),
        equal(
            gamma * next_mean(ERROR_NEXT) - (CRITIC - V),
            "The reward cancels: the critic's discounted error at the next state, minus that here.",
            "奖励相消: 后继状态处评论家误差的折扣均值, 减去当前误差。",
        ),
    ),
)

RESULTS = (
    RIGHT_FORM,
    RECURSION,
    LAMBDA_ONE,
    N_STEP_ADVANTAGE,
    LAMBDA_MEAN,
    TD_UNBIASED,
    TD_BIAS,
)

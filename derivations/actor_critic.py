"""What a wrong critic and stale parameters cost the actor (rows C5 and E9).

v is an arbitrary critic, its error is v − V. At the end of T steps V_T is zero, and v_T is whatever
the critic says there: zero where the episode has ended.
"""

from derivations.assumptions import POLICY_SUMS_TO_ONE
from derivations.language.binders import (
    ConditionalExpectation,
    TimeSum,
)
from derivations.language.functionals import ActionValue, Advantage, Value
from derivations.language.operators import Gradient
from derivations.language.rules import FirstTerm, IndexShift, LastTerm
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
    StateAt,
    T,
    Table,
    a,
    gamma,
    k,
    lam,
    reward_at,
    s,
    t,
)
from derivations.notation import J_DISCOUNTED, SCORE, advantage_at, mean, q_at, steps, value_at

DECAY = gamma * lam


def critic_at(time):
    """v_t(s_t), an arbitrary critic."""
    return Table("v", StateAt(time), time)


def error_at(time):
    """v_t(s_t) − V_t(s_t)."""
    return critic_at(time) - value_at(THETA, time)


def right_critic(time):
    """V_t(s_t)."""
    return value_at(THETA, time)


def weighted(body):
    """E[Σ_t γᵗ ∇log π(a_t | s_t) body]."""
    return mean(steps(gamma**t * SCORE * body))


def difference(critic):
    """r_t + γ critic_{t+1} − critic_t."""
    return reward_at(t) + gamma * critic(t + 1) - critic(t)


WRONG_CRITIC = Derivation(
    name="actor-critic-bias",
    rows=("C5",),
    title=words(
        "The bias that a wrong critic gives the actor's gradient",
        "评论家有误时演员梯度的偏差",
    ),
    setting=words(
        "v is an arbitrary critic. Its error at s_t costs nothing, that at s_{t+1} does.",
        "v 为任意评论家。它在 s_t 处的误差无害, 在 s_{t+1} 处的误差有害。",
    ),
    start=weighted(difference(critic_at)) - Gradient(J_DISCOUNTED),
    lines=(
        equal(
            weighted(reward_at(t) + gamma * critic_at(t + 1)) - Gradient(J_DISCOUNTED),
            "v(s_t) is known before a_t is drawn: it is a baseline.",
            "v(s_t) 在抽取 a_t 之前已知: 它是一个基线。",
            uses=("score-has-mean-zero",),
            assumes=(POLICY_SUMS_TO_ONE,),
        ),
        equal(
            weighted(reward_at(t) + gamma * critic_at(t + 1)) - weighted(q_at(THETA, t)),
            "The policy gradient theorem.",
            "策略梯度定理。",
            uses=("policy-gradient-theorem",),
        ),
        equal(
            weighted(gamma * error_at(t + 1)),
            "Given s_t and a_t, Q_t is the mean of r_t + γ V_{t+1}(s_{t+1}).",
            "给定 s_t 与 a_t, Q_t 是 r_t + γ V_{t+1}(s_{t+1}) 的均值。",
            uses=("action-value-of-a-time",),
        ),
    ),
)

RIGHT_CRITIC = Derivation(
    name="actor-critic-with-the-right-critic",
    rows=("C5",),
    title=words("With the right critic the actor's gradient is ∇J", "评论家准确时演员梯度就是 ∇J"),
    start=weighted(difference(right_critic)),
    lines=(
        equal(
            weighted(advantage_at(THETA, t)),
            "Given s_t and a_t, the temporal difference has the mean A_t.",
            "给定 s_t 与 a_t, 时序差分的均值为 A_t。",
            uses=("action-value-of-a-time",),
        ),
        equal(
            Gradient(J_DISCOUNTED),
            "The advantage form of the policy gradient.",
            "优势函数形式的策略梯度。",
            uses=("policy-gradient-advantage-form",),
        ),
    ),
)

E = Table("e", k)
EVERY_T = (each_time(t, 0, T - 1),)
ERRORS_BETWEEN = gamma * (1 - lam) * TimeSum(k, t + 1, T - 1, DECAY ** (k - t - 1) * E)

GAE_ERROR = Derivation(
    name="error-of-gae",
    rows=("C5", "E9"),
    title=words(
        "What the critic's errors make of the advantage estimate",
        "评论家的误差如何进入优势估计",
    ),
    setting=words(
        "e_k is the critic's error at time k, an arbitrary sequence; δ changes by γ e_{k+1} − e_k.",
        "e_k 为评论家在时刻 k 的误差, 为任意序列; δ 的改变量为 γ e_{k+1} − e_k。",
    ),
    forall=EVERY_T,
    start=TimeSum(k, t, T - 1, DECAY ** (k - t) * (gamma * Table("e", k + 1) - E)),
    lines=(
        equal(
            gamma * TimeSum(k, t, T - 1, DECAY ** (k - t) * Table("e", k + 1))
            - TimeSum(k, t, T - 1, DECAY ** (k - t) * E),
            "Take the two parts apart.",
            "把两部分拆开。",
        ),
        equal(
            gamma * TimeSum(k, t + 1, T, DECAY ** (k - 1 - t) * E)
            - TimeSum(k, t, T - 1, DECAY ** (k - t) * E),
            "Shift the index of the first sum by one.",
            "第一个和的下标平移一位。",
            by=(IndexShift(1),),
        ),
        equal(
            gamma * TimeSum(k, t + 1, T - 1, DECAY ** (k - 1 - t) * E)
            + gamma * DECAY ** (T - 1 - t) * Table("e", T)
            - TimeSum(k, t, T - 1, DECAY ** (k - t) * E),
            "Its last term stands alone.",
            "单独写出其末项。",
            by=(LastTerm(),),
        ),
        equal(
            gamma * TimeSum(k, t + 1, T - 1, DECAY ** (k - 1 - t) * E)
            + gamma * DECAY ** (T - 1 - t) * Table("e", T)
            - TimeSum(k, t + 1, T - 1, DECAY ** (k - t) * E)
            - Table("e", t),
            "So does the first term of the second sum.",
            "第二个和的首项亦然。",
            by=(FirstTerm(),),
        ),
        equal(
            ERRORS_BETWEEN + gamma * DECAY ** (T - 1 - t) * Table("e", T) - Table("e", t),
            "In between, γ (γλ)^{k−1−t} less (γλ)^{k−t}: the factor 1 − λ is left.",
            "中间各项: γ (γλ)^{k−1−t} 减 (γλ)^{k−t}, 留下因子 1 − λ。",
        ),
    ),
)


def gae_with(critic):
    """Σ_{k ≥ t} (γλ)^{k−t} δ_k."""
    delta = reward_at(k) + gamma * critic(k + 1) - critic(k)
    return TimeSum(k, t, T - 1, DECAY ** (k - t) * delta)


GAE_BIAS = Derivation(
    name="gae-gradient-bias",
    rows=("C5", "E9"),
    title=words(
        "The bias of the policy gradient with GAE under a wrong critic",
        "评论家有误时 GAE 策略梯度的偏差",
    ),
    setting=words(
        "For λ = 1 only the error after the last step is left, discounted by γ^{T−t}: none where "
        "the episode ends there, and it weighs most on the last steps of a truncated segment.",
        "λ = 1 时只剩最后一步之后的误差, 折扣为 γ^{T−t}: 若回合在此终止则为零; "
        "对被截断的片段, 它对最后几步影响最大。",
    ),
    start=weighted(gae_with(critic_at)) - Gradient(J_DISCOUNTED),
    lines=(
        equal(
            weighted(gae_with(critic_at)) - weighted(difference(right_critic)),
            "With the right critic the temporal difference gives ∇J.",
            "评论家准确时, 时序差分给出 ∇J。",
            uses=("actor-critic-with-the-right-critic",),
        ),
        equal(
            weighted(gae_with(critic_at)) - weighted(gae_with(right_critic)),
            "So does its GAE: each later δ has mean zero, given what is before it.",
            "其 GAE 亦然: 给定此前历史, 其后各 δ 的均值为零。",
            assumes=(POLICY_SUMS_TO_ONE,),
        ),
        equal(
            weighted(
                TimeSum(k, t, T - 1, DECAY ** (k - t) * (gamma * error_at(k + 1) - error_at(k)))
            ),
            "The rewards cancel.",
            "奖励相消。",
        ),
        equal(
            weighted(
                gamma * (1 - lam) * TimeSum(k, t + 1, T - 1, DECAY ** (k - t - 1) * error_at(k))
                + gamma * DECAY ** (T - 1 - t) * error_at(T)
                - error_at(t)
            ),
            "What errors make of the estimate.",
            "误差进入估计的方式。",
            uses=("error-of-gae",),
        ),
        equal(
            weighted(
                gamma * (1 - lam) * TimeSum(k, t + 1, T - 1, DECAY ** (k - t - 1) * error_at(k))
                + gamma * DECAY ** (T - 1 - t) * error_at(T)
            ),
            "The error at s_t is known before a_t is drawn.",
            "s_t 处的误差在抽取 a_t 之前已知。",
            uses=("score-has-mean-zero",),
            assumes=(POLICY_SUMS_TO_ONE,),
        ),
    ),
)


def forever_critic(time):
    """v(s_t) for the infinite horizon, cut after T steps."""
    return Table("v", StateAt(time))


def given_pair(body):
    """E[body | s_t = s, a_t = a]."""
    return ConditionalExpectation(THETA, body, t, s, a)


CUT_REWARDS = TimeSum(k, t, T - 1, gamma ** (k - t) * reward_at(k))
LAST_ERROR = forever_critic(T) - Value(THETA, gamma, StateAt(T))

TRUNCATION = Derivation(
    name="truncated-advantage-bias",
    rows=("E9",),
    title=words(
        "Where cutting the advantage after T steps biases it",
        "优势估计在 T 步处截断的偏差",
    ),
    setting=words(
        "The problem goes on for ever; after T steps the critic v stands for the rest. The error "
        "at s is a baseline's and does no harm to the gradient.",
        "问题本身无限延续; T 步之后由评论家 v 代替其余部分。s 处的误差相当于基线, 不影响梯度。",
    ),
    forall=(*EVERY_T, each_state(s), each_action(a)),
    start=given_pair(CUT_REWARDS + gamma ** (T - t) * forever_critic(T))
    - Table("v", s)
    - Advantage(THETA, gamma, s, a),
    lines=(
        equal(
            given_pair(CUT_REWARDS + gamma ** (T - t) * forever_critic(T))
            - ActionValue(THETA, gamma, s, a)
            - (Table("v", s) - Value(THETA, gamma, s)),
            "A = Q − V.",
            "A = Q − V。",
        ),
        equal(
            given_pair(CUT_REWARDS + gamma ** (T - t) * forever_critic(T))
            - given_pair(CUT_REWARDS + gamma ** (T - t) * Value(THETA, gamma, StateAt(T)))
            - (Table("v", s) - Value(THETA, gamma, s)),
            "Q is the mean of the rewards up to T and of the value from there on.",
            "Q 是直到 T 的奖励与此后价值的均值。",
            uses=("action-value-from-value",),
            assumes=(POLICY_SUMS_TO_ONE,),
        ),
        equal(
            gamma ** (T - t) * given_pair(LAST_ERROR) - (Table("v", s) - Value(THETA, gamma, s)),
            "The rewards cancel: the critic's error after the last step, discounted, is left.",
            "奖励相消: 只剩最后一步之后评论家误差的折扣均值。",
        ),
    ),
)

RESULTS = (
    WRONG_CRITIC,
    RIGHT_CRITIC,
    GAE_ERROR,
    GAE_BIAS,
    TRUNCATION,
)

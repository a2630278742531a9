"""Printed advantage formulas that are wrong (rows C3 and C4)."""

from sympy import Rational

from derivations.advantages import DECAY, EVERY_T, RIGHT_FORM, TD_BIAS, delta, gae
from derivations.errata.form import Erratum
from derivations.language.binders import StateSum, TimeSum
from derivations.language.functionals import Advantage
from derivations.language.operators import Gradient
from derivations.language.statement import (
    Relation,
    Statement,
    each_action,
    each_state,
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
    reward_at,
    s,
    s_next,
    t,
)
from derivations.notation import J_DISCOUNTED, SCORE, mean, steps


def printed_gae(difference, decay):
    """Σ_l decay^l δ_{t+l} with the exponent of the last term as it is printed."""
    before = TimeSum(j, 0, T - 2 - t, decay**j * difference(t + j))
    return before + decay ** (T - t + 1) * difference(T - 1)


def actor(credit):
    """The direction in which an actor moves by that credit."""
    return mean(steps(gamma**t * SCORE * credit))


SHARP = gamma * Rational(19, 20)
RIGHT_OF_REWARDS = TimeSum(k, t, T - 1, SHARP ** (k - t) * reward_at(k))
PRINTED_GAE = printed_gae(delta, DECAY)
CRITIC_NEXT = StateSum(s_next, Dynamics(s_next, s, a) * Table("v", s_next))

ERRATA = (
    Erratum(
        name="gae-last-exponent",
        rows=("C4",),
        title=words("GAE's last exponent, printed T − t + 1", "GAE 末项指数被印成 T − t + 1"),
        printed=Statement(left=gae(t), relation=Relation.EQUAL, right=PRINTED_GAE, forall=EVERY_T),
        right=RIGHT_FORM,
        why=words(
            "δ_{T−1} lies T − 1 − t steps after t; the printed exponent is two too large. It is "
            "printed so in the PPO paper (equation 11).",
            "δ_{T−1} 距 t 有 T − 1 − t 步; 所印指数大了二。PPO 论文 (式 11) 即如此印刷。",
        ),
        direction=(actor(printed_gae(reward_at, SHARP)), actor(RIGHT_OF_REWARDS)),
        instance=words(
            "The actor that moves by it, against the one that moves by the right form: λ = 19/20, "
            "and v = 0, a critic that has learnt nothing yet.",
            "按所印形式更新的演员与按正确形式更新的相比: λ = 19/20, v = 0 (评论家尚未学习)。",
        ),
    ),
    Erratum(
        name="advantage-from-any-critic",
        rows=("C3",),
        title=words(
            "The temporal difference of any critic as the advantage",
            "以任意评论家的时序差分作为优势",
        ),
        printed=Statement(
            left=Reward(s, a) + gamma * CRITIC_NEXT - Table("v", s),
            relation=Relation.EQUAL,
            right=Advantage(THETA, gamma, s, a),
            forall=(each_state(s), each_action(a)),
        ),
        right=TD_BIAS,
        why=words(
            "It holds for the critic V^π only. For another it is off by the critic's discounted "
            "error at the next state less its error here.",
            "仅当评论家为 V^π 时成立; 否则偏差为后继状态误差的折扣均值减去当前误差。",
        ),
        direction=(actor(reward_at(t)), Gradient(J_DISCOUNTED)),
        instance=words(
            "v = 0, a critic that has learnt nothing yet: only the reward of the step is left.",
            "取 v = 0 (评论家尚未学习): 只剩当步的奖励。",
        ),
    ),
)

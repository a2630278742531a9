"""Printed advantage formulas that are wrong (rows C3 and C4)."""

from derivations.advantages import DECAY, EVERY_T, RIGHT_FORM, TD_BIAS, delta, gae
from derivations.errata.form import Erratum
from derivations.language.binders import StateSum, TimeSum
from derivations.language.functionals import Advantage
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
    s,
    s_next,
    t,
)

PRINTED_GAE = TimeSum(j, 0, T - 2 - t, DECAY**j * delta(t + j)) + DECAY ** (T - t + 1) * delta(
    T - 1
)
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
    ),
)

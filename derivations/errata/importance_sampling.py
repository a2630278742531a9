"""Printed off-policy formulas and divergences that are wrong (rows D1, D5, D6, E1)."""

from derivations.errata.form import Erratum
from derivations.importance_sampling import (
    CHANGE_OF_MEASURE,
    KL,
    KL_AS_CROSS_ENTROPY,
    f,
    p,
    q,
    under,
)
from derivations.language.binders import ActionSum, Expectation, OutcomeSum
from derivations.language.operators import AtOld, Gradient, Log
from derivations.language.statement import Relation, Statement, words
from derivations.language.terms import OLD, THETA, Pi, StateAt, a, gamma, reward_at, t, x
from derivations.language.world import Relaxation
from derivations.notation import J_DISCOUNTED, advantage_at, mean, steps
from derivations.surrogates import PAIR_WEIGHTS, RATIO, SURROGATE_GRADIENT
from derivations.trust_region import kl

WITHOUT_STATES = Expectation(OLD, steps(gamma**t * RATIO * reward_at(t)))
NEW_ADVANTAGE = Expectation(OLD, steps(gamma**t * RATIO * advantage_at(THETA, t)))


def kl_to_old(state):
    """KL(π_θ(· | s) ‖ π_old(· | s))."""
    return ActionSum(a, Pi(THETA, a, state) * Log(Pi(THETA, a, state) / Pi(OLD, a, state)))


PENALTY_TURNED, PENALTY = (
    Expectation(OLD, steps(Gradient(divergence(StateAt(t))))) for divergence in (kl_to_old, kl)
)

ERRATA = (
    Erratum(
        name="kl-is-symmetric",
        rows=("E1",),
        title=words("KL taken for a distance", "把 KL 当作距离"),
        printed=Statement(left=KL, relation=Relation.EQUAL, right=OutcomeSum(x, q * Log(q / p))),
        right=KL_AS_CROSS_ENTROPY,
        why=words(
            "KL(p‖q) weighs the logarithm by p, KL(q‖p) by q: it is not symmetric, hence no "
            "metric, and every use of it has to say its direction.",
            "KL(p‖q) 以 p 加权对数, KL(q‖p) 则以 q 加权: 它不对称, 故不是度量, "
            "每次使用都须说明方向。",
        ),
        direction=(PENALTY_TURNED, PENALTY),
        instance=words(
            "The gradient of the penalty of PPO, KL(π_θ‖π_old) for KL(π_old‖π_θ), in the states of "
            "the data.",
            "PPO 惩罚项的梯度: 以 KL(π_θ‖π_old) 代替 KL(π_old‖π_θ), 取数据中的状态。",
        ),
    ),
    Erratum(
        name="importance-sampling-without-support",
        rows=("D1",),
        title=words(
            "Importance sampling where q is zero and p is not", "q 为零而 p 不为零处的重要性采样"
        ),
        printed=Statement(left=under("p", f), relation=Relation.EQUAL, right=under("q", f * p / q)),
        right=CHANGE_OF_MEASURE,
        why=words(
            "What q never draws is never weighted: its share of the mean is lost, however many "
            "samples are taken.",
            "q 永远抽不到的结果永远不会被加权: 无论样本多少, 这部分均值都会丢失。",
        ),
        unaltered=words(
            "It is about the mean of numbers. Where these are gradients their mean loses as much.",
            "此处讨论的是数的均值; 若这些数是梯度, 其均值同样会丢失。",
        ),
        relaxed=frozenset({Relaxation.LAW_SUPPORT}),
    ),
    Erratum(
        name="state-ratio-set-to-one",
        rows=("D5",),
        title=words("The ratio of the states' laws set to one", "把状态分布之比当作一"),
        printed=Statement(
            left=mean(steps(gamma**t * reward_at(t))),
            relation=Relation.EQUAL,
            right=WITHOUT_STATES,
        ),
        right=PAIR_WEIGHTS,
        why=words(
            "From the second step on the two policies are in different states. Setting the ratio "
            "to one is an approximation, good only while the policies are close.",
            "从第二步起, 两个策略所处的状态已不同。把比值当作一只是近似, 仅当两个策略接近时才好。",
        ),
        direction=(Gradient(WITHOUT_STATES), Gradient(J_DISCOUNTED)),
    ),
    Erratum(
        name="surrogate-with-the-new-advantage",
        rows=("D6",),
        title=words("The surrogate with the new policy's advantage", "替代目标中误用新策略的优势"),
        printed=Statement(
            left=AtOld(Gradient(NEW_ADVANTAGE)),
            relation=Relation.EQUAL,
            right=AtOld(Gradient(J_DISCOUNTED)),
        ),
        right=SURROGATE_GRADIENT,
        why=words(
            "The ratio gives the action the law π_θ, and the mean of A^θ under it is zero in every "
            "state: the surrogate is zero whatever θ is, and so is its gradient.",
            "比值使动作服从 π_θ, 而 A^θ 在每个状态下对 π_θ 的均值为零: "
            "替代目标对任意 θ 恒为零, 其梯度亦然。",
        ),
        direction=(AtOld(Gradient(NEW_ADVANTAGE)), AtOld(Gradient(J_DISCOUNTED))),
    ),
)

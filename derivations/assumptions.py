"""The assumptions that results name. Each says how to take it away; a test does, line by line."""

from derivations.language.statement import Assumption, words
from derivations.language.world import Relaxation

POSITIVE = Assumption(
    name="positive",
    words=words("f is positive", "f 为正"),
    relaxation=Relaxation.SIGN,
)
REWARD_FREE_OF_THETA = Assumption(
    name="reward-free-of-theta",
    words=words("the reward does not depend on θ", "奖励不依赖于 θ"),
    relaxation=Relaxation.REWARD_SLOPE,
)
BLACK_BOX_FREE_OF_THETA = Assumption(
    name="black-box-free-of-theta",
    words=words(
        "R(τ) may be any function of τ, but not of θ", "R(τ) 可以是 τ 的任意函数, 但与 θ 无关"
    ),
    relaxation=Relaxation.TABLE_SLOPE,
)
DYNAMICS_FREE_OF_THETA = Assumption(
    name="dynamics-free-of-theta",
    words=words("the dynamics do not depend on θ", "环境动力学不依赖于 θ"),
    relaxation=Relaxation.DYNAMICS_SLOPE,
)
POLICY_SUMS_TO_ONE = Assumption(
    name="policy-sums-to-one",
    words=words(
        "the policy's probabilities sum to one, for every θ", "对任意 θ, 策略的概率之和为一"
    ),
    relaxation=Relaxation.POLICY_SUMS,
)
LAWS_SUM_TO_ONE = Assumption(
    name="laws-sum-to-one",
    words=words("p and q are probability laws", "p 与 q 是概率分布"),
    relaxation=Relaxation.LAW_SUMS,
)
SUPPORT = Assumption(
    name="support",
    words=words("q(x) > 0 wherever p(x) f(x) ≠ 0", "凡 p(x) f(x) ≠ 0 处皆有 q(x) > 0"),
    relaxation=Relaxation.LAW_SUPPORT,
)
POLICY_SUPPORT = Assumption(
    name="policy-support",
    words=words(
        "π_old gives every action that π_θ takes a positive probability",
        "凡 π_θ 可能采取的动作, π_old 都以正概率采取",
    ),
    relaxation=Relaxation.POLICY_SUPPORT,
)
DISCOUNTED = Assumption(
    name="discounted", words=words("γ < 1", "γ < 1"), relaxation=Relaxation.UNDISCOUNTED
)

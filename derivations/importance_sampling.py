"""Importance sampling on finite laws and over trajectories (rows D1 to D4, and E1)."""

from sympy import Symbol

from derivations.assumptions import LAWS_SUM_TO_ONE, POLICY_SUPPORT, SUPPORT
from derivations.language.binders import (
    Expectation,
    OutcomeExpectation,
    OutcomeSum,
    TimeProduct,
    TrajectorySum,
)
from derivations.language.functionals import Return, TrajectoryProbability
from derivations.language.lemmas import Jensen
from derivations.language.operators import Gradient, Log, OutcomeVariance
from derivations.language.rules import Earlier, Normalise, Unfold
from derivations.language.statement import Derivation, at_least, each_trajectory, equal, words
from derivations.language.terms import (
    OLD,
    THETA,
    Law,
    T,
    Table,
    k,
    pi_at,
    reward_at,
    t,
    x,
)
from derivations.notation import PROBABILITY, RETURN, SCORES, J, mean, steps
from derivations.policy_gradient import REINFORCE

p, q = Law("p", x), Law("q", x)
f = Table("f", x)
FINITE = words("p and q are laws on finitely many outcomes.", "p 与 q 是有限个结果上的分布。")


def under(law, body):
    """E_{x ∼ law}[body]."""
    return OutcomeExpectation(law, x, body)


MEAN = under("p", f)

CHANGE_OF_MEASURE = Derivation(
    name="importance-sampling",
    rows=("D1",),
    title=words("Importance sampling", "重要性采样"),
    setting=FINITE,
    start=MEAN,
    lines=(
        equal(OutcomeSum(x, p * f), "By definition.", "由定义。"),
        equal(
            under("q", f * p / q),
            "Multiply and divide by q: the q in front is the law, p/q the weight.",
            "乘除以 q: 前面的 q 是采样分布, p/q 是权重。",
            assumes=(SUPPORT,),
        ),
    ),
)

VARIANCE = Derivation(
    name="importance-sampling-variance",
    rows=("D2",),
    title=words("The variance of an importance-weighted value", "重要性加权值的方差"),
    setting=FINITE,
    start=OutcomeVariance("q", x, f * p / q),
    lines=(
        equal(
            under("q", (f * p / q) ** 2) - under("q", f * p / q) ** 2,
            "Mean square minus square of the mean.",
            "均方减去均值的平方。",
            assumes=(LAWS_SUM_TO_ONE,),
        ),
        equal(
            under("p", f**2 * p / q) - under("q", f * p / q) ** 2,
            "In the first term one weight turns the law q into p; the other stays.",
            "第一项中一个权重把分布 q 变为 p, 另一个保留。",
            assumes=(SUPPORT,),
        ),
        equal(
            under("p", f**2 * p / q) - MEAN**2,
            "The second term is the square of the right mean.",
            "第二项是正确均值的平方。",
            uses=("importance-sampling",),
            assumes=(SUPPORT,),
        ),
    ),
)

PLAIN_VARIANCE = Derivation(
    name="variance-of-a-law",
    rows=("D2",),
    title=words("The variance without importance sampling", "不用重要性采样时的方差"),
    setting=FINITE,
    start=OutcomeVariance("p", x, f),
    lines=(
        equal(
            under("p", f**2 - 2 * f * MEAN + MEAN**2),
            "The mean of the squared deviation, squared out.",
            "展开偏差平方的均值。",
        ),
        equal(
            under("p", f**2) - MEAN**2,
            "The mean of f is E[f], and the mean of a constant is itself.",
            "f 的均值是 E[f], 常数的均值是其自身。",
            by=(Normalise(),),
            assumes=(LAWS_SUM_TO_ONE,),
        ),
    ),
)

WEIGHT_VARIANCE = Derivation(
    name="variance-of-the-weight",
    rows=("D2", "D3"),
    title=words(
        "The variance of the weight alone is E_p[p/q] − 1", "权重自身的方差为 E_p[p/q] − 1"
    ),
    setting=words(
        "E_p[p/q] is the exponential of the Rényi divergence of order two; m times "
        "1/E_p[p/q] is the effective number of m samples.",
        "E_p[p/q] 是二阶 Rényi 散度的指数; m 个样本的有效数为 m/E_p[p/q]。",
    ),
    start=OutcomeVariance("q", x, p / q),
    lines=(
        equal(
            under("q", (p / q) ** 2) - under("q", p / q) ** 2,
            "Mean square minus square of the mean.",
            "均方减去均值的平方。",
            assumes=(LAWS_SUM_TO_ONE,),
        ),
        equal(
            under("p", p / q) - under("q", p / q) ** 2,
            "One weight turns q into p.",
            "一个权重把 q 变为 p。",
        ),
        equal(
            under("p", p / q) - 1,
            "A weight has mean one: p sums to one.",
            "权重的均值为一: p 之和为一。",
            by=(Normalise(),),
            assumes=(LAWS_SUM_TO_ONE,),
        ),
    ),
)

PRODUCT = TimeProduct(k, 0, T - 1, pi_at(THETA, k) / pi_at(OLD, k))
RATIO = TimeProduct(t, 0, T - 1, pi_at(THETA, t) / pi_at(OLD, t))
OLD_PROBABILITY = TrajectoryProbability(OLD, T)

DYNAMICS_CANCEL = Derivation(
    name="trajectory-ratio",
    rows=("D4",),
    title=words(
        "The ratio of trajectories' probabilities needs no dynamics",
        "轨迹概率之比不含环境动力学",
    ),
    forall=(each_trajectory(),),
    start=PROBABILITY / OLD_PROBABILITY,
    lines=(
        equal(
            RATIO,
            "μ and P are factors of both: they cancel, and the policies' factors are left.",
            "μ 与 P 在分子分母中相同, 约去后只剩策略的因子。",
            by=(Unfold(TrajectoryProbability),),
        ),
    ),
)

OFF_POLICY_GRADIENT = Derivation(
    name="off-policy-gradient",
    rows=("D4",),
    title=words("The off-policy policy gradient", "离策略的策略梯度"),
    start=Gradient(J),
    lines=(
        equal(
            mean(SCORES * RETURN),
            "The REINFORCE gradient.",
            "REINFORCE 梯度。",
            by=(Earlier(REINFORCE.conclusion),),
            uses=("reinforce",),
        ),
        equal(
            TrajectorySum(T, PROBABILITY * SCORES * RETURN),
            "An expectation is a sum weighted by probabilities.",
            "期望就是以概率加权的和。",
        ),
        equal(
            Expectation(OLD, (PROBABILITY / OLD_PROBABILITY) * SCORES * RETURN),
            "Multiply and divide by the probability under the policy that collected the data.",
            "乘除以采样策略下的轨迹概率。",
            uses=("importance-sampling",),
            assumes=(POLICY_SUPPORT,),
        ),
        equal(
            Expectation(OLD, RATIO * SCORES * RETURN),
            "The dynamics cancel in the ratio.",
            "比值中动力学约去。",
            uses=("trajectory-ratio",),
            by=(Unfold(TrajectoryProbability),),
        ),
    ),
)

PREFIX = TimeProduct(k, 0, t, pi_at(THETA, k) / pi_at(OLD, k))

PER_DECISION = Derivation(
    name="per-decision-importance-sampling",
    rows=("D4",),
    title=words("A reward needs the weights of the past only", "奖励只需过去动作的权重"),
    setting=words(
        "An action after t does not change r_t: given the past, its weight has mean one.",
        "t 之后的动作不影响 r_t: 给定过去, 其权重均值为一。",
    ),
    start=mean(RETURN),
    lines=(
        equal(
            Expectation(OLD, RATIO * RETURN),
            "Importance sampling of whole trajectories.",
            "对整条轨迹作重要性采样。",
            uses=("importance-sampling", "trajectory-ratio"),
            by=(Unfold(TrajectoryProbability),),
            assumes=(POLICY_SUPPORT,),
        ),
        equal(
            steps(Expectation(OLD, PRODUCT * reward_at(t))),
            "The return is a sum of rewards.",
            "回报是奖励之和。",
            by=(Unfold(Return),),
        ),
        equal(
            Expectation(OLD, steps(PREFIX * reward_at(t))),
            "The factors after t have mean one given everything up to t: drop them.",
            "给定直到 t 的历史, t 之后因子的条件均值为一, 可以去掉。",
        ),
    ),
)

KL = OutcomeSum(x, p * Log(p / q))

KL_AS_CROSS_ENTROPY = Derivation(
    name="kl-is-cross-entropy-minus-entropy",
    rows=("E1",),
    title=words("KL(p‖q) is the cross entropy minus the entropy", "KL(p‖q) 等于交叉熵减熵"),
    setting=words(
        "H(p, q) = −Σ p log q and H(p) = −Σ p log p.", "H(p, q) = −Σ p log q, H(p) = −Σ p log p。"
    ),
    start=KL,
    lines=(
        equal(
            OutcomeSum(x, p * (Log(p) - Log(q))),
            "The logarithm of a ratio.",
            "比值的对数。",
        ),
        equal(
            -OutcomeSum(x, p * Log(q)) - (-OutcomeSum(x, p * Log(p))),
            "Sum the two parts apart.",
            "两部分分别求和。",
        ),
    ),
)

KL_NON_NEGATIVE = Derivation(
    name="kl-is-non-negative",
    rows=("E1",),
    title=words("KL(p‖q) ≥ 0", "KL(p‖q) ≥ 0"),
    setting=FINITE,
    start=KL,
    lines=(
        equal(
            -under("p", Log(q / p)),
            "The logarithm of the ratio turned over, as a mean under p.",
            "把比值倒过来, 写成 p 下的均值。",
        ),
        at_least(
            -Log(under("p", q / p)),
            "Jensen: the mean of a logarithm is at most the logarithm of the mean.",
            "Jensen 不等式: 对数的均值不超过均值的对数。",
            by=(Jensen(Symbol("p"), x, q / p),),
        ),
        equal(
            0,
            "The mean of q/p under p is Σ q = 1, and log 1 = 0.",
            "q/p 在 p 下的均值为 Σ q = 1, 而 log 1 = 0。",
            by=(Normalise(),),
            assumes=(LAWS_SUM_TO_ONE,),
        ),
    ),
)

RESULTS = (
    CHANGE_OF_MEASURE,
    PLAIN_VARIANCE,
    VARIANCE,
    WEIGHT_VARIANCE,
    DYNAMICS_CANCEL,
    OFF_POLICY_GRADIENT,
    PER_DECISION,
    KL_AS_CROSS_ENTROPY,
    KL_NON_NEGATIVE,
)

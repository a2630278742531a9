"""What is said of PPO's two objectives and does not hold (rows E3 to E6)."""

from sympy import Symbol

from derivations.adaptive_penalty import BETA, CYCLE_FROM_ABOVE, STAYS, D, next_beta, next_kl
from derivations.adaptive_penalty import HIGH as TARGET_HIGH
from derivations.adaptive_penalty import LOW as TARGET_LOW
from derivations.errata.form import Erratum
from derivations.language.operators import Gradient, SquaredNorm
from derivations.language.statement import Relation, Statement, words
from derivations.penalty import AT_LIMIT, MEAN, PARAMETER_SPACE, penalised
from derivations.ppo import EPS, GAIN, GRADIENT_GAIN_ABOVE, LOWER_BOUND, RATIO, A, clipped

STEP = Symbol("alpha", positive=True)
KL_MAX = Symbol("d_max", positive=True)
QUADRATIC = 4
"""What doubling β divides the KL by, in the quadratic model."""
BETWEEN_UPDATES = words(
    "It changes β from one update to the next; the gradient for a given β is right.",
    "它改变的是两次更新之间的 β; 对给定的 β, 梯度是对的。",
)


def one_threshold(kl):
    """The next KL where one limit serves both rules."""
    return next_kl(kl, KL_MAX, KL_MAX, QUADRATIC)


ERRATA = (
    Erratum(
        name="penalty-for-a-trust-region",
        rows=("E3",),
        title=words(
            "“The constraint becomes a penalty: maximise L − β KL”",
            "“约束化为惩罚: 最大化 L − β KL”",
        ),
        printed=Statement(
            left=penalised(MEAN), relation=Relation.AT_MOST, right=penalised(AT_LIMIT)
        ),
        right=PARAMETER_SPACE,
        why=words(
            "In policy space some β does it. In a parameter's space the gain need not be concave, "
            "and Lagrange's condition finds a stationary point only: here the trust region's best "
            "parameter is the *worst* one nearby for L − β KL, and another β does not help.",
            "在策略空间中某个 β 可行。在参数空间中增益未必为凹, 拉格朗日条件只给出驻点: "
            "此例中信赖域的最优参数对 L − β KL 而言是附近*最差*的, 换一个 β 也无济于事。",
        ),
        unaltered=words(
            "Both objectives have the gradients that they seem to have; it is their maxima that "
            "differ.",
            "两个目标的梯度都如所见; 不同的是它们的最大点。",
        ),
    ),
    Erratum(
        name="penalty-doubles-at-its-target",
        rows=("E4",),
        title=words(
            "The penalty doubled where d > d_targ/1.5", "当 d > d_targ/1.5 时把惩罚系数加倍"
        ),
        printed=Statement(
            left=next_beta(TARGET_LOW, TARGET_LOW),
            relation=Relation.EQUAL,
            right=next_beta(TARGET_LOW, TARGET_HIGH),
        ),
        right=STAYS,
        why=words(
            "The factor 1.5 belongs on the other side: 2β where d > 1.5 d_targ. As printed, β "
            "doubles although d is on its target; the KL is held around d_targ/1.5 and never "
            "rests.",
            "因子 1.5 应在另一侧: d > 1.5 d_targ 时取 2β。照所印规则, d 恰在目标处时 β 仍加倍; "
            "KL 被保持在 d_targ/1.5 附近, 永不停歇。",
        ),
        unaltered=BETWEEN_UPDATES,
    ),
    Erratum(
        name="one-threshold-settles",
        rows=("E4",),
        title=words(
            "“β adapts by one limit KL_max, and settles”", "“以单一界限 KL_max 调整 β 即可稳定”"
        ),
        printed=Statement(
            left=one_threshold(one_threshold(D)),
            relation=Relation.EQUAL,
            right=one_threshold(D),
        ),
        right=CYCLE_FROM_ABOVE,
        why=words(
            "Without a dead zone between the two rules β is halved or doubled at every step: the "
            "KL alternates about the limit for ever.",
            "两条规则之间若无死区, β 每一步都会减半或加倍: KL 永远在界限两侧交替。",
        ),
        unaltered=BETWEEN_UPDATES,
    ),
    Erratum(
        name="clip-adapts-a-penalty",
        rows=("E6",),
        title=words(
            "The clipped objective called “PPO2, adjusts β by the size of KL”",
            "把截断目标称作“PPO2, 按 KL 大小调整 β”",
        ),
        printed=Statement(left=clipped(A), relation=Relation.EQUAL, right=RATIO * A - BETA * D),
        right=LOWER_BOUND,
        why=words(
            "No β and no KL occur in the clipped objective: it is a function of ratio and "
            "advantage alone. What adapts β is the other variant, the penalty.",
            "截断目标中既无 β 也无 KL: 它只是比值与优势的函数。调整 β 的是另一变体, 即惩罚形式。",
        ),
        unaltered=words(
            "The formula below that title is right, and so is its gradient.",
            "该标题下的公式是对的, 其梯度亦然。",
        ),
    ),
    Erratum(
        name="clip-keeps-the-ratio",
        rows=("E5",),
        title=words(
            "“The clip keeps the ratio within [1 − ε, 1 + ε]”",
            "“截断使比值保持在 [1 − ε, 1 + ε] 内”",
        ),
        printed=Statement(
            left=1 + STEP * GAIN * SquaredNorm(Gradient(RATIO)),
            relation=Relation.AT_MOST,
            right=1 + EPS,
        ),
        right=GRADIENT_GAIN_ABOVE,
        why=words(
            "One step of gradient ascent of size α from θ_old, where r = 1 and the gradient is "
            "A ∇r, takes a ratio that is linear in θ to 1 + α A ‖∇r‖²: as far out as α says. Out "
            "there the gradient is zero: it does not push further, and does not pull back.",
            "从 θ_old (r = 1, 梯度为 A ∇r) 出发, 步长 α 的一次梯度上升使线性于 θ 的比值变为 "
            "1 + α A ‖∇r‖²: 走多远全凭 α。在界外梯度为零: 既不再推远, 也不拉回。",
        ),
        unaltered=words(
            "The gradient is right; the claim is about where steps along it lead.",
            "梯度是对的; 此说法讨论的是沿梯度走步会到哪里。",
        ),
    ),
)

"""The dynamics of PPO's adaptive penalty (row E4).

The rule halves β where the KL d of the last step lies below d_targ/1.5 and doubles it where d lies
above 1.5 d_targ. What that does to the next KL depends on how the KL answers: here doubling β
divides it by q, and halving multiplies it. For the maximiser of a linear gain less β times a
quadratic KL, q = 4 (`kl-of-the-penalised-step`).
"""

from typing import Any

from sympy import Rational, S, Symbol

from derivations.language.operators import IfBelow
from derivations.language.regions import Split
from derivations.language.statement import Derivation, equal, words

D, TARGET = Symbol("d", positive=True), Symbol("d_targ", positive=True)
Q = Symbol("q", positive=True)
BETA = Symbol("beta", positive=True)
LOW, HIGH = Rational(2, 3) * TARGET, Rational(3, 2) * TARGET
"""d_targ / 1.5 and 1.5 d_targ."""
WIDTH = Rational(9, 4)
"""1.5 / (1/1.5): the dead zone from end to end, as a factor."""


def rule(below: Any, above: Any, kl: Any, halved: Any, doubled: Any, kept: Any) -> IfBelow:
    """What becomes of β, or of the KL, by the two thresholds."""
    return IfBelow(kl, below, halved, IfBelow(above, kl, doubled, kept))


def next_beta(below: Any, above: Any) -> IfBelow:
    """β/2, 2β or β."""
    return rule(below, above, D, BETA / 2, 2 * BETA, BETA)


def next_kl(kl: Any, below: Any = LOW, above: Any = HIGH, factor: Any = Q) -> IfBelow:
    """q d, d/q or d."""
    return rule(below, above, kl, factor * kl, kl / factor, kl)


SETTING = words(
    "d is the KL of a step, d_targ its target; doubling β divides the KL by q > 1, halving it "
    "multiplies by q.",
    "d 为一步的 KL, d_targ 为其目标; β 加倍使 KL 除以 q > 1, 减半则乘以 q。",
)
ANY_ANSWER = Split(variable=Q, low=S.One)
GENTLE = Split(variable=Q, low=S.One, high=WIDTH)
STRONG = Split(variable=Q, low=WIDTH)

STAYS = Derivation(
    name="adaptive-penalty-rests-in-its-dead-zone",
    rows=("E4",),
    title=words(
        "Between d_targ/1.5 and 1.5 d_targ the penalty is left alone",
        "在 d_targ/1.5 与 1.5 d_targ 之间惩罚系数不变",
    ),
    splits=(Split(variable=D, low=LOW, high=HIGH),),
    start=next_beta(LOW, HIGH),
    lines=(
        equal(
            IfBelow(HIGH, D, 2 * BETA, BETA),
            "d is not below d_targ/1.5.",
            "d 不低于 d_targ/1.5。",
        ),
        equal(BETA, "Nor is it above 1.5 d_targ.", "也不高于 1.5 d_targ。"),
    ),
)


def _two_steps(name: str, title: dict, splits: tuple, first: Any, last: Any, **more: Any):
    """Two updates of the KL, with the reasons."""
    first_words, last_words = more["reasons"]
    thresholds = more.get("thresholds", (LOW, HIGH))
    return Derivation(
        name=name,
        rows=("E4",),
        title=title,
        setting=SETTING,
        splits=splits,
        start=next_kl(next_kl(D, *thresholds), *thresholds),
        lines=(
            equal(next_kl(first, *thresholds), *first_words),
            equal(last, *last_words),
        ),
    )


ABOVE = ("d is above the threshold: β doubles.", "d 高于阈值: β 加倍。")
BELOW = ("d is below the threshold: β is halved.", "d 低于阈值: β 减半。")
BACK_UP = (
    "Now the KL is below the threshold: β is halved, and all is as it was.",
    "此时 KL 低于阈值: β 减半, 一切复原。",
)
BACK_DOWN = (
    "Now the KL is above the threshold: β doubles, and all is as it was.",
    "此时 KL 高于阈值: β 加倍, 一切复原。",
)
RESTS = ("The KL lies in the dead zone: β rests.", "KL 落入死区: β 不再变。")

SETTLES_FROM_ABOVE = _two_steps(
    "adaptive-penalty-settles-from-above",
    words(
        "Where the KL answers gently (q < 9/4), one doubling leads into the dead zone",
        "KL 响应平缓时 (q < 9/4), 加倍一次即进入死区",
    ),
    (GENTLE, Split(variable=D, low=HIGH, high=Q * HIGH)),
    D / Q,
    D / Q,
    reasons=(ABOVE, RESTS),
)
SETTLES_FROM_BELOW = _two_steps(
    "adaptive-penalty-settles-from-below",
    words(
        "Where the KL answers gently (q < 9/4), one halving leads into the dead zone",
        "KL 响应平缓时 (q < 9/4), 减半一次即进入死区",
    ),
    (GENTLE, Split(variable=D, low=LOW / Q, high=LOW)),
    Q * D,
    Q * D,
    reasons=(BELOW, RESTS),
)
JUMPS_OVER = _two_steps(
    "adaptive-penalty-jumps-over-its-dead-zone",
    words(
        "Where the KL answers strongly (q > 9/4; 4 in the quadratic model), the right rule may "
        "alternate for ever, too",
        "KL 响应强烈时 (q > 9/4; 二次模型中为 4), 正确的规则也可能永远交替",
    ),
    (STRONG, Split(variable=D, low=HIGH, high=Q * LOW)),
    D / Q,
    D,
    reasons=(ABOVE, BACK_UP),
)
ONE_THRESHOLD = (LOW, LOW)
CYCLE_FROM_ABOVE = _two_steps(
    "misprinted-penalty-alternates-from-above",
    words(
        "With d_targ/1.5 in both rules the KL alternates between d and d/q, whatever q is",
        "两条规则都用 d_targ/1.5 时, 无论 q 为何, KL 在 d 与 d/q 之间交替",
    ),
    (ANY_ANSWER, Split(variable=D, low=LOW, high=Q * LOW)),
    D / Q,
    D,
    reasons=(ABOVE, BACK_UP),
    thresholds=ONE_THRESHOLD,
)
CYCLE_FROM_BELOW = _two_steps(
    "misprinted-penalty-alternates-from-below",
    words(
        "From below likewise: the KL is held around d_targ/1.5, within a factor q, and never rests",
        "从下方亦然: KL 被保持在 d_targ/1.5 附近 (倍数 q 之内), 永不停歇",
    ),
    (ANY_ANSWER, Split(variable=D, low=LOW / Q, high=LOW)),
    Q * D,
    D,
    reasons=(BELOW, BACK_DOWN),
    thresholds=ONE_THRESHOLD,
)

RESULTS = (
    STAYS,
    SETTLES_FROM_ABOVE,
    SETTLES_FROM_BELOW,
    JUMPS_OVER,
    CYCLE_FROM_ABOVE,
    CYCLE_FROM_BELOW,
)

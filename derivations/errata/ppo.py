"""What is said of the clipped objective and does not hold (row E5)."""

from sympy import Symbol

from derivations.errata.form import Erratum
from derivations.language.operators import Gradient, SquaredNorm
from derivations.language.statement import Relation, Statement, words
from derivations.ppo import EPS, GAIN, GRADIENT_GAIN_ABOVE, RATIO

STEP = Symbol("alpha", positive=True)

ERRATA = (
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
    ),
)

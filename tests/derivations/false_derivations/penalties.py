"""False derivations of penalties, multipliers and the curvature of KL."""

from sympy import Symbol

from derivations.fisher import DIVERGENCE, FISHER, PI, PI_OLD
from derivations.language.binders import ActionSum, OutcomeExpectation, OutcomeSum
from derivations.language.lemmas import LogTangent
from derivations.language.operators import AtOld, Curvature, Gradient, Log
from derivations.language.statement import each_action, each_state
from derivations.language.terms import a, s, x
from derivations.penalty import (
    AT_LIMIT,
    BETA,
    MEAN,
    PARAMETER_SPACE,
    Y,
    p,
    penalised,
    q,
    under,
)
from tests.derivations.false_derivations.form import at_least, at_most, equals, false

EVERYWHERE = (each_state(s),)

FALSE = (
    false(
        "the trust region's best parameter is the penalty's, too",
        1,
        penalised(MEAN) - penalised(AT_LIMIT),
        equals(PARAMETER_SPACE.lines[0].right, "the moments of the policy"),
        at_most(
            0,
            "Lagrange's condition holds at the limit",
            certificate=(MEAN - AT_LIMIT) ** 2 * (MEAN + AT_LIMIT / 2),
        ),
    ),
    false(
        "the penalised step's gain without what the penalty takes",
        0,
        under(Y * (Y / BETA)) - BETA / 2 * under((Y / BETA) ** 2),
        equals(under(Y**2) / BETA, "the gain of the step y/β"),
    ),
    false(
        "doubling the multiplier halves the KL",
        0,
        under((Y / (2 * BETA)) ** 2) / 2,
        equals(under((Y / BETA) ** 2) / 4, "the step is half as long"),
    ),
    false(
        "the tangent of the logarithm turned round",
        0,
        OutcomeExpectation("q", x, Log(p / q)),
        at_least(OutcomeSum(x, p) - 1, "log X ≥ X − 1", by=(LogTangent(Symbol("q"), x, p / q),)),
    ),
    false(
        "the curvature of KL away from equality",
        0,
        Curvature(DIVERGENCE),
        equals(FISHER, "the curvature of KL is the Fisher matrix"),
        forall=EVERYWHERE,
    ),
    false(
        "the curvature of a logarithm without the square of the score",
        0,
        AtOld(-ActionSum(a, PI_OLD * Curvature(Log(PI)))),
        equals(-AtOld(ActionSum(a, Curvature(PI))), "∇² log π = ∇²π / π"),
        forall=EVERYWHERE,
    ),
    false(
        "the Fisher matrix is half the curvature",
        0,
        AtOld(Curvature(DIVERGENCE)),
        equals(AtOld(FISHER) / 2, "the second-order term is ½ uᵀFu"),
        forall=EVERYWHERE,
    ),
    false(
        "the curvature of a product without its cross term",
        0,
        Curvature(PI**2),
        equals(2 * PI * Curvature(PI), "the chain rule"),
        forall=(*EVERYWHERE, each_action(a)),
    ),
    false(
        "the curvature is the square of the gradient",
        0,
        ActionSum(a, PI * Curvature(Log(PI))),
        equals(ActionSum(a, PI * Gradient(Log(PI)) ** 2), "∇ twice"),
        forall=EVERYWHERE,
    ),
)

"""False derivations of the damped step."""

from sympy import S

from derivations.damping import (
    BEST,
    DELTA,
    GAP,
    HALF,
    LENGTH,
    LENGTH_OF_OTHER,
    LENGTH_OF_OWN,
    OTHERS,
    OWN,
    UPSILON,
    XI,
    C,
    X,
    Y,
    damped,
    mean,
)
from derivations.language.binders import OutcomeSum
from derivations.language.terms import x
from tests.derivations.false_derivations.form import at_least, at_most, equals, false

BOTH = (LENGTH_OF_OWN, LENGTH_OF_OTHER)
GAIN = LENGTH * damped(X, Y, XI, UPSILON)

FALSE = (
    false(
        "the damped step uses up the region",
        0,
        mean((LENGTH * X) ** 2) / 2,
        equals(DELTA, "its length is δ", given=(HALF,)),
        premises=(LENGTH_OF_OWN,),
    ),
    false(
        "what another step gains, without the gap",
        0,
        GAIN,
        equals(LENGTH**2 * OWN / 2 + OTHERS / 2, "half the sum of the squares"),
        premises=BOTH,
    ),
    false(
        "the damped step gains least",
        1,
        GAIN,
        equals(BEST.lines[0].right, "by the squares"),
        at_least(LENGTH**2 * OWN / 2 + OTHERS / 2, "a square", certificate=GAP / 2),
        premises=BOTH,
    ),
    false(
        "the step's own square without the damping",
        0,
        S(2) * DELTA,
        equals(LENGTH**2 * mean(X**2), "both lengths are δ", given=(S.NegativeOne,)),
        premises=(LENGTH_OF_OWN,),
    ),
    false(
        "damping makes the step longer",
        1,
        mean((LENGTH * X) ** 2) / 2,
        equals(DELTA - C * LENGTH**2 * OutcomeSum(x, XI**2) / 2, "its length", given=(HALF,)),
        at_most(
            DELTA - C * LENGTH**2 * OutcomeSum(x, XI**2),
            "the damping takes all of its own length",
            certificate=C * LENGTH**2 * OutcomeSum(x, XI**2) / 2,
        ),
        premises=(LENGTH_OF_OWN,),
    ),
)

"""False derivations on finite laws: importance weights, entropies, divergences."""

from sympy import S, Symbol

from derivations.language.binders import OutcomeExpectation, OutcomeSum
from derivations.language.lemmas import Jensen, Pinsker
from derivations.language.operators import Absolute, Log, OutcomeVariance, Root
from derivations.language.terms import Law, Table, x
from tests.derivations.false_derivations.form import at_least, at_most, equals, false

p, q = Law("p", x), Law("q", x)
f = Table("f", x)


def mean(law, body):
    return OutcomeExpectation(law, x, body)


MEAN = mean("p", f)
KL = OutcomeSum(x, p * Log(p / q))

FALSE = (
    false(
        "the importance ratio upside down",
        1,
        MEAN,
        equals(OutcomeSum(x, p * f), "by definition"),
        equals(mean("q", f * q / p), "multiply and divide by q"),
    ),
    false(
        "the importance weight averaged by itself",
        1,
        MEAN,
        equals(mean("q", f * p / q), "multiply and divide by q"),
        equals(mean("q", f) * mean("q", p / q), "the weight does not depend on f"),
    ),
    false(
        "importance sampling does not change the variance",
        0,
        OutcomeVariance("q", x, f * p / q),
        equals(OutcomeVariance("p", x, f), "both estimate the same mean"),
    ),
    false(
        "the second moment with the ratio once",
        0,
        OutcomeVariance("q", x, f * p / q),
        equals(mean("q", f**2 * p / q) - MEAN**2, "E[X²] − (E[X])²"),
    ),
    false(
        "variance is the mean of the square",
        0,
        OutcomeVariance("p", x, f),
        equals(mean("p", f**2) - MEAN, "E[X²] − (E[X])²"),
    ),
    false(
        "KL with its arguments exchanged",
        1,
        KL,
        equals(OutcomeSum(x, p * Log(p)) - OutcomeSum(x, p * Log(q)), "the logarithm of a ratio"),
        equals(OutcomeSum(x, q * Log(p)) - OutcomeSum(x, q * Log(q)), "p and q play the same part"),
    ),
    false(
        "KL is symmetric",
        0,
        KL,
        equals(OutcomeSum(x, q * Log(q / p)), "a distance is symmetric"),
    ),
    false(
        "entropy minus cross entropy",
        0,
        KL,
        equals(OutcomeSum(x, p * Log(q)) - OutcomeSum(x, p * Log(p)), "H(p, q) − H(p)"),
    ),
    false(
        "Jensen's inequality the wrong way round",
        0,
        mean("p", Log(q / p)),
        at_least(
            Log(mean("p", q / p)),
            "the logarithm is concave",
            by=(Jensen(Symbol("p"), x, q / p),),
        ),
    ),
    false(
        "an inequality by a certificate that may be negative",
        0,
        mean("p", f) ** 2,
        at_most(
            mean("p", f**2),
            "a variance",
            certificate=mean("p", f**2) - mean("p", f) ** 2,
        ),
    ),
    false(
        "an inequality by a certificate of something else",
        0,
        mean("p", f**2),
        at_most(mean("p", f) ** 2, "a square", certificate=mean("p", (f - MEAN) ** 2)),
    ),
    false(
        "the root of a square is its base",
        0,
        Root((Table("f") - Table("g")) ** 2),
        equals(Table("f") - Table("g"), "the square root undoes the square"),
    ),
    false(
        "the logarithm of a sum",
        0,
        Log(Law("p", S.Zero) + Law("q", S.Zero)),
        equals(Log(Law("p", S.Zero)) + Log(Law("q", S.Zero)), "the logarithm is linear"),
    ),
    false(
        "Jensen's inequality for a function of any sign",
        0,
        mean("p", Log(f)),
        at_most(Log(mean("p", f)), "the logarithm is concave", by=(Jensen(Symbol("p"), x, f),)),
    ),
    false(
        "Pinsker's inequality without its half",
        0,
        (OutcomeSum(x, Absolute(p - q)) / 2) ** 2,
        at_most(KL / 4, "Pinsker", by=(Pinsker(Symbol("p"), Symbol("q"), x),)),
    ),
    false(
        "a triangle inequality by Jensen's name",
        0,
        Absolute(OutcomeSum(x, p * f)),
        at_most(OutcomeSum(x, Absolute(p * f)), "Jensen", by=(Jensen(Symbol("p"), x, p),)),
    ),
)

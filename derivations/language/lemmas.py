"""Inequalities that are not sums of squares: named, few, and used only as they are stated here."""

from dataclasses import dataclass

from sympy import Expr, Rational, Symbol

from derivations.language.binders import OutcomeExpectation, OutcomeSum
from derivations.language.operators import Absolute, Log
from derivations.language.positivity import known_positive
from derivations.language.refusal import Refused
from derivations.language.statement import Relation, Statement
from derivations.language.terms import Law


@dataclass(frozen=True)
class Jensen:
    """E_p[log X] ≤ log E_p[X] for X > 0: the logarithm is concave."""

    law: Symbol
    variable: Symbol
    body: Expr

    def statement(self) -> Statement:
        if not known_positive(self.body):
            raise Refused(f"Jensen's inequality for log {self.body}, not known to be positive")
        return Statement(
            left=OutcomeExpectation(self.law, self.variable, Log(self.body)),
            relation=Relation.AT_MOST,
            right=Log(OutcomeExpectation(self.law, self.variable, self.body)),
        )


@dataclass(frozen=True)
class CauchySchwarz:
    """(E_p[X Y])² ≤ E_p[X²] E_p[Y²]."""

    law: Symbol
    variable: Symbol
    first: Expr
    second: Expr

    def statement(self) -> Statement:
        def mean(body: Expr) -> Expr:
            return OutcomeExpectation(self.law, self.variable, body)

        return Statement(
            left=mean(self.first * self.second) ** 2,
            relation=Relation.AT_MOST,
            right=mean(self.first**2) * mean(self.second**2),
        )


@dataclass(frozen=True)
class Pinsker:
    """(½ Σ_x |p(x) − q(x)|)² ≤ ½ KL(p‖q)."""

    first: Symbol
    second: Symbol
    variable: Symbol

    def statement(self) -> Statement:
        p, q = Law(self.first, self.variable), Law(self.second, self.variable)
        distance = OutcomeSum(self.variable, Absolute(p - q)) / 2
        divergence = OutcomeSum(self.variable, p * Log(p / q))
        return Statement(
            left=distance**2, relation=Relation.AT_MOST, right=Rational(1, 2) * divergence
        )


@dataclass(frozen=True)
class Triangle:
    """|Σ_x f(x)| ≤ Σ_x |f(x)|."""

    variable: Symbol
    body: Expr

    def statement(self) -> Statement:
        return Statement(
            left=Absolute(OutcomeSum(self.variable, self.body)),
            relation=Relation.AT_MOST,
            right=OutcomeSum(self.variable, Absolute(self.body)),
        )


LEMMAS = (Jensen, CauchySchwarz, Pinsker, Triangle)
"""Each states itself; a step may use it only where its two sides are the statement's."""

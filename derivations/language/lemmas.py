"""Inequalities that are not sums of squares: named, few, and used only as they are stated here."""

from dataclasses import dataclass
from typing import Any

from sympy import Expr, Rational, Symbol, sympify

from derivations.language.binders import (
    ActionSum,
    OutcomeExpectation,
    OutcomeSum,
    StateSum,
    TimeSum,
)
from derivations.language.normal import with_body
from derivations.language.operators import Absolute, Log, StateMaximum
from derivations.language.positivity import known_non_negative, known_positive
from derivations.language.refusal import Refused
from derivations.language.statement import Derivation, Each, Kind, Relation, Statement
from derivations.language.terms import GREEDY_POLICIES, Law, Pi

SUMS = (ActionSum, OutcomeSum, StateSum, TimeSum)


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
class LogTangent:
    """E_p[log X] ≤ E_p[X] − 1 for X > 0: the logarithm lies below its tangent at one."""

    law: Symbol
    variable: Symbol
    body: Expr

    def statement(self) -> Statement:
        if not known_positive(self.body):
            raise Refused(f"the tangent of log {self.body}, not known to be positive")
        return Statement(
            left=OutcomeExpectation(self.law, self.variable, Log(self.body)),
            relation=Relation.AT_MOST,
            right=OutcomeExpectation(self.law, self.variable, self.body) - 1,
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
class PinskerOfActions:
    """(½ Σ_a |π(a|s) − π'(a|s)|)² ≤ ½ KL(π‖π') in the state s: Pinsker for two policies."""

    first: Symbol
    second: Symbol
    state: Expr
    variable: Symbol

    def statement(self) -> Statement:
        p, q = (Pi(name, self.variable, self.state) for name in (self.first, self.second))
        if {self.first, self.second} & GREEDY_POLICIES:
            raise Refused("Pinsker's inequality for a policy that may give zero probabilities")
        distance = ActionSum(self.variable, Absolute(p - q)) / 2
        divergence = ActionSum(self.variable, p * Log(p / q))
        return Statement(left=distance**2, relation=Relation.AT_MOST, right=divergence / 2)


@dataclass(frozen=True)
class Triangle:
    """|Σ f| ≤ Σ |f|, for a sum, or for a sum of sums."""

    total: Any

    def statement(self) -> Statement:
        right = _of_magnitudes(self.total)
        return Statement(left=Absolute(self.total), relation=Relation.AT_MOST, right=right)


def _of_magnitudes(total: Any) -> Expr:
    if not isinstance(total, SUMS):
        raise Refused(f"the triangle inequality for {total}, which is no sum")
    body = total.body
    return with_body(total, _of_magnitudes(body) if isinstance(body, SUMS) else Absolute(body))


@dataclass(frozen=True)
class Magnitude:
    """−|x| ≤ x."""

    body: Expr

    def statement(self) -> Statement:
        left = -Absolute(self.body)
        return Statement(left=left, relation=Relation.AT_MOST, right=self.body)


@dataclass(frozen=True)
class Known:
    """An inequality that an earlier result states."""

    result: Derivation

    def statement(self) -> Statement:
        stated = self.result.conclusion
        if stated.relation is not Relation.AT_MOST:
            raise Refused(f"{self.result.name} states no ≤")
        return stated


@dataclass(frozen=True)
class Weighted:
    """Σ weight · smaller ≤ Σ weight · larger, where weight ≥ 0 and a lemma orders the two.

    Args:
        lemma: the inequality.
        weight: may depend on what the sums run over.
        sums: from the outermost, each a sum's class and its arguments before the body. A sum over
            times must run over the very times for which the lemma is stated.
    """

    lemma: Any
    weight: Any
    sums: tuple[tuple[Any, ...], ...] = ()

    def statement(self) -> Statement:
        if not known_non_negative(sympify(self.weight)):
            raise Refused(f"the weight {self.weight} is not visibly non-negative")
        inner = self.lemma.statement()
        left, right = (self.weight * side for side in (inner.left, inner.right))
        for kind, *arguments in reversed(self.sums):
            left, right = kind(*arguments, left), kind(*arguments, right)
        rest = tuple(each for each in inner.forall if not self._binds(each))
        return Statement(left=left, relation=Relation.AT_MOST, right=right, forall=rest)

    def _binds(self, each: Each) -> bool:
        """Whether one of the sums runs over the variable, and over what it ranges over."""
        over = {
            Kind.STATE: (StateSum, each.variable),
            Kind.ACTION: (ActionSum, each.variable),
            Kind.TIME: (TimeSum, each.variable, each.first, each.last),
        }
        return over.get(each.kind) in {(kind, *map(sympify, rest)) for kind, *rest in self.sums}


@dataclass(frozen=True)
class OfLargest:
    """c (max_s f(s))² ≤ max_s B(s), where a lemma has c f(s)² ≤ B(s) in every state, and f ≥ 0.

    The largest f is attained in some state s*, and its square is at most B(s*).
    """

    lemma: Any
    state: Symbol

    def statement(self) -> Statement:
        inner = self.lemma.statement()
        coefficient, square = inner.left.as_coeff_Mul()
        base, exponent = square.as_base_exp()
        if exponent != 2 or not known_non_negative(base) or coefficient <= 0 or inner.forall:
            raise Refused(f"{inner.left} is not the square of what is visibly non-negative")
        return Statement(
            left=coefficient * StateMaximum(self.state, base) ** 2,
            relation=Relation.AT_MOST,
            right=StateMaximum(self.state, inner.right),
        )


LEMMAS = (
    Jensen,
    LogTangent,
    CauchySchwarz,
    Pinsker,
    PinskerOfActions,
    Triangle,
    Magnitude,
    Known,
    Weighted,
    OfLargest,
)
"""Each states itself; a step may use it only where its two sides are the statement's."""

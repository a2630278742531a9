"""Accepts or refuses a line of a derivation, and computes its label from how it was accepted.

A line that a rule proves in general is checked on every symbolic world as well: two routes that
share nothing but the expression.
"""

from dataclasses import dataclass
from time import perf_counter

from sympy import Expr, Integer, Symbol

from derivations.language.accept import by_equality, by_inequality, by_regions
from derivations.language.label import Accepted, Label
from derivations.language.normal import same_normal_form
from derivations.language.refusal import Refused
from derivations.language.statement import Derivation, Induction, Relation, Statement
from derivations.language.world import Relaxation


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A derivation all of whose lines hold."""

    derivation: Derivation | Induction
    lines: tuple[Accepted, ...]
    seconds: float

    @property
    def label(self) -> Label:
        """That of its weakest line."""
        labels = {line.label for line in self.lines}
        return next(
            label for label in (Label.PROBLEM, Label.SIZES, Label.GENERAL) if label in labels
        )

    @property
    def reach(self) -> str:
        """The label, with the sizes where it has any; the policy is any differentiable one."""
        if self.label is Label.GENERAL:
            return self.label
        if self.label is Label.PROBLEM:
            assert isinstance(self.derivation, Derivation)
            return f"{self.label}: the {self.derivation.problem.name}"
        sizes = sorted({proof.size for line in self.lines for proof in line.proofs})
        return f"{self.label}: (|S|, |A|, T) = {', '.join(map(str, sizes))}"


def check(derivation: Derivation) -> Checked:
    """Checks every line.

    Raises:
        Refused: naming the first line that does not hold, and why.
    """
    start = perf_counter()
    lines = []
    for number in range(len(derivation.lines)):
        try:
            lines.append(check_line(derivation, number))
        except Refused as refusal:
            raise Refused(f"{derivation.name}, line {number + 1}: {refusal}") from refusal
    if not lines:
        raise Refused(f"{derivation.name} has no line")
    _require_one_direction(derivation)
    return Checked(derivation=derivation, lines=tuple(lines), seconds=perf_counter() - start)


def _require_one_direction(derivation: Derivation) -> None:
    """A chain with ≤ and ≥ in it says nothing of its ends."""
    relations = {line.relation for line in derivation.lines}
    if {Relation.AT_MOST, Relation.AT_LEAST} <= relations:
        raise Refused(f"{derivation.name} mixes ≤ and ≥")


def check_induction(induction: Induction) -> Checked:
    """Checks base and step; every line must hold in general.

    Raises:
        Refused: a line does not hold, or the two do not make the claim.
    """
    start = perf_counter()
    n = induction.variable
    _require_conclusion(induction.base, _instance(induction.claim, {n: Integer(0)}))
    _require_conclusion(induction.step, _instance(induction.claim, {n: n + 1}))
    lines = (*check(induction.base).lines, *check(induction.step).lines)
    if any(line.label is not Label.GENERAL for line in lines):
        raise Refused(f"{induction.name}: a line of an induction must hold in general")
    return Checked(derivation=induction, lines=lines, seconds=perf_counter() - start)


def _instance(claim: Statement, where: dict[Symbol, Expr]) -> Statement:
    left, right = claim.left.xreplace(where), claim.right.xreplace(where)
    return Statement(left=left, relation=claim.relation, right=right)


def _require_conclusion(derivation: Derivation, wanted: Statement) -> None:
    got = derivation.conclusion
    sides = ((got.left, wanted.left), (got.right, wanted.right))
    same = all(same_normal_form(one, other) for one, other in sides)
    if not same or got.relation is not wanted.relation:
        raise Refused(f"{derivation.name} does not conclude {wanted.left} = {wanted.right}")


def check_line(
    derivation: Derivation, number: int, relaxed: frozenset[Relaxation] = frozenset()
) -> Accepted:
    """Checks one line, on worlds from which assumptions may have been taken away.

    Raises:
        Refused: it is false, undefined, or cannot be decided.
    """
    line, statement = derivation.lines[number], derivation.statement(number)
    if statement.left == statement.right:
        raise Refused("both sides are the same expression")
    if derivation.splits:
        return by_regions(derivation, statement)
    if line.relation is Relation.EQUAL:
        return by_equality(derivation, line, statement, relaxed)
    return by_inequality(derivation, line, statement, relaxed)


def needed(derivation: Derivation, number: int) -> frozenset[Relaxation]:
    """The assumptions that the line cannot do without, each taken away alone."""
    return frozenset(
        relaxation
        for relaxation in Relaxation
        if not _stands_without(derivation, number, relaxation)
    )


def _stands_without(derivation: Derivation, number: int, relaxation: Relaxation) -> bool:
    try:
        check_line(derivation, number, frozenset({relaxation}))
    except Refused:
        return False
    return True

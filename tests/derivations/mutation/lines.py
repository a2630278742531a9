"""Mutants of whole lines: of either side, of an inequality's direction and of its certificate."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sympy import Rational

from derivations.language.check import check_line
from derivations.language.refusal import Refused
from derivations.language.statement import Derivation, Line, Relation, Statement
from tests.derivations.mutation.operators import OPERATORS, mutants

TURNED = {Relation.AT_MOST: Relation.AT_LEAST, Relation.AT_LEAST: Relation.AT_MOST}


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A derivation of one line that is a line of a right one, with one slip."""

    operator: str
    derivation: Derivation

    @property
    def statement(self) -> Statement:
        """What must be true for the mutant to be no slip: of a certificate, that it is the gap."""
        line = self.derivation.lines[0]
        if not self.operator.startswith("certificate"):
            return self.derivation.statement(0)
        gap = line.right - self.derivation.start
        gap = gap if line.relation is Relation.AT_MOST else -gap
        return Statement(
            left=gap,
            relation=Relation.EQUAL,
            right=line.certificate,
            forall=self.derivation.forall,
        )

    def accepted(self) -> bool:
        """Whether the engine takes it for right."""
        try:
            check_line(self.derivation, 0)
        except Refused:
            return False
        return True


def alone(derivation: Derivation, number: int) -> Derivation:
    """The line as a derivation of its own."""
    return replace(derivation, start=derivation.left(number), lines=(derivation.lines[number],))


def line_mutants(derivation: Derivation, number: int) -> Iterator[Mutant]:
    """Every mutant of the line."""
    whole = alone(derivation, number)
    line = whole.lines[0]
    for name in OPERATORS:
        for right in mutants(line.right, name):
            yield Mutant(operator=name, derivation=_with(whole, replace(line, right=right)))
        for left in mutants(whole.start, name):
            yield Mutant(operator=name, derivation=replace(whole, start=left))
    if line.relation is not Relation.EQUAL:
        yield from _inequality_mutants(whole, line)


def _inequality_mutants(whole: Derivation, line: Line) -> Iterator[Mutant]:
    """The inequality turned, tightened by a part of itself, and its certificate mutated."""
    turned = replace(line, relation=TURNED[line.relation])
    yield Mutant(operator="turn the inequality", derivation=_with(whole, turned))
    step = 1 if line.relation is Relation.AT_LEAST else -1
    for amount in (Rational(1, 1000), abs_difference(whole, line)):
        tighter = replace(line, right=line.right + step * amount)
        yield Mutant(operator="tighten the inequality", derivation=_with(whole, tighter))
    if line.certificate is not None:
        for name in OPERATORS:
            for certificate in mutants(line.certificate, name):
                changed = replace(line, certificate=certificate)
                yield Mutant(operator=f"certificate: {name}", derivation=_with(whole, changed))


def abs_difference(whole: Derivation, line: Line):
    """Twice the gap between the sides: taking it away turns the inequality round."""
    gap = line.right - whole.start
    return 2 * (gap if line.relation is Relation.AT_MOST else -gap)


def _with(whole: Derivation, line: Line) -> Derivation:
    return replace(whole, lines=(line,))

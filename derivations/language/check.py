"""Accepts or refuses a line of a derivation, and computes its label from how it was accepted.

A line that a rule proves in general is checked on every symbolic world as well: two routes that
share nothing but the expression.
"""

from dataclasses import dataclass
from enum import StrEnum
from time import perf_counter

from sympy import Add, Expr, Integer, Mul, Number, Pow, Symbol

from derivations.language import operators, terms
from derivations.language.equality import Claim, FieldProof, prove_equal
from derivations.language.facts import Facts, quantifier_facts
from derivations.language.lemmas import LEMMAS
from derivations.language.normal import normal, same_normal_form
from derivations.language.positivity import known_non_negative
from derivations.language.refusal import Refused
from derivations.language.regions import Region, regions, resolve, sign
from derivations.language.statement import Derivation, Induction, Line, Relation, Statement
from derivations.language.world import Relaxation, Size

SIZES = ((1, 2, 1), (2, 2, 2), (2, 2, 3), (3, 2, 2), (2, 3, 2))
"""(|S|, |A|, T) of the worlds on which a line is checked, the smallest first."""

SIZELESS = (
    operators.Gradient,
    operators.Log,
    operators.Root,
    operators.Absolute,
    operators.Minimum,
    operators.Maximum,
    operators.Clip,
    operators.Frozen,
)
"""What can be said of numbers, without any world."""

MOST_CANDIDATES = 200
"""Rewritten forms of one line that are looked at."""


class Label(StrEnum):
    """How far a result reaches; computed, never typed."""

    GENERAL = "proved in general"
    SIZES = "proved for every world of these sizes"


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """A line that holds.

    Args:
        label: how far it reaches.
        route: what accepted it.
        proofs: the evaluations behind it, one a size of world or a region.
    """

    label: Label
    route: str
    proofs: tuple[FieldProof, ...]


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A derivation all of whose lines hold."""

    derivation: Derivation | Induction
    lines: tuple[Accepted, ...]
    seconds: float

    @property
    def label(self) -> Label:
        """That of its weakest line."""
        general = all(line.label is Label.GENERAL for line in self.lines)
        return Label.GENERAL if general else Label.SIZES

    @property
    def reach(self) -> str:
        """The label, with the sizes where it has any; the policy is any differentiable one."""
        if self.label is Label.GENERAL:
            return self.label
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
    return Statement(
        left=claim.left.xreplace(where), relation=claim.relation, right=claim.right.xreplace(where)
    )


def _require_conclusion(derivation: Derivation, wanted: Statement) -> None:
    got = derivation.conclusion
    sides = ((got.left, wanted.left), (got.right, wanted.right))
    same = all(same_normal_form(one, other) for one, other in sides)
    if not same or got.relation is not wanted.relation or derivation.premises:
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
        return _by_regions(derivation, statement)
    if line.relation is Relation.EQUAL:
        return _equality(derivation, line, statement, relaxed)
    return _inequality(derivation, line, statement, relaxed)


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


def _equality(
    derivation: Derivation, line: Line, statement: Statement, relaxed: frozenset[Relaxation]
) -> Accepted:
    lemmas = [hint for hint in line.by if isinstance(hint, LEMMAS)]
    if lemmas or line.certificate is not None:
        raise Refused("an equality by the means of an inequality")
    target = _without_premises(derivation, line, statement)
    proofs = _on_every_size(derivation, target, relaxed)
    if not relaxed and _holds_in_general(line, target):
        return Accepted(label=Label.GENERAL, route=_route(line), proofs=proofs)
    return Accepted(label=_label_of_instances(target), route="prime field", proofs=proofs)


def _route(line: Line) -> str:
    names = [type(rule).__name__ for rule in line.by]
    return " + ".join(names) if names else "normal form"


def _label_of_instances(statement: Statement) -> Label:
    """Where nothing has a size, the prime field proves the line for all values there are."""
    plain = all(_has_no_size(side) for side in (statement.left, statement.right))
    return Label.GENERAL if plain and not statement.forall else Label.SIZES


def _has_no_size(expr: Expr) -> bool:
    """Whether the expression is about numbers and functions of θ alone."""
    if isinstance(expr, Pow):
        return _has_no_size(expr.base) and isinstance(expr.exp, Integer)
    if isinstance(expr, Symbol):
        return expr != terms.T and not expr.is_integer
    if isinstance(expr, (terms.Table, terms.Parametric)):
        return len(expr.args) == 1
    if isinstance(expr, (Number, Add, Mul, *SIZELESS)):
        return all(_has_no_size(part) for part in expr.args)
    return False


def _without_premises(derivation: Derivation, line: Line, statement: Statement) -> Statement:
    """left = right + Σ multiplier · (premise's left − premise's right)."""
    if not line.given:
        return statement
    if len(line.given) != len(derivation.premises):
        raise Refused("one multiplier for each premise")
    right = statement.right
    for multiplier, premise in zip(line.given, derivation.premises, strict=True):
        if premise.relation is not Relation.EQUAL or premise.forall:
            raise Refused("only an equality without variables can be a premise")
        right = right + multiplier * (premise.left - premise.right)
    return Statement(
        left=statement.left, relation=Relation.EQUAL, right=right, forall=statement.forall
    )


def sizes_of(derivation: Derivation) -> tuple[Size, ...]:
    """The sizes of world on which a derivation is checked."""
    return tuple(
        Size(states=states, actions=actions, steps=steps)
        for states, actions, steps in derivation.sizes or SIZES
    )


def _on_every_size(
    derivation: Derivation, statement: Statement, relaxed: frozenset[Relaxation]
) -> tuple[FieldProof, ...]:
    return tuple(
        prove_equal(Claim(statement=statement, size=size, relaxed=relaxed))
        for size in sizes_of(derivation)
    )


def _holds_in_general(line: Line, statement: Statement) -> bool:
    """Whether the normal forms agree after the rules of the line, on either side or on both."""
    facts = quantifier_facts(statement.forall)
    left, right = (_candidates(side, line.by, facts) for side in (statement.left, statement.right))
    pairs = (
        *((form, statement.right) for form in left),
        *((form, statement.left) for form in right),
        *zip(left[:1], right[:1], strict=True),
    )
    return any(same_normal_form(one, other) for one, other in pairs)


def _candidates(start: Expr, rules: tuple, facts: Facts) -> list[Expr]:
    """The side after the rules in turn; first the form in which each was applied everywhere."""
    forms = [normal(start)]
    for rule in rules:
        new: dict[Expr, None] = {}
        for form in forms:
            for result in rule.rewrites(form, facts):
                new.setdefault(result)
        forms = list(new)[:MOST_CANDIDATES]
    return forms


def _inequality(
    derivation: Derivation, line: Line, statement: Statement, relaxed: frozenset[Relaxation]
) -> Accepted:
    lemmas = [hint for hint in line.by if isinstance(hint, LEMMAS)]
    if lemmas:
        return _by_lemma(derivation, lemmas, line, statement, relaxed)
    if line.certificate is None:
        raise Refused("an inequality without a certificate or a lemma")
    if not known_non_negative(line.certificate):
        raise Refused(f"{line.certificate} is not visibly non-negative")
    difference = Statement(
        left=_difference(statement),
        relation=Relation.EQUAL,
        right=line.certificate,
        forall=statement.forall,
    )
    plain = Line(relation=Relation.EQUAL, right=line.certificate, words=line.words, by=line.by)
    accepted = _equality(derivation, plain, difference, relaxed)
    return Accepted(
        label=accepted.label,
        route=f"certificate, {accepted.route}",
        proofs=accepted.proofs,
    )


def _in_order(statement: Statement) -> tuple[Expr, Expr]:
    if statement.relation is Relation.AT_MOST:
        return statement.left, statement.right
    return statement.right, statement.left


def _difference(statement: Statement) -> Expr:
    """The larger side minus the smaller."""
    smaller, larger = _in_order(statement)
    return larger - smaller


def _by_lemma(
    derivation: Derivation,
    lemmas: list,
    line: Line,
    statement: Statement,
    relaxed: frozenset[Relaxation],
) -> Accepted:
    if len(lemmas) != 1 or len(line.by) != 1 or line.certificate is not None:
        raise Refused("a step takes one lemma, and nothing beside it")
    ours, theirs = (_difference(side) for side in (statement, lemmas[0].statement()))
    same = Statement(left=ours, relation=Relation.EQUAL, right=theirs, forall=statement.forall)
    proofs = _on_every_size(derivation, same, relaxed)
    label = Label.GENERAL if same_normal_form(ours, theirs) else Label.SIZES
    return Accepted(label=label, route=type(lemmas[0]).__name__, proofs=proofs)


def _by_regions(derivation: Derivation, statement: Statement) -> Accepted:
    """Equality or order in every region; the regions cover everything."""
    size = sizes_of(derivation)[0]
    proofs = []
    for region in regions(derivation.splits):
        left, right = (resolve(side, region) for side in (statement.left, statement.right))
        if statement.relation is Relation.EQUAL:
            resolved = Statement(left=left, relation=Relation.EQUAL, right=right)
            claim = Claim(statement=resolved, size=size, bindings=region.bindings)
            proofs.append(prove_equal(claim))
            continue
        order = sign(region.apply(right - left))
        wanted = (0, 1) if statement.relation is Relation.AT_MOST else (0, -1)
        if order not in wanted:
            raise Refused(f"the order is not that one, or not decided, where {_where(region)}")
    label = _label_of_instances(statement)
    return Accepted(label=label, route="regions", proofs=tuple(proofs))


def _where(region: Region) -> str:
    return ", ".join(f"{variable} = {value}" for variable, value in region.bindings)

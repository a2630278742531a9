"""The ways in which a line is accepted: equality, certificate, lemma, regions."""

from sympy import Expr

from derivations.language.equality import Claim, FieldProof, prove_equal
from derivations.language.facts import Facts, quantifier_facts
from derivations.language.label import Accepted, Label, label_of_instances
from derivations.language.lemmas import LEMMAS
from derivations.language.normal import normal, same_normal_form
from derivations.language.positivity import known_non_negative
from derivations.language.refusal import Refused
from derivations.language.regions import Region, regions, resolve, sign
from derivations.language.statement import Derivation, Line, Relation, Statement
from derivations.language.world import Relaxation, Size

SIZES = ((1, 2, 1), (2, 2, 2), (2, 2, 3), (3, 2, 2), (2, 3, 2))
"""(|S|, |A|, T) of the worlds on which a line is checked, the smallest first."""

MOST_CANDIDATES = 200
"""Rewritten forms of one line that are looked at."""


def by_equality(
    derivation: Derivation, line: Line, statement: Statement, relaxed: frozenset[Relaxation]
) -> Accepted:
    """An equality on every size, and in general where rules and normal form reach.

    Raises:
        Refused: the sides differ, or have no value.
    """
    lemmas = [hint for hint in line.by if isinstance(hint, LEMMAS)]
    if lemmas or line.certificate is not None:
        raise Refused("an equality by the means of an inequality")
    target = _without_premises(derivation, line, statement)
    proofs = _on_every_size(derivation, target, relaxed)
    if not relaxed and _holds_in_general(line, target):
        return Accepted(label=Label.GENERAL, route=_route(line), proofs=proofs)
    return Accepted(label=_label(derivation, target), route="prime field", proofs=proofs)


def _label(derivation: Derivation, statement: Statement) -> Label:
    """How far the prime field reaches: sizes, or the one problem that the derivation is about."""
    label = label_of_instances(statement)
    in_problem = derivation.problem is not None and label is Label.SIZES
    return Label.PROBLEM if in_problem else label


def _route(line: Line) -> str:
    names = [type(rule).__name__ for rule in line.by]
    return " + ".join(names) if names else "normal form"


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
    if derivation.problem is not None:
        return (derivation.problem.size,)
    return tuple(
        Size(states=states, actions=actions, steps=steps)
        for states, actions, steps in derivation.sizes or SIZES
    )


def _on_every_size(
    derivation: Derivation, statement: Statement, relaxed: frozenset[Relaxation]
) -> tuple[FieldProof, ...]:
    return tuple(
        prove_equal(
            Claim(statement=statement, size=size, relaxed=relaxed, problem=derivation.problem)
        )
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


def by_inequality(
    derivation: Derivation, line: Line, statement: Statement, relaxed: frozenset[Relaxation]
) -> Accepted:
    """An inequality by a lemma, or by a gap that equals something visibly non-negative.

    Raises:
        Refused: neither carries it.
    """
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
    accepted = by_equality(derivation, plain, difference, relaxed)
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
    stated = lemmas[0].statement()
    if not set(stated.forall) <= set(statement.forall):
        raise Refused("the lemma is not stated for all that the line is quantified over")
    ours, theirs = (_difference(side) for side in (statement, stated))
    same = Statement(left=ours, relation=Relation.EQUAL, right=theirs, forall=statement.forall)
    proofs = _on_every_size(derivation, same, relaxed)
    label = Label.GENERAL if same_normal_form(ours, theirs) else _label(derivation, same)
    return Accepted(label=label, route=type(lemmas[0]).__name__, proofs=proofs)


def by_regions(derivation: Derivation, statement: Statement) -> Accepted:
    """Equality or order in every region; the regions cover everything."""
    size = sizes_of(derivation)[0]
    proofs = []
    for region in regions(derivation.splits):
        left, right = (resolve(side, region) for side in (statement.left, statement.right))
        if statement.relation is Relation.EQUAL:
            resolved = Statement(
                left=left, relation=Relation.EQUAL, right=right, forall=statement.forall
            )
            claim = Claim(statement=resolved, size=size, bindings=region.bindings)
            proofs.append(prove_equal(claim))
            continue
        order = sign(region.apply(right - left))
        wanted = (0, 1) if statement.relation is Relation.AT_MOST else (0, -1)
        if order not in wanted:
            raise Refused(f"the order is not that one, or not decided, where {_where(region)}")
    label = label_of_instances(statement)
    return Accepted(label=label, route="regions", proofs=tuple(proofs))


def _where(region: Region) -> str:
    return ", ".join(f"{variable} = {value}" for variable, value in region.bindings)

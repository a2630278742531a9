"""How lines are accepted: premises, certificates, inductions, citations, and the second route."""

from dataclasses import replace

import pytest
from sympy import S, Symbol

from derivations.catalogue import RESULTS, derivations
from derivations.language.binders import TimeSum
from derivations.language.check import check, check_induction
from derivations.language.equality import Claim, cancels
from derivations.language.label import Label
from derivations.language.lemmas import Known
from derivations.language.refusal import Refused
from derivations.language.rules import Earlier, LastStep, Normalise, TotalProbability
from derivations.language.statement import (
    Derivation,
    Relation,
    Statement,
    at_least,
    at_most,
    equal,
)
from derivations.language.terms import T, Table, gamma, t
from derivations.language.world import Size
from derivations.trajectories import SUMS_TO_ONE, TRAJECTORY_PROBABILITIES

f, g = Table("f"), Table("g")
BY_NAME = {result.name: result for result in RESULTS}


def chain(start, *lines, **more):
    return Derivation(name="chain", rows=(), title={}, start=start, lines=lines, **more)


def same(left, right):
    return Statement(left=left, relation=Relation.EQUAL, right=right)


def test_a_premise_implies_what_its_multiplier_shows():
    square = equal(g**2, "f = g.", "f = g。", given=(f + g,))
    assert check(chain(f**2, square, premises=(same(f, g),)))


@pytest.mark.parametrize("multiplier", [f, S.One, f - g, 2 * (f + g)])
def test_a_wrong_multiplier_implies_nothing(multiplier):
    square = equal(g**2, "f = g.", "f = g。", given=(multiplier,))
    with pytest.raises(Refused):
        check(chain(f**2, square, premises=(same(f, g),)))


def test_a_premise_that_is_not_given_implies_nothing():
    square = equal(g**2, "f = g.", "f = g。", given=(f + g,))
    with pytest.raises(Refused, match="premise"):
        check(chain(f**2, square))


def test_a_conclusion_under_conditions_cannot_be_cited():
    square = equal(g**2, "f = g.", "f = g。", given=(f + g,))
    with pytest.raises(Refused, match="conditions"):
        _ = chain(f**2, square, premises=(same(f, g),)).conclusion
    with pytest.raises(Refused, match="conditions"):
        _ = BY_NAME["clip-positive-advantage"].conclusion


def test_an_inequality_by_a_square():
    line = at_most(f**2 + g**2, "A square.", "平方。", certificate=(f - g) ** 2)
    assert check(chain(2 * f * g, line))


@pytest.mark.parametrize(
    "certificate", [f - g, (f - g) ** 3, (f - g) ** 2 + 1, -((f - g) ** 2), f * g, gamma * f]
)
def test_what_is_not_the_gap_or_not_visibly_non_negative_is_no_certificate(certificate):
    line = at_most(f**2 + g**2, "A square.", "平方。", certificate=certificate)
    with pytest.raises(Refused):
        check(chain(2 * f * g, line))


def test_a_certificate_shows_no_equality():
    with pytest.raises(Refused, match="inequality"):
        check(chain((f + g) ** 2, equal(f**2 + 2 * f * g + g**2, "", "", certificate=f**2)))


def test_at_most_and_at_least_do_not_chain():
    up = at_most(f**2 + 2, "", "", certificate=S(2))
    down = at_least(f**2 + 1, "", "", certificate=S.One)
    with pytest.raises(Refused, match="mixes"):
        check(chain(f**2, up, down))


def test_a_line_that_repeats_the_one_above_is_refused():
    with pytest.raises(Refused, match="same expression"):
        check(chain(f, equal(f, "", "")))


def test_a_derivation_without_a_line_is_refused():
    with pytest.raises(Refused, match="no line"):
        check(chain(f))


def test_a_general_label_takes_a_general_route():
    """Σ γᵗ written out for T = 3 holds on worlds of that size, and on no other."""
    powers = equal(1 + gamma + gamma**2, "", "", by=(Normalise(),))
    written = chain(TimeSum(t, 0, T - 1, gamma**t), powers, sizes=((2, 2, 3),))
    assert check(written).label is Label.SIZES
    with pytest.raises(Refused):
        check(replace(written, sizes=()))


def test_an_identity_of_numbers_is_general():
    product = equal((gamma - 1) * (gamma + 1), "", "")
    assert check(chain(gamma**2 - 1, product)).label is Label.GENERAL


def test_an_induction_needs_its_base():
    no_base = replace(TRAJECTORY_PROBABILITIES, base=TRAJECTORY_PROBABILITIES.step)
    with pytest.raises(Refused, match="conclude"):
        check_induction(no_base)


def test_an_induction_needs_its_step():
    no_step = replace(TRAJECTORY_PROBABILITIES, step=TRAJECTORY_PROBABILITIES.base)
    with pytest.raises(Refused, match="conclude"):
        check_induction(no_step)


def test_an_induction_whose_step_skips_is_refused():
    step = TRAJECTORY_PROBABILITIES.step
    short = replace(step, lines=step.lines[:-1])
    with pytest.raises(Refused, match="conclude"):
        check_induction(replace(TRAJECTORY_PROBABILITIES, step=short))


def test_an_induction_whose_lines_hold_for_some_sizes_only_is_refused():
    step = TRAJECTORY_PROBABILITIES.step
    blind = replace(step, lines=tuple(replace(line, by=()) for line in step.lines))
    assert check(blind).label is Label.SIZES
    with pytest.raises(Refused, match="general"):
        check_induction(replace(TRAJECTORY_PROBABILITIES, step=blind))


def citations():
    for derivation in derivations():
        for line in derivation.lines:
            for rule in line.by:
                if isinstance(rule, Earlier):
                    yield derivation, line, rule.statement


def test_what_a_rule_cites_is_a_general_result_that_the_line_names():
    found = list(citations())
    assert len(found) > 5
    for derivation, line, statement in found:
        if derivation is TRAJECTORY_PROBABILITIES.step:
            assert statement is SUMS_TO_ONE
            continue
        cited = [BY_NAME[name] for name in line.uses]
        matching = [result for result in cited if result.conclusion == statement]
        assert matching, derivation.name
        assert check(matching[0]).label is Label.GENERAL


def test_an_inequality_that_a_lemma_cites_is_a_result_that_the_line_names():
    found = 0
    for derivation in derivations():
        for line in derivation.lines:
            for lemma in line.by:
                known = getattr(lemma, "lemma", lemma)
                if isinstance(known, Known):
                    found += 1
                    assert known.result.name in line.uses
                    assert BY_NAME[known.result.name] is known.result
    assert found >= 3


def test_the_rule_of_total_probability_is_a_result():
    assert check_induction(BY_NAME["trajectory-probabilities"]).label is Label.GENERAL
    assert TotalProbability.__doc__ is not None
    assert "trajectory-probabilities" in TotalProbability.__doc__
    assert LastStep.__doc__ is not None


def lines_for_cancel():
    for derivation in derivations():
        if derivation.splits or derivation.rows[0] == "D2":
            continue
        for number, line in enumerate(derivation.lines):
            if line.relation is Relation.EQUAL and not line.given:
                yield pytest.param(derivation, number, id=f"{derivation.name}-{number}")


@pytest.mark.parametrize(("derivation", "number"), list(lines_for_cancel()))
def test_cancel_agrees_on_the_smallest_world(derivation, number):
    problem = derivation.problem
    size = Size(states=1, actions=2, steps=1) if problem is None else problem.size
    claim = Claim(statement=derivation.statement(number), size=size, problem=problem)
    assert cancels(claim)
    wrong = derivation.statement(number)
    wrong = replace(wrong, right=wrong.right + Symbol("c", positive=True))
    assert not cancels(replace(claim, statement=wrong))

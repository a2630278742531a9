"""Each lemma is true on random worlds; turned round or tightened it is not."""

from dataclasses import replace

import pytest
from sympy import S, Symbol

from derivations.language.binders import ActionSum, OutcomeSum, StateSum, TimeSum
from derivations.language.check import check
from derivations.language.lemmas import (
    LEMMAS,
    CauchySchwarz,
    Jensen,
    Known,
    LogTangent,
    Magnitude,
    OfLargest,
    Pinsker,
    PinskerOfActions,
    Triangle,
    Weighted,
)
from derivations.language.refusal import Refused
from derivations.language.statement import (
    Derivation,
    Relation,
    at_most,
    each_state,
    each_time,
    equal,
)
from derivations.language.terms import GREEDY, OLD, THETA, Initial, Law, T, Table, a, s, t, x
from tests.derivations.independent.interpreter import Reader
from tests.derivations.independent.worlds import random_world

p, q = Symbol("p"), Symbol("q")
f, g = Table("f"), Table("g")
SQUARE = Derivation(
    name="square",
    rows=(),
    title={},
    start=2 * f * g,
    lines=(at_most(f**2 + g**2, "", "", certificate=(f - g) ** 2),),
)
INSTANCES = {
    "Jensen": Jensen(p, x, Law(q, x) / Law(p, x)),
    "LogTangent": LogTangent(p, x, Law(q, x) / Law(p, x)),
    "CauchySchwarz": CauchySchwarz(p, x, Table("f", x), Table("g", x)),
    "Pinsker": Pinsker(p, q, x),
    "Triangle": Triangle(OutcomeSum(x, Table("f", x))),
    "Magnitude": Magnitude(Table("f")),
    "PinskerOfActions": PinskerOfActions(OLD, THETA, S.Zero, a),
    "Known": Known(SQUARE),
    "Weighted": Weighted(Triangle(ActionSum(a, Table("f", s, a))), Initial(s), ((StateSum, s),)),
    "OfLargest": OfLargest(PinskerOfActions(OLD, THETA, s, a), s),
}


def holds(statement, seeds=range(40)):
    return [Reader(random_world(seed, 2, 2, 1)).holds(statement) for seed in seeds]


@pytest.mark.parametrize("name", INSTANCES)
def test_it_is_true(name):
    assert all(holds(INSTANCES[name].statement()))


@pytest.mark.parametrize("name", INSTANCES)
def test_turned_round_it_is_not(name):
    turned = replace(INSTANCES[name].statement(), relation=Relation.AT_LEAST)
    assert not all(holds(turned))


@pytest.mark.parametrize("name", INSTANCES)
def test_tightened_it_is_not(name):
    """A hundredth of the larger side is too small; where that side may be zero or negative, so is
    twice a side."""
    statement = INSTANCES[name].statement()
    twice = {
        "Jensen": 2 * statement.left,
        "LogTangent": 2 * statement.left,
        "Magnitude": 2 * statement.right,
    }
    smaller = twice.get(name, statement.right / 100)
    assert not all(holds(replace(statement, right=smaller)))


def test_every_lemma_is_tried():
    assert {type(instance) for instance in INSTANCES.values()} == set(LEMMAS)


def test_jensen_asks_for_what_is_positive():
    with pytest.raises(Refused, match="positive"):
        Jensen(p, x, Table("f", x)).statement()
    with pytest.raises(Refused, match="positive"):
        LogTangent(p, x, Table("f", x)).statement()


def accepted(derivation):
    try:
        check(derivation)
    except Refused:
        return False
    return True


def chain(start, *lines, **more):
    return Derivation(name="chain", rows=(), title={}, start=start, lines=lines, **more)


OF_TIME = Table("f", t)
STATED = chain(
    2 * OF_TIME * g,
    at_most(OF_TIME**2 + g**2, "", "", certificate=(OF_TIME - g) ** 2),
    forall=(each_time(t, 0, T - 1),),
)


def summed(first, last):
    """Σ_t 2 f_t g ≤ Σ_t (f_t² + g²) over those times."""
    left, right = (TimeSum(t, first, last, side) for side in (STATED.start, STATED.lines[0].right))
    lemma = Weighted(Known(STATED), S.One, ((TimeSum, t, first, last),))
    return chain(left, at_most(right, "", "", by=(lemma,)))


def test_a_known_inequality_holds_for_the_times_for_which_it_is_stated_and_no_others():
    assert accepted(summed(0, T - 1))
    assert not accepted(summed(0, T))
    assert not accepted(summed(-1, T - 1))


def test_a_known_inequality_needs_all_that_it_is_quantified_over():
    line = at_most(STATED.lines[0].right, "", "", by=(Known(STATED),))
    assert accepted(chain(STATED.start, line, forall=STATED.forall))
    assert not accepted(chain(STATED.start, line, forall=(each_time(t, 0, T),)))
    assert not accepted(chain(STATED.start, line, forall=(each_state(t),)))


@pytest.mark.parametrize("weight", [Table("c"), S.NegativeOne, f * g])
def test_a_weight_of_unknown_sign_is_refused(weight):
    with pytest.raises(Refused, match="weight"):
        Weighted(INSTANCES["Triangle"], weight).statement()


def test_an_equality_is_no_known_inequality():
    assert Known(SQUARE).statement().relation is Relation.AT_MOST
    with pytest.raises(Refused, match="states no"):
        Known(chain(f, equal(f + g - g, "", ""))).statement()


@pytest.mark.parametrize("lemma", [INSTANCES["Triangle"], INSTANCES["Magnitude"], Known(SQUARE)])
def test_the_largest_of_what_is_no_square_is_refused(lemma):
    with pytest.raises(Refused, match="square"):
        OfLargest(lemma, s).statement()


def test_the_triangle_inequality_asks_for_a_sum():
    with pytest.raises(Refused, match="no sum"):
        Triangle(f + g).statement()


def test_pinsker_asks_for_policies_without_zeros():
    with pytest.raises(Refused, match="zero"):
        PinskerOfActions(OLD, GREEDY, s, a).statement()

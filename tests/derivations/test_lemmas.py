"""Each lemma is true on random worlds; turned round or tightened it is not."""

from dataclasses import replace

import pytest
from sympy import Symbol

from derivations.language.lemmas import LEMMAS, CauchySchwarz, Jensen, Pinsker, Triangle
from derivations.language.refusal import Refused
from derivations.language.statement import Relation
from derivations.language.terms import Law, Table, x
from tests.derivations.independent.interpreter import Reader
from tests.derivations.independent.worlds import random_world

p, q = Symbol("p"), Symbol("q")
INSTANCES = {
    "Jensen": Jensen(p, x, Law(q, x) / Law(p, x)),
    "CauchySchwarz": CauchySchwarz(p, x, Table("f", x), Table("g", x)),
    "Pinsker": Pinsker(p, q, x),
    "Triangle": Triangle(x, Table("f", x)),
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
    """A hundredth of the larger side is too small; for Jensen, whose larger side is zero here, so
    is twice the smaller one."""
    statement = INSTANCES[name].statement()
    smaller = 2 * statement.left if name == "Jensen" else statement.right / 100
    assert not all(holds(replace(statement, right=smaller)))


def test_every_lemma_is_tried():
    assert {type(instance) for instance in INSTANCES.values()} == set(LEMMAS)


def test_jensen_asks_for_what_is_positive():
    with pytest.raises(Refused, match="positive"):
        Jensen(p, x, Table("f", x)).statement()

"""Each printed formula is false and the right one true on the counterexample, by either route."""

from fractions import Fraction
from math import exp
from operator import add, mul, sub, truediv
from random import Random

import pytest

from derivations.errata import ERRATA
from derivations.errata.abreast import Abreast
from derivations.errata.form import SIZES, relative_error
from derivations.errata.gradients import WITHOUT_DISCOUNT
from derivations.errata.jacobian import asymmetry
from derivations.errata.worlds import NAMED, NamedPoint
from derivations.language.check import check
from derivations.language.counterexample import search
from derivations.language.evaluate import Evaluator, Scope
from derivations.language.logarithms import log_of
from derivations.language.operators import Gradient
from derivations.language.refusal import Refused
from derivations.language.terms import OLD, THETA
from derivations.language.world import Size, World
from derivations.notation import J_DISCOUNTED
from tests.derivations.independent.interpreter import Reader
from tests.derivations.independent.worlds import PlainWorld
from tests.tiers import spread

BY_NAME = {erratum.name: erratum for erratum in ERRATA}
WITHOUT_ASSUMPTION = {name for name, erratum in BY_NAME.items() if erratum.relaxed}


def plain(found):
    """The counterexample as a world of the independent route."""
    size = found.size
    world = PlainWorld(size.states, size.actions, size.steps, Random(0))
    numbers = found.numbers

    def row(key, count, default):
        given = [numbers.get((*key, i), default) for i in range(count - 1)]
        return [*given, 1 - sum(given, Fraction(0))]

    even = Fraction(1, size.states), Fraction(1, size.actions)
    world.initial = row(("mu",), size.states, even[0])
    for s in range(size.states):
        world.new[s] = row(("pi", THETA, s), size.actions, even[1])
        world.old[s] = row(("pi", OLD, s), size.actions, even[1])
        for i in range(2):
            for slopes, coordinate in ((world.slopes, i), (world.old_slopes, (OLD, i))):
                names = [("dpi", s, a, coordinate) for a in range(size.actions - 1)]
                given = [numbers.get(name, Fraction(0)) for name in names]
                slopes[i][s] = [*given, -sum(given, Fraction(0))]
        for a in range(size.actions):
            world.dynamics[s, a] = row(("P", s, a), size.states, even[0])
            world.reward[s, a] = numbers.get(("r", s, a), Fraction(0))
    for name, value in numbers.items():
        if name[0] == "constant":
            world.drawn[str(name[1])] = value
            world.drawn["symbol", str(name[1])] = value
        elif name[0] == "dparametric":
            world.drawn["parametric", str(name[1]), "slope", name[-1]] = value
        elif name[0] == "law":
            law = row(("law", name[1]), size.outcomes, Fraction(1, size.outcomes))
            world.drawn["law", str(name[1])] = law
        elif name[0] == "table":
            world.drawn["table", str(name[1]), *name[2:]] = value
    return world


@pytest.mark.parametrize("name", spread(list(BY_NAME), quick=6))
def test_the_right_formula_is_proved(name):
    assert check(BY_NAME[name].right)


@pytest.mark.parametrize("name", sorted(BY_NAME.keys() - WITHOUT_ASSUMPTION))
def test_the_counterexample_is_one_by_the_independent_route(name):
    erratum = BY_NAME[name]
    found = erratum.counterexample()
    assert not Reader(plain(found)).holds(erratum.printed)
    if not erratum.right.splits:
        assert Reader(plain(found)).holds(erratum.right.conclusion)


@pytest.mark.parametrize("name", sorted(WITHOUT_ASSUMPTION))
def test_without_its_assumption_the_printed_formula_fails(name):
    left, right = BY_NAME[name].counterexample().printed
    assert left != right


def test_a_right_formula_has_no_counterexample():
    for name in ("one-step-only", "gae-last-exponent"):
        right = BY_NAME[name].right.conclusion
        with pytest.raises(Refused, match="no counterexample"):
            search(right, right, SIZES[:2])


def test_the_sizes_grow():
    totals = [size.states * size.actions * size.steps for size in SIZES]
    assert totals == sorted(totals)
    assert SIZES[0] == Size(states=1, actions=2, steps=1)


def test_the_direction_without_its_discount_is_no_gradient_and_the_right_one_is():
    assert asymmetry(WITHOUT_DISCOUNT) != 0
    assert asymmetry(Gradient(J_DISCOUNTED)) == 0


def test_errors_on_named_worlds_are_those_of_the_direction():
    world = NAMED[0]
    right = Gradient(J_DISCOUNTED)
    assert relative_error(right, right, world) == 0
    assert relative_error(2 * right, right, world) == pytest.approx(1, abs=1e-15)
    assert 0.01 < relative_error(WITHOUT_DISCOUNT, right, world) < 1


@pytest.mark.parametrize("name", spread(list(BY_NAME), quick=3))
def test_it_says_by_how_much_the_gradient_is_wrong_or_why_none_is(name):
    erratum = BY_NAME[name]
    assert (erratum.direction is None) != (erratum.unaltered is None)
    errors = erratum.errors()
    assert set(errors) == ({world.name for world in NAMED} if erratum.direction else set())
    assert all(error > 1e-3 for error in errors.values())


def test_a_surrogate_that_is_always_zero_is_wrong_by_all_of_it():
    assert set(BY_NAME["surrogate-with-the-new-advantage"].errors().values()) == {1.0}


def test_a_named_world_is_one_whose_slopes_are_those_of_its_logits():
    """π(a) = w_a / Σ w; moved by h in one logit, w_a becomes w_a exp(h)."""
    world, step = NAMED[0], 1e-6
    row = [float(p) for p in world.problem.policy[0]]
    moved = [row[0] * exp(step), row[1]]
    due = [(m / sum(moved) - p) / step for m, p in zip(moved, row, strict=True)]
    given = world.along((0, 0), (1, 0)).point.numbers
    here = [given["dpi", 0, a, 0].numbers for a in (0, 1)]
    assert [float(slope) for slope, _ in here] == pytest.approx(due, abs=1e-6)
    assert [slope for _, slope in here] == [0, 0]
    assert given["dpi", 1, 0, 0].numbers[0] == 0


def of_one_logit(world, place):
    """The world of all logits with plain numbers, those of one of them."""
    whole = world.along(*world.logits).point.numbers
    plain = {k: v.numbers[place] if isinstance(v, Abreast) else v for k, v in whole.items()}
    return World(world.size, NamedPoint(plain))


@pytest.mark.parametrize("name", spread([e.name for e in ERRATA if e.direction], quick=2))
def test_all_logits_at_once_are_one_after_another(name):
    expr, world = BY_NAME[name].direction[0], NAMED[1]
    whole = Evaluator(world.along(*world.logits))(expr, Scope(values={}))
    for place, found in enumerate(whole.numbers):
        assert found == Evaluator(of_one_logit(world, place))(expr, Scope(values={}))


@pytest.mark.parametrize("operation", [add, sub, mul, truediv])
def test_numbers_abreast_are_computed_with_one_by_one(operation):
    several, others = (
        [Fraction(1, 2), Fraction(-3), Fraction(5, 7)],
        [Fraction(2), Fraction(3, 4), 9],
    )
    plain = Fraction(7, 3)
    for other, beside in ((Abreast(*others), others), (plain, [plain] * 3)):
        due = [operation(a, b) for a, b in zip(several, beside, strict=True)]
        assert list(operation(Abreast(*several), other).numbers) == due
    if operation in (add, mul):
        due = [operation(plain, a) for a in several]
        assert list(operation(plain, Abreast(*several)).numbers) == due
        assert list(operation(log_of(plain), Abreast(*several)).numbers) == [
            operation(log_of(plain), a) for a in several
        ]
    with pytest.raises(ValueError, match="shorter"):
        operation(Abreast(*several), Abreast(*others[:2]))

"""A split covers its range, and a region decides only what it decides."""

from random import Random

import pytest
from sympy import Rational, S, Symbol, solve

from derivations.language.operators import Clip, Gradient, IfBelow, Maximum, Minimum
from derivations.language.refusal import Refused
from derivations.language.regions import Breakpoints, Split, regions, resolve, sign
from derivations.language.terms import Parametric

r, A, e = Symbol("r", positive=True), Symbol("A"), Symbol("epsilon", positive=True)
u, v = Symbol("u", positive=True), Symbol("v", positive=True)


def test_every_number_of_the_range_lies_in_exactly_one_region():
    split = Split(variable=r, points=(Rational(4, 5), Rational(6, 5)), low=S.Zero)
    values = [dict(region.bindings)[r] for region in regions((split,))]
    for number in (Rational(1, 7), Rational(4, 5), Rational(1), Rational(6, 5), Rational(19)):
        assert sum(_reaches(value, number) for value in values) == 1


def _reaches(value, number):
    symbols = list(value.free_symbols)
    if not symbols:
        return value == number
    return any(root.is_positive for root in solve(value - number, symbols[0]))


def test_excluded_breakpoints_are_no_regions():
    split = Split(variable=A, points=(S.Zero,), breakpoints=Breakpoints.EXCLUDED)
    assert len(list(regions((split,)))) == 2


def test_breakpoints_out_of_order_are_refused():
    small = Split(variable=e, low=S.Zero, high=S.One)
    wrong = Split(variable=r, points=(1 + e, 1 - e), low=S.Zero)
    with pytest.raises(Refused, match="order"):
        list(regions((small, wrong)))


def test_breakpoints_whose_order_is_not_known_are_refused():
    """Without ε < 1 the point 1 − ε need not be above zero."""
    with pytest.raises(Refused, match="order"):
        list(regions((Split(variable=r, points=(1 - e, 1 + e), low=S.Zero),)))


def test_a_split_without_a_point_is_refused():
    with pytest.raises(Refused):
        list(regions((Split(variable=A),)))


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        (u + v, 1),
        (u - v, None),
        (-u / (1 + v), -1),
        ((u + v) ** 2 - u**2 - v**2 - 2 * u * v, 0),
        (A, None),
        (u * A, None),
        ((u - v) ** 2, None),
    ],
)
def test_a_sign_is_read_off_the_coefficients(expr, expected):
    assert sign(expr) == expected


def test_signs_agree_with_random_numbers():
    random = Random(0)
    for _ in range(50):
        expr = sum(random.randint(-1, 3) * u**i * v**j for i in range(3) for j in range(3)) / (
            1 + random.randint(0, 2) * u
        )
        found = sign(S(expr))
        if found is not None:
            value = S(expr).subs({u: Rational(random.randint(1, 9), 4), v: Rational(2, 3)})
            assert (value.is_positive, value.is_negative) == (found == 1, found == -1)


def test_what_the_regions_do_not_decide_is_refused():
    (region,) = regions((Split(variable=r, low=S.Zero),))
    with pytest.raises(Refused, match="decide"):
        resolve(Minimum(r, S.One), region)


def test_branches_are_right_at_random_points():
    splits = (
        Split(variable=e, low=S.Zero, high=S.One),
        Split(variable=r, points=(1 - e, 1 + e), low=S.Zero),
        Split(variable=A, points=(S.Zero,)),
    )
    expr = Minimum(r * A, Clip(r, 1 - e, 1 + e) * A)
    for region in regions(splits):
        chosen = region.apply(resolve(expr, region))
        point = {symbol: Rational(3, 7) for symbol in chosen.free_symbols}
        bound = [(var, region.apply(var)) for var in (e, r, A)]
        numbers = {
            var: value.subs({symbol: Rational(3, 7) for symbol in value.free_symbols})
            for var, value in bound
        }
        ratio, advantage, eps = numbers[r], numbers[A], numbers[e]
        clipped = min(max(ratio, 1 - eps), 1 + eps)
        assert chosen.subs(point) == min(ratio * advantage, clipped * advantage)


def test_no_gradient_at_a_kink():
    ratio = Parametric("r")
    kink = Split(variable=ratio, points=(S.One,), low=S.Zero)
    parts = list(regions((kink,)))
    with pytest.raises(Refused, match="kink"):
        [resolve(Gradient(Maximum(ratio, S.One)), part) for part in parts]


CASE = IfBelow(r, S.One, u, v)


@pytest.mark.parametrize(
    ("split", "expected"),
    [
        (Split(variable=r, low=S.Zero, high=S.One), {u}),
        (Split(variable=r, low=S.One), {v}),
        (Split(variable=r, points=(S.One,), low=S.Zero, high=S(2)), {u, v}),
    ],
)
def test_a_case_is_decided_by_its_region(split, expected):
    assert {resolve(CASE, region) for region in regions((split,))} == expected


def test_at_the_threshold_itself_the_other_case_holds():
    parts = regions((Split(variable=r, points=(S.One,), low=S.Zero),))
    at_one = next(part for part in parts if not part.movable)
    assert resolve(CASE, at_one) == v


def test_a_case_that_is_not_decided_is_refused():
    (region,) = regions((Split(variable=r, low=S.Zero),))
    with pytest.raises(Refused, match="decide"):
        resolve(CASE, region)


def test_no_gradient_of_a_case():
    (region,) = regions((Split(variable=r, low=S.One),))
    with pytest.raises(Refused, match="jump"):
        resolve(Gradient(CASE), region)

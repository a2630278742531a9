"""Advantages, ratios, masks, ragged lengths and ends."""

from itertools import product

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rlcheck.errors import InvalidArgument
from rlcheck.strategies import Region, advantages, ends, masks, ragged_lengths, ratios
from tests.unit.strategies.reach import reaches, simplest, unreached

QUICK = settings(max_examples=40)


def signs(array):
    return tuple(array.sign().int().flatten().tolist())


def test_every_sign_pattern_is_reached():
    patterns = {
        str(pattern): lambda a, pattern=pattern: signs(a) == pattern
        for pattern in product((1, -1, 0), repeat=3)
    }
    assert unreached(advantages(3, 1), patterns) == set()


def test_large_arrays_may_have_one_sign_or_one_odd_entry():
    corners = {
        "all positive": lambda a: bool((a > 0).all()),
        "all negative": lambda a: bool((a < 0).all()),
        "all zero": lambda a: not a.any(),
        "one positive": lambda a: int((a > 0).sum()) == 1 and int((a < 0).sum()) == 63,
        "one negative": lambda a: int((a < 0).sum()) == 1 and int((a > 0).sum()) == 63,
        "mixed": lambda a: len(set(signs(a))) == 3,
    }
    assert unreached(advantages(8, 8), corners) == set()


def test_advantages_shrink_to_one_half():
    assert (simplest(advantages(2, 2)) == 0.5).all()
    odd = simplest(advantages(2, 2), lambda a: bool((a < 0).any()))
    assert (odd.abs() == 0.5).all()


@QUICK
@given(st.integers(1, 4), st.integers(1, 4), st.data())
def test_advantages_are_readable(T, N, data):
    found = data.draw(advantages(T, N, largest=3.0))
    assert found.shape == (T, N)
    assert found.dtype == torch.float64
    assert found.abs().max() <= 3
    assert torch.equal(4 * found, (4 * found).round())


@QUICK
@given(st.data(), st.sampled_from([0.2, 0.1, 0.5, 1e-6, 1 - 1e-6]), st.sampled_from(list(Region)))
def test_ratios_lie_in_their_region(data, clip_eps, region):
    found = data.draw(ratios(2, 3, clip_eps=clip_eps, regions=[region]))
    assert found.shape == (2, 3)
    bounds = 1.0 - clip_eps, 1.0 + clip_eps
    lies = {
        Region.BELOW: (found > 0) & (found < bounds[0]),
        Region.AT_LOWER: found == bounds[0],
        Region.INSIDE: (found > bounds[0]) & (found < bounds[1]),
        Region.AT_UPPER: found == bounds[1],
        Region.ABOVE: found > bounds[1],
    }
    assert lies[region].all()
    assert not any(bool(lies[other].any()) for other in Region if other is not region)
    assert {Region.of(ratio, clip_eps) for ratio in found.flatten().tolist()} == {region}


def test_ratios_reach_every_region_and_its_ends():
    corners = {
        **{
            region: lambda r, region=region: Region.of(r[0, 0].item(), 0.2) is region
            for region in Region
        },
        "close below": lambda r: bool(((r < 0.8) & (r > 0.8 - 1e-5)).any()),
        "close inside": lambda r: bool(((r > 0.8) & (r < 0.8 + 1e-5)).any()),
        "close inside, above": lambda r: bool(((r < 1.2) & (r > 1.2 - 1e-5)).any()),
        "close above": lambda r: bool(((r > 1.2) & (r < 1.2 + 1e-5)).any()),
        "beyond dual clip": lambda r: bool((r > 3).any()),
        "no change": lambda r: bool((r == 1).all()),
        "regions side by side": lambda r: r[0, 0] < 0.8 and r[0, 1] > 1.2,
    }
    assert unreached(ratios(1, 2, clip_eps=0.2), corners) == set()


def test_ratios_shrink_to_one():
    assert (simplest(ratios(2, 2, clip_eps=0.2)) == 1).all()
    beyond = simplest(ratios(2, 2, clip_eps=0.5), lambda r: bool((r > 1.5).any()))
    assert beyond.flatten().sort().values.tolist() == [1.0, 1.0, 1.0, 3.0]
    assert (simplest(ratios(1, 1, clip_eps=0.5, regions=["below"])) == 0.25).all()


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"clip_eps": 0.0}, "clip_eps"),
        ({"clip_eps": 1.0}, "clip_eps"),
        ({"clip_eps": 0.2, "regions": ["between"]}, "regions"),
        ({"clip_eps": 0.2, "regions": []}, "regions"),
        ({"clip_eps": 0.2, "T": 0}, "T"),
        ({"clip_eps": 0.2, "N": 1.5}, "N"),
    ],
)
def test_wrong_ratios_are_refused_at_the_call(wrong, name):
    with pytest.raises(InvalidArgument, match=f"^{name}:"):
        ratios(**{"T": 2, "N": 2, **wrong})


@pytest.mark.parametrize("strategy", [advantages, masks, ragged_lengths, ends])
@pytest.mark.parametrize("sizes", [(0, 1), (1, 0), (2.5, 1), (1, 1001), (True, 1)])
def test_wrong_sizes_are_refused_at_the_call(strategy, sizes):
    with pytest.raises(InvalidArgument):
        strategy(*sizes)


def test_a_wrong_largest_advantage_is_refused_at_the_call():
    with pytest.raises(InvalidArgument, match="largest"):
        advantages(1, 1, largest=0.25)


@QUICK
@given(st.integers(1, 5), st.integers(1, 5), st.data())
def test_masks_are_blocks_from_the_first_row_down(T, N, data):
    mask = data.draw(masks(T, N))
    assert mask.shape == (T, N)
    for column in mask.T.tolist():
        length = sum(column)
        assert length >= 1
        assert column == [True] * length + [False] * (T - length)


def test_ragged_lengths_reach_every_combination_and_shrink_to_full_ones():
    combinations = {
        str(lengths): lambda x, lengths=lengths: x.tolist() == list(lengths)
        for lengths in product((1, 2, 3), repeat=2)
    }
    assert unreached(ragged_lengths(3, 2), combinations) == set()
    assert simplest(ragged_lengths(3, 2)).tolist() == [3, 3]
    assert simplest(masks(3, 2)).all()
    one_short = simplest(masks(3, 2), lambda mask: not mask.all())
    assert sorted(one_short.sum(0).tolist()) == [2, 3]


def test_ends_of_either_kind_lie_in_every_place():
    kinds = {
        str(pattern): lambda e, pattern=pattern: (
            (e.terminated.int() + 2 * e.truncated.int()).flatten().tolist() == list(pattern)
        )
        for pattern in product((0, 1, 2), repeat=3)
    }
    assert unreached(ends(3, 1), kinds) == set()


@QUICK
@given(ends(4, 2))
def test_no_transition_ends_in_both_ways(found):
    assert found.terminated.shape == found.truncated.shape == (4, 2)
    assert not (found.terminated & found.truncated).any()


def test_ends_shrink_to_none_and_then_to_one():
    none = simplest(ends(2, 2))
    assert not none.terminated.any()
    assert not none.truncated.any()
    one = simplest(ends(2, 2), lambda e: bool(e.truncated.any()))
    assert int(one.truncated.sum()) == 1
    assert not one.terminated.any()
    assert not reaches(ends(1, 1), lambda e: bool((e.terminated & e.truncated).any()))
